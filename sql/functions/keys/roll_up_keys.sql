-- Move the keys of parts on: add them to their hour and their day. Gives the number moved.
-- Of keys that training did not have each hour and day keeps as many as `unknown` apart, those that were there before and
-- then those of the most rows; all others are added up under the empty key. So the number of rows is bounded, however many
-- keys there are, and their sum is that of all rows.
-- As roll_up_profiles: once, for any number of callers, and with the rights of its owner.
create function smartpredict.roll_up_keys(most integer, unknown integer) returns integer
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    moved integer;
begin
    if not pg_try_advisory_xact_lock(hashtextextended('smartpredict.roll_up_keys', 0)) then
        return 0;
    end if;
    with taken as (
        delete from smartpredict.part_keys
        where id in (select id from smartpredict.part_keys order by id limit most)
        returning *
    ),
    -- All parts of an hour at once, so that what follows is done once for each key of it.
    hours as (
        select t.use_case, date_trunc('hour', t.recorded_at, 'UTC') as hour, t.source, t.model_version, t.reference,
            c.key, c.place, sum(c.rows)::bigint as rows, sum(c.n)::bigint as n, sum(c.total) as total
        from taken t, smartpredict.key_cells(t.keys, t.rows, t.totals, t.present) c
        group by 1, 2, 3, 4, 5, 6, 7
    ),
    placed as materialized (
        select h.use_case, s.span, date_trunc(s.span, h.hour, 'UTC') as start, h.source, h.model_version, h.reference, h.key,
            h.rows, h.present, h.totals
        from (
            select use_case, hour, source, model_version, reference, key, max(rows) as rows,
                array_agg(n order by place) as present, array_agg(total order by place) as totals
            from hours group by 1, 2, 3, 4, 5, 6
        ) h
        cross join (values ('hour'), ('day')) as s (span)
    ),
    by_key as (
        select use_case, span, start, source, model_version, reference, key, sum(rows)::bigint as rows
        from placed group by 1, 2, 3, 4, 5, 6, 7
    ),
    told as (
        select b.*, b.key = '' or exists (
                select from smartpredict.profile_keys t
                where t.reference = b.reference and t.feature = 'score' and t.key = b.key
            ) or exists (
                select from smartpredict.key_profiles k
                where k.use_case = b.use_case and k.span = b.span and k.start = b.start and k.source = b.source
                    and k.model_version = b.model_version and k.reference = b.reference and k.key = b.key
            ) as is_kept
        from by_key b
    ),
    rooms as (
        select p.*, unknown - (
                select count(*) from smartpredict.key_profiles k
                where k.use_case = p.use_case and k.span = p.span and k.start = p.start and k.source = p.source
                    and k.model_version = p.model_version and k.reference = p.reference and k.key <> ''
                    and not exists (
                        select from smartpredict.profile_keys t
                        where t.reference = k.reference and t.feature = 'score' and t.key = k.key
                    )
            ) as room
        from (
            select distinct use_case, span, start, source, model_version, reference from told where not is_kept
        ) p
    ),
    ranked as (
        select t.*, row_number() over (
                partition by t.use_case, t.span, t.start, t.source, t.model_version, t.reference
                order by t.rows desc, t.key
            ) <= r.room as has_room
        from told t
        join rooms r using (use_case, span, start, source, model_version, reference)
        where not t.is_kept
    ),
    named as (
        select p.use_case, p.span, p.start, p.source, p.model_version, p.reference, p.rows, p.present, p.totals,
            case when r.has_room is false then '' else p.key end as key
        from placed p
        left join ranked r using (use_case, span, start, source, model_version, reference, key)
    ),
    rows_of as (
        select use_case, span, start, source, model_version, reference, key, sum(rows)::bigint as rows
        from named group by 1, 2, 3, 4, 5, 6, 7
    ),
    by_number as (
        select use_case, span, start, source, model_version, reference, key, u.place,
            sum(u.n)::bigint as n, sum(u.total) as total
        from named, unnest(present, totals) with ordinality as u (n, total, place)
        group by 1, 2, 3, 4, 5, 6, 7, 8
    ),
    arrays as (
        select use_case, span, start, source, model_version, reference, key, array_agg(n order by place) as present,
            array_agg(total order by place) as totals
        from by_number group by 1, 2, 3, 4, 5, 6, 7
    ),
    stored as (
        insert into smartpredict.key_profiles as known
            (use_case, span, start, source, model_version, reference, key, rows, present, totals)
        select use_case, span, start, source, model_version, reference, key, rows, present, totals
        from rows_of join arrays using (use_case, span, start, source, model_version, reference, key)
        on conflict (use_case, span, start, source, model_version, reference, key) do update set
            rows = known.rows + excluded.rows,
            (present, totals) = (
                select array_agg(u.n + u.more order by u.place), array_agg(u.total + u.more_total order by u.place)
                from unnest(known.present, excluded.present, known.totals, excluded.totals)
                    with ordinality as u (n, more, total, more_total, place)
            )
    )
    select count(*) into moved from taken;
    return moved;
end
$$;
