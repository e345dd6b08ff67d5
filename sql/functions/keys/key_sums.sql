-- The sums of a window of time, by key and column; no prediction is read.
-- A window of more than two days, or one that began over a week ago, is made of whole days, any other of whole hours: it is
-- widened to their edges. What was not rolled up yet is taken from the parts.
create function smartpredict.key_sums(
    of_use_case text, since timestamptz, until timestamptz, of_source text default null, of_version integer default null
)
returns table (
    model_version integer, reference text, key text, feature text, rows bigint, present bigint, total double precision
)
language sql stable parallel safe as $$
    with grain as materialized (
        select case when until - since > interval '2 days' or since < now() - interval '7 days'
            then 'day' else 'hour' end as span
    ),
    found as (
        select k.model_version, k.reference, k.key, k.rows, u.place, u.n, u.total
        from grain, smartpredict.key_profiles k, unnest(k.present, k.totals) with ordinality as u (n, total, place)
        where k.use_case = of_use_case and k.span = grain.span
            and k.start >= date_trunc(grain.span, since, 'UTC') and k.start < until
            and (of_source is null or k.source = of_source) and (of_version is null or k.model_version = of_version)
        union all
        select p.model_version, p.reference, c.key, c.rows, c.place, c.n, c.total
        from grain, smartpredict.part_keys p, smartpredict.key_cells(p.keys, p.rows, p.totals, p.present) c
        where p.use_case = of_use_case and p.recorded_at >= date_trunc(grain.span, since, 'UTC')
            and date_trunc(grain.span, p.recorded_at, 'UTC') < until
            and (of_source is null or p.source = of_source) and (of_version is null or p.model_version = of_version)
    )
    select f.model_version, f.reference, f.key, n.feature, sum(f.rows)::bigint, sum(f.n)::bigint, sum(f.total)
    from found f
    join smartpredict.profile_numbers n on n.reference = f.reference and n.place = f.place
    join smartpredict.profile_key_numbers j on j.reference = f.reference and j.feature = n.feature
    group by 1, 2, 3, 4
$$;
