-- Move the profiles of parts on: add them to their minute, their hour and their batch. Gives the number moved.
-- A profile is deleted and added in one statement, so it counts once whenever it is looked for. Any number of workers
-- may call this at once: one of them rolls up, the others go on at once and find the work done.
-- Runs with the rights of its owner, so that a worker can roll up without being able to change a profile.
create function smartpredict.roll_up_profiles(most integer default 20000) returns integer
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    moved integer;
begin
    if not pg_try_advisory_xact_lock(hashtextextended('smartpredict.roll_up_profiles', 0)) then
        return 0;
    end if;
    with taken as (
        delete from smartpredict.part_profiles
        where id in (select id from smartpredict.part_profiles order by id limit most)
        returning *
    ),
    -- A row for each of the three places that a profile goes to; the time of a batch is that of its last part.
    placed as (
        select taken.*, spans.span, date_trunc(spans.span, recorded_at, 'UTC') as start, null::uuid as batch
        from taken cross join (values ('minute'), ('hour')) as spans (span)
        union all
        select taken.*, 'batch', null, batch_id from taken where batch_id is not null
    ),
    by_place as (
        select use_case, span, start, batch, source, model_version, reference,
            sum(rows)::bigint as rows, max(recorded_at) as recorded_at
        from placed group by 1, 2, 3, 4, 5, 6, 7
    ),
    by_slot as (
        select use_case, span, start, batch, source, model_version, reference, u.slot, sum(u.n)::bigint as n
        from placed, unnest(slots, counts) as u (slot, n) group by 1, 2, 3, 4, 5, 6, 7, 8
    ),
    by_number as (
        select use_case, span, start, batch, source, model_version, reference, u.place, sum(u.total) as total,
            sum(u.squares) as squares
        from placed, unnest(totals, squares) with ordinality as u (total, squares, place) group by 1, 2, 3, 4, 5, 6, 7, 8
    ),
    slot_arrays as (
        select use_case, span, start, batch, source, model_version, reference,
            array_agg(slot order by slot) as slots, array_agg(n order by slot) as counts
        from by_slot group by 1, 2, 3, 4, 5, 6, 7
    ),
    number_arrays as (
        select use_case, span, start, batch, source, model_version, reference,
            array_agg(total order by place) as totals, array_agg(squares order by place) as squares
        from by_number group by 1, 2, 3, 4, 5, 6, 7
    ),
    summed as (
        select p.*, coalesce(s.slots, '{}') as slots, coalesce(s.counts, '{}') as counts,
            coalesce(n.totals, '{}') as totals, coalesce(n.squares, '{}') as squares
        from by_place p
        left join slot_arrays s on (s.use_case, s.span, s.source, s.model_version, s.reference)
            = (p.use_case, p.span, p.source, p.model_version, p.reference)
            and s.start is not distinct from p.start and s.batch is not distinct from p.batch
        left join number_arrays n on (n.use_case, n.span, n.source, n.model_version, n.reference)
            = (p.use_case, p.span, p.source, p.model_version, p.reference)
            and n.start is not distinct from p.start and n.batch is not distinct from p.batch
    ),
    to_spans as (
        insert into smartpredict.profiles as known
            (use_case, span, start, source, model_version, reference, rows, slots, counts, totals, squares)
        select use_case, span, start, source, model_version, reference, rows, slots, counts, totals, squares
        from summed where span <> 'batch'
        on conflict (use_case, span, start, source, model_version, reference) do update set
            rows = known.rows + excluded.rows,
            (slots, counts) = (
                select coalesce(array_agg(slot order by slot), '{}'), coalesce(array_agg(n order by slot), '{}')
                from (
                    select slot, sum(n)::bigint as n
                    from (
                        select * from unnest(known.slots, known.counts)
                        union all select * from unnest(excluded.slots, excluded.counts)
                    ) as both_of_them (slot, n)
                    group by slot
                ) as added
            ),
            (totals, squares) = (
                select coalesce(array_agg(one_total + other_total order by place), '{}'),
                    coalesce(array_agg(one_squares + other_squares order by place), '{}')
                from unnest(known.totals, excluded.totals, known.squares, excluded.squares) with ordinality
                    as u (one_total, other_total, one_squares, other_squares, place)
            )
    ),
    to_batches as (
        insert into smartpredict.batch_profiles
            (use_case, batch_id, source, model_version, reference, recorded_at, rows, slots, counts, totals, squares)
        select use_case, batch, source, model_version, reference, recorded_at, rows, slots, counts, totals, squares
        from summed where span = 'batch'
    )
    select count(*) into moved from taken;
    return moved;
end
$$;
