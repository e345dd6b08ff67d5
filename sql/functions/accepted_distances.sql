-- How served rows compare with windows that people accepted as normal, and with mixtures of those and training: a row for each
-- column, span, accepted window and share of it. The same as monitoring/drift/accepted.py. Two windows differ as windows of both
-- lengths do, so the limits of training's windows add up.
create function smartpredict.accepted_distances(
    of_use_case text, since timestamptz, until timestamptz, width interval default null,
    of_source text default null, of_version integer default null
)
returns table (
    start timestamptz, model_version integer, reference text, feature text, accepted bigint, share double precision,
    excess_psi double precision, rows_compared double precision, chi_square double precision, degrees_of_freedom integer,
    mean_shift double precision, outside_accepted double precision, accepted_rows bigint, accepted_seconds double precision
)
-- The planner takes every step for a row or two, and would compare each row of one with each of the next.
language sql stable parallel safe set enable_nestloop = off as $$
    with windows as materialized (
        select a.id, a.reference, a.rows, a.seconds, a.slots, a.counts, a.totals
        from smartpredict.accepted_windows a where a.use_case = of_use_case and a.withdrawn_at is null
    ),
    counted as materialized (
        select w.id, u.slot, u.n from windows w, unnest(w.slots, w.counts) as u (slot, n)
    ),
    every as materialized (
        select h.*, w.id, w.rows as accepted_rows, w.seconds as accepted_seconds, coalesce(u.n, 0) as accepted
        from windows w
        join smartpredict.histograms(of_use_case, since, until, width, of_source, of_version) h on h.reference = w.reference
        left join counted u on u.id = w.id and u.slot = h.slot
    ),
    cells as (
        select e.*, sum(e.trained) over whole as all_trained, sum(e.served) over whole as all_served,
            sum(e.accepted) over whole as all_accepted
        from every e where e.kind in ('bin', 'missing', 'unseen')
        window whole as (partition by e.start, e.model_version, e.reference, e.feature, e.id)
    ),
    mixed as (
        -- As many rows as have the variance of the mixture.
        select c.*, s.share, 1 / (s.share ^ 2 / c.all_accepted + (1 - s.share) ^ 2 / c.all_trained) as m
        from cells c cross join (values (1.0::float8), (0.75), (0.5), (0.25)) s (share)
        where c.all_trained > 0 and c.all_served > 0 and c.all_accepted > 0
    ),
    compared as (
        select m.*, m.m * (m.share * m.accepted / m.all_accepted + (1 - m.share) * m.trained / m.all_trained) as normal
        from mixed m
    ),
    kept as (
        select c.*, count(*) over (partition by c.start, c.model_version, c.reference, c.feature, c.id, c.share) as k
        from compared c where c.normal + c.served > 0
    ),
    shares as (
        select k.*, (k.normal + 0.5) / (k.m + 0.5 * k.k) as p, (k.served + 0.5::float8) / (k.all_served + 0.5::float8 * k.k) as q,
            (k.normal + k.served) * k.m / (k.m + k.all_served) as expected_normal,
            (k.normal + k.served) * k.all_served / (k.m + k.all_served) as expected_served
        from kept k
    ),
    distances as (
        select s.start, s.model_version, s.reference, s.feature, s.id, s.share, max(s.m) as m,
            max(s.accepted_rows) as accepted_rows, max(s.accepted_seconds) as accepted_seconds,
            sum((s.q - s.p) * ln(s.q / s.p)) - max((s.k - 1) * (1 / s.m + 1 / s.all_served::float8)) as excess,
            sum((s.normal - s.expected_normal) ^ 2 / s.expected_normal
                + (s.served - s.expected_served) ^ 2 / s.expected_served) as chi_square,
            max(s.k)::integer - 1 as freedom
        from shares s group by 1, 2, 3, 4, 5, 6
    ),
    present as (
        select e.start, e.model_version, e.reference, e.feature, e.id,
            sum(e.accepted) filter (where e.kind = 'bin') as accepted, sum(e.served) filter (where e.kind = 'bin') as served,
            max(e.accepted) filter (where e.kind in ('below', 'above')) as beyond
        from every e where e.is_number group by 1, 2, 3, 4, 5
    ),
    sums as (
        select s.start, s.model_version, s.reference, u.place, sum(u.total) as total
        from smartpredict.profile_spans(of_use_case, since, until, width, of_source, of_version) s,
            unnest(s.totals) with ordinality as u (total, place)
        group by 1, 2, 3, 4
    ),
    means as (
        select p.*, s.total / nullif(p.served, 0)::float8 as mean_served,
            w.totals[n.place] / nullif(p.accepted, 0)::float8 as mean_accepted, n.total / nullif(n.trained, 0) as mean_trained,
            sqrt(greatest(n.squares / nullif(n.trained, 0) - (n.total / nullif(n.trained, 0)) ^ 2, 0)) as deviation
        from present p
        join windows w on w.id = p.id
        join smartpredict.profile_numbers n on n.reference = p.reference and n.feature = p.feature
        join sums s on s.start = p.start and s.model_version = p.model_version and s.reference = p.reference
            and s.place = n.place
    )
    select d.start, d.model_version, d.reference, d.feature, d.id, d.share, d.excess, d.m, d.chi_square, d.freedom,
        (m.mean_served - d.share * m.mean_accepted - (1 - d.share) * m.mean_trained) / nullif(m.deviation, 0),
        d.share * m.beyond / nullif(m.accepted, 0)::float8, d.accepted_rows, d.accepted_seconds
    from distances d
    left join means m using (start, model_version, reference, feature, id)
$$;
