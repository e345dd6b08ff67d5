-- How far serving lies from training, by feature, version and span of time; the formulas are those of
-- monitoring/drift/statistics.py, which says where they come from. Score and prediction are watched like features.
--   psi             population stability index; bins, missing and unseen values are a cell each, of k in all that hold rows
--   chance_psi      what psi is on average without any drift, (k - 1) * (1 / trained + 1 / served)
--   jensen_shannon  divergence in bits, 0 to 1
--   ks              largest distance of the cumulated shares, numbers only
--   chi_square      statistic of the test of homogeneity, with its degrees of freedom
--   mean_shift      difference of the means in standard deviations of training
--   outside         share of the served rows on one side of all of training, numbers only
--   deviation_served  standard deviation of the served rows, numbers only
create function smartpredict.drift(
    of_use_case text, since timestamptz, until timestamptz, width interval default null,
    of_source text default null, of_version integer default null
)
returns table (
    start timestamptz, model_version integer, reference text, feature text, rows bigint,
    psi double precision, chance_psi double precision, jensen_shannon double precision, ks double precision,
    chi_square double precision, degrees_of_freedom integer,
    mean_trained double precision, mean_served double precision, mean_shift double precision,
    missing_trained double precision, missing_served double precision, trained bigint, outside double precision, deviation_served double precision
)
language sql stable parallel safe as $$
    with every as materialized (
        select * from smartpredict.histograms(of_use_case, since, until, width, of_source, of_version)
    ),
    cells as materialized (
        select h.*, sum(h.trained) over whole as all_trained, sum(h.served) over whole as all_served,
            count(*) over whole as k
        from every h
        where h.kind in ('bin', 'missing', 'unseen') and h.trained + h.served > 0
        window whole as (partition by h.start, h.model_version, h.reference, h.feature)
    ),
    shares as (
        -- Half a row more in each cell, so that an empty one has a logarithm.
        select c.*, (c.trained + 0.5::float8) / (c.all_trained + 0.5::float8 * c.k) as p,
            (c.served + 0.5::float8) / (c.all_served + 0.5::float8 * c.k) as q,
            c.all_trained * (c.trained + c.served)::float8 / (c.all_trained + c.all_served) as expected_trained,
            c.all_served * (c.trained + c.served)::float8 / (c.all_trained + c.all_served) as expected_served
        from cells c
    ),
    distances as (
        select s.start, s.model_version, s.reference, s.feature, max(s.all_served)::bigint as rows,
            max(s.all_trained)::bigint as trained,
            sum((s.q - s.p) * ln(s.q / s.p)) as psi,
            max((s.k - 1) * (1 / s.all_trained::float8 + 1 / s.all_served::float8)) as chance_psi,
            sum(s.p * ln(2 * s.p / (s.p + s.q)) + s.q * ln(2 * s.q / (s.p + s.q))) / (2 * ln(2::float8)) as jensen_shannon,
            sum((s.trained - s.expected_trained) ^ 2 / s.expected_trained
                + (s.served - s.expected_served) ^ 2 / s.expected_served) as chi_square,
            max(s.k)::integer - 1 as freedom,
            coalesce(sum(s.trained) filter (where s.kind = 'missing'), 0)::float8 / nullif(max(s.all_trained), 0)::float8
                as missing_trained,
            coalesce(sum(s.served) filter (where s.kind = 'missing'), 0)::float8 / nullif(max(s.all_served), 0)::float8
                as missing_served
        from shares s where s.all_trained > 0 and s.all_served > 0 group by 1, 2, 3, 4
    ),
    cumulated as (
        select c.start, c.model_version, c.reference, c.feature,
            abs(sum(c.trained) over up_to / nullif(sum(c.trained) over whole, 0)::float8
                - sum(c.served) over up_to / nullif(sum(c.served) over whole, 0)::float8) as distance
        from cells c where c.is_number and c.kind = 'bin'
        window whole as (partition by c.start, c.model_version, c.reference, c.feature),
            up_to as (partition by c.start, c.model_version, c.reference, c.feature order by c.slot)
    ),
    furthest as (
        select start, model_version, reference, feature, max(distance) as ks from cumulated group by 1, 2, 3, 4
    ),
    sums as (
        select s.start, s.model_version, s.reference, u.place, sum(u.total) as total, sum(u.squares) as squares
        from smartpredict.profile_spans(of_use_case, since, until, width, of_source, of_version) s,
            unnest(s.totals, s.squares) with ordinality as u (total, squares, place)
        group by 1, 2, 3, 4
    ),
    beyond as (
        select e.start, e.model_version, e.reference, e.feature, max(e.served) as served
        from every e where e.kind in ('below', 'above') group by 1, 2, 3, 4
    ),
    present as (
        select c.start, c.model_version, c.reference, c.feature, sum(c.served) as served
        from cells c where c.is_number and c.kind = 'bin' group by 1, 2, 3, 4
    ),
    means as (
        select s.start, s.model_version, s.reference, n.feature,
            n.total / nullif(n.trained, 0) as mean_trained, s.total / nullif(p.served, 0)::float8 as mean_served,
            sqrt(greatest(s.squares / nullif(p.served, 0)::float8 - (s.total / nullif(p.served, 0)::float8) ^ 2, 0))
                as deviation_served,
            sqrt(greatest(n.squares / nullif(n.trained, 0) - (n.total / nullif(n.trained, 0)) ^ 2, 0)) as sd_trained
        from sums s
        join smartpredict.profile_numbers n on n.reference = s.reference and n.place = s.place
        join present p on p.start = s.start and p.model_version = s.model_version and p.reference = s.reference
            and p.feature = n.feature
    )
    select d.start, d.model_version, d.reference, d.feature, d.rows, d.psi, d.chance_psi, d.jensen_shannon, f.ks,
        d.chi_square, d.freedom, m.mean_trained, m.mean_served,
        (m.mean_served - m.mean_trained) / nullif(m.sd_trained, 0), d.missing_trained, d.missing_served, d.trained,
        b.served / nullif(p.served, 0)::float8, m.deviation_served
    from distances d
    left join furthest f using (start, model_version, reference, feature)
    left join means m using (start, model_version, reference, feature)
    left join beyond b using (start, model_version, reference, feature)
    left join present p using (start, model_version, reference, feature)
$$;
