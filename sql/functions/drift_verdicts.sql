-- The verdict on every feature, version and span of time, as monitoring/drift/verdicts.py gives it. A feature has drifted if
-- the difference is large (the index less what chance makes of it exceeds the use case's max_psi, or may, within its
-- confidence interval), no accident (p-value of the chi-square test, corrected for the number of features), and, where rows come in
-- order, larger than between windows of the training data.
create function smartpredict.drift_verdicts(
    of_use_case text, since timestamptz, until timestamptz, width interval default null,
    of_source text default null, of_version integer default null
)
returns table (
    start timestamptz, model_version integer, reference text, feature text, verdict text, rows bigint,
    excess_psi double precision, limit_psi double precision, p_value double precision, mean_shift double precision,
    outside double precision, windows bigint
)
language sql stable parallel safe as $$
    with asked as (
        select coalesce((u.contract -> 'drift' ->> 'minimum_rows')::bigint, 500) as minimum_rows,
            coalesce((u.contract -> 'drift' ->> 'max_psi')::float8, 0.2) as max_psi
        from (select of_use_case as name) wanted left join smartpredict.use_cases u using (name)
    ),
    distances as materialized (
        select d.*, d.psi - d.chance_psi as excess, coalesce(n.is_clock, false) as is_clock,
            -- Times that are spread evenly have a standard deviation of their length by the root of twelve.
            max(d.deviation_served * sqrt(12) * 86400) filter (where n.gives_time)
                over (partition by d.start, d.model_version, d.reference) as seconds,
            -- The chi-square distribution by its cube root, which is nearly normal (Wilson and Hilferty 1931).
            case when d.degrees_of_freedom > 0 then
                ((d.chi_square / d.degrees_of_freedom) ^ (1 / 3::float8) - 1 + 2 / (9::float8 * d.degrees_of_freedom))
                / sqrt(2 / (9::float8 * d.degrees_of_freedom)) else -9 end / sqrt(2::float8) as z
        from smartpredict.drift(of_use_case, since, until, width, of_source, of_version) d
        left join smartpredict.profile_numbers n on n.reference = d.reference and n.feature = d.feature
    ),
    tails as (
        -- Half of the complementary error function (Abramowitz and Stegun 7.1.26).
        select d.*, 1 / (1 + 0.3275911 * abs(d.z)) as t from distances d
    ),
    tested as (
        select t.*, (0.254829592 * t - 0.284496736 * t ^ 2 + 1.421413741 * t ^ 3 - 1.453152027 * t ^ 4 + 1.061405429 * t ^ 5)
            * exp(-least(t.z ^ 2, 700)) / 2 as tail
        from tails t
    ),
    ranked as (
        select t.*, case when t.z >= 0 then t.tail else 1 - t.tail end as p, row_number() over by_p as place,
            count(*) over (partition by t.start, t.model_version, t.reference) as many
        from tested t
        window by_p as (partition by t.start, t.model_version, t.reference
            order by case when t.z >= 0 then t.tail else 1 - t.tail end)
    ),
    corrected as (
        -- Holm's correction.
        select r.*, least(1, max(r.p * (r.many - r.place + 1)) over (
            partition by r.start, r.model_version, r.reference order by r.place)) as p_value
        from ranked r
    )
    select c.start, c.model_version, c.reference, c.feature,
        case when c.rows < a.minimum_rows then 'not_enough_rows'
            when case when c.excess > a.max_psi then c.p_value > 0.01
                else c.p_value > 0.0001 or a.max_psi >= c.excess
                    + 2 * 2.58 * sqrt(greatest(c.excess, 0) * (1 / c.trained::float8 + 1 / c.rows::float8)) end
                then case when c.is_clock then 'not_judged' else 'stable' end
            when l.windows is null or c.excess > l.psi or abs(c.mean_shift) > l.shift or c.outside > l.outside then 'drifted'
            when l.windows >= 50 then 'stable'
            else 'not_enough_history' end,
        c.rows, c.excess, l.psi, c.p_value, c.mean_shift, c.outside, l.windows
    from corrected c cross join asked a
    left join lateral smartpredict.window_limits(c.reference, c.feature, c.rows, c.seconds) l on true
$$;
