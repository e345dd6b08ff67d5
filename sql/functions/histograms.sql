-- Training and serving side by side: the rows of every slot of every version in a window, by span of time.
-- Slots that hold none of the served rows stand with 0, so that shares can be computed.
create function smartpredict.histograms(
    of_use_case text, since timestamptz, until timestamptz, width interval default null,
    of_source text default null, of_version integer default null
)
returns table (
    start timestamptz, model_version integer, reference text, feature text, slot integer, kind text, label text,
    is_number boolean, trained bigint, served bigint
)
language sql stable parallel safe as $$
    with spans as materialized (
        select * from smartpredict.profile_spans(of_use_case, since, until, width, of_source, of_version)
    ),
    by_slot as (
        select s.start, s.model_version, s.reference, u.slot, sum(u.n)::bigint as n
        from spans s, unnest(s.slots, s.counts) as u (slot, n) group by 1, 2, 3, 4
    ),
    versions as (select distinct s.start, s.model_version, s.reference from spans s)
    select v.start, v.model_version, v.reference, d.feature, d.slot, d.kind, d.label, d.is_number, d.trained,
        coalesce(b.n, 0)
    from versions v
    join smartpredict.profile_slots d on d.reference = v.reference
    left join by_slot b on b.start = v.start and b.model_version = v.model_version and b.reference = v.reference
        and b.slot = d.slot
$$;
