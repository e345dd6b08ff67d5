-- The verdict on every feature, version and span of time, as monitoring/drift/verdicts.py gives it. A feature has drifted if
-- the difference is large (the index less what chance makes of it exceeds the use case's max_psi, or may, within its
-- confidence interval), no accident (p-value of the chi-square test, corrected for the number of features), and, where rows come in
-- order, larger than between windows of the training data. What is like a window that people accepted as normal, or between that and
-- training, has not drifted; `accepted` names that window.
create function smartpredict.drift_verdicts(
    of_use_case text, since timestamptz, until timestamptz, width interval default null,
    of_source text default null, of_version integer default null
)
returns table (
    start timestamptz, model_version integer, reference text, feature text, verdict text, rows bigint,
    excess_psi double precision, limit_psi double precision, p_value double precision, mean_shift double precision,
    outside double precision, windows bigint, accepted bigint
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
            smartpredict.chi_square_p(d.chi_square, d.degrees_of_freedom) as p
        from smartpredict.drift(of_use_case, since, until, width, of_source, of_version) d
        left join smartpredict.profile_numbers n on n.reference = d.reference and n.feature = d.feature
    ),
    ranked as (
        select d.*, row_number() over by_p as place, count(*) over (partition by d.start, d.model_version, d.reference) as many
        from distances d
        window by_p as (partition by d.start, d.model_version, d.reference order by d.p)
    ),
    corrected as (
        -- Holm's correction.
        select r.*, least(1, max(r.p * (r.many - r.place + 1)) over (
            partition by r.start, r.model_version, r.reference order by r.place)) as p_value
        from ranked r
    ),
    judged as materialized (
        select c.*, l.psi as limit_psi, l.shift as limit_shift, l.outside as limit_outside, l.windows,
            case when c.rows < a.minimum_rows then 'not_enough_rows'
                else smartpredict.drift_verdict_of(c.excess, c.p_value, a.max_psi, c.trained, c.rows,
                    l.windows is null or c.excess > l.psi or abs(c.mean_shift) > l.shift or c.outside > l.outside,
                    l.windows >= 50, c.is_clock) end as verdict
        from corrected c cross join asked a
        left join lateral smartpredict.window_limits(c.reference, c.feature, c.rows, c.seconds) l on true
    ),
    beside as materialized (
        select * from smartpredict.accepted_distances(of_use_case, since, until, width, of_source, of_version)
    ),
    held as materialized (
        select w.*, l.psi as limit_psi, l.shift as limit_shift
        from (select distinct d.reference, d.feature, d.accepted, d.accepted_rows, d.accepted_seconds from beside d) w
        left join lateral smartpredict.window_limits(w.reference, w.feature, w.accepted_rows, w.accepted_seconds) l on true
    ),
    compared as (
        select d.start, d.model_version, d.reference, d.feature, d.accepted, d.share,
            smartpredict.drift_verdict_of(d.excess_psi, least(1, smartpredict.chi_square_p(d.chi_square, d.degrees_of_freedom)
                * j.many), a.max_psi, d.rows_compared, j.rows,
                j.windows is null or d.excess_psi > j.limit_psi + d.share ^ 2 * h.limit_psi
                    or abs(d.mean_shift) > sqrt(j.limit_shift ^ 2 + (d.share * h.limit_shift) ^ 2)
                    or j.outside > j.limit_outside + d.outside_accepted,
                j.windows >= 50, j.is_clock) as verdict
        from judged j
        join beside d using (start, model_version, reference, feature)
        join held h on h.reference = d.reference and h.feature = d.feature and h.accepted = d.accepted
        cross join asked a
        where j.verdict in ('drifted', 'not_enough_history')
    ),
    nearest as (
        select distinct on (c.start, c.model_version, c.reference, c.feature) c.*
        from compared c where c.verdict <> 'drifted'
        order by c.start, c.model_version, c.reference, c.feature, c.verdict = 'not_enough_history', c.accepted desc, c.share desc
    )
    select j.start, j.model_version, j.reference, j.feature,
        case when j.verdict = 'drifted' then coalesce(n.verdict, 'drifted')
            when n.verdict <> 'not_enough_history' then n.verdict else j.verdict end,
        j.rows, j.excess, j.limit_psi, j.p_value, j.mean_shift, j.outside, j.windows,
        case when j.verdict = 'drifted' or n.verdict <> 'not_enough_history' then n.accepted end
    from judged j left join nearest n using (start, model_version, reference, feature)
$$;
