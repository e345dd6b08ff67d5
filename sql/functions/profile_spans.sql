-- The profiles of a window added up by span of time, door and version; spans of a width follow each other from the
-- window's start. Without a width the window is one span.
create function smartpredict.profile_spans(
    of_use_case text, since timestamptz, until timestamptz, width interval default null,
    of_source text default null, of_version integer default null
)
returns table (
    start timestamptz, source text, model_version integer, reference text, rows bigint,
    slots integer[], counts bigint[], totals double precision[], squares double precision[]
)
language sql stable parallel safe as $$
    with found as materialized (
        select case when width is null then since
                -- A minute or hour that began before the window belongs to its first span.
                else date_bin(width, greatest(p.start, since), since) end as start,
            p.source, p.model_version, p.reference, p.rows, p.slots, p.counts, p.totals, p.squares
        from smartpredict.profile_rows(of_use_case, since, until) p
        where (of_source is null or p.source = of_source) and (of_version is null or p.model_version = of_version)
    ),
    by_span as (
        select f.start, f.source, f.model_version, f.reference, sum(f.rows)::bigint as rows from found f group by 1, 2, 3, 4
    ),
    by_slot as (
        select f.start, f.source, f.model_version, f.reference, u.slot, sum(u.n)::bigint as n
        from found f, unnest(f.slots, f.counts) as u (slot, n) group by 1, 2, 3, 4, 5
    ),
    by_number as (
        select f.start, f.source, f.model_version, f.reference, u.place, sum(u.total) as total, sum(u.squares) as squares
        from found f, unnest(f.totals, f.squares) with ordinality as u (total, squares, place) group by 1, 2, 3, 4, 5
    ),
    slot_arrays as (
        select start, source, model_version, reference,
            array_agg(slot order by slot) as slots, array_agg(n order by slot) as counts
        from by_slot group by 1, 2, 3, 4
    ),
    number_arrays as (
        select start, source, model_version, reference,
            array_agg(total order by place) as totals, array_agg(squares order by place) as squares
        from by_number group by 1, 2, 3, 4
    )
    select s.start, s.source, s.model_version, s.reference, s.rows, coalesce(a.slots, '{}'), coalesce(a.counts, '{}'),
        coalesce(n.totals, '{}'), coalesce(n.squares, '{}')
    from by_span s
    left join slot_arrays a using (start, source, model_version, reference)
    left join number_arrays n using (start, source, model_version, reference)
$$;
