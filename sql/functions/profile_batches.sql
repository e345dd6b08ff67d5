-- The largest batches of a window, each with its counts: who may drive a drift. A part of a drift is at most a part of
-- the rows, so a small batch need not be asked.
create function smartpredict.profile_batches(
    of_use_case text, since timestamptz, until timestamptz, of_reference text,
    of_source text default null, of_version integer default null, most integer default 200
)
returns table (batch_id uuid, name text, source text, rows bigint, slots integer[], counts bigint[])
language sql stable parallel safe as $$
    with found as materialized (
        select p.batch_id, p.source, p.rows, p.slots, p.counts, p.model_version, p.reference
        from smartpredict.batch_profiles p
        where p.use_case = of_use_case and p.recorded_at >= since and p.recorded_at < until
        union all
        select p.batch_id, p.source, p.rows, p.slots, p.counts, p.model_version, p.reference
        from smartpredict.part_profiles p
        where p.use_case = of_use_case and p.recorded_at >= since and p.recorded_at < until and p.batch_id is not null
    ),
    largest as (
        select f.batch_id, f.source, sum(f.rows)::bigint as rows
        from found f
        where f.reference = of_reference and (of_source is null or f.source = of_source)
            and (of_version is null or f.model_version = of_version)
        group by 1, 2 order by 3 desc, 1 limit most
    ),
    by_slot as (
        select f.batch_id, f.source, u.slot, sum(u.n)::bigint as n
        from found f join largest l using (batch_id, source), unnest(f.slots, f.counts) as u (slot, n)
        where f.reference = of_reference and (of_version is null or f.model_version = of_version)
        group by 1, 2, 3
    )
    select l.batch_id, coalesce(max(b.name), ''), l.source, max(l.rows), array_agg(s.slot order by s.slot),
        array_agg(s.n order by s.slot)
    from largest l join by_slot s using (batch_id, source)
    left join smartpredict.batches b on b.id = l.batch_id
    group by l.batch_id, l.source
$$;
