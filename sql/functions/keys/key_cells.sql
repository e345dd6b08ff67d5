-- The keys of a part, as `part_keys` holds them, taken apart: a line for each number column and key.
-- Not taken into the statements that ask it, where a guess of a million lines a part would have them sort on disk.
create function smartpredict.key_cells(keys text[], rows bigint[], totals double precision[], present bigint[])
returns table (key text, place integer, rows bigint, n bigint, total double precision)
language sql immutable parallel safe rows 300 set search_path = pg_catalog, pg_temp as $$
    select u.key, p.place, u.rows, coalesce(u.n, u.rows), u.total
    from generate_series(1, cardinality(totals) / nullif(cardinality(keys), 0)) as p (place)
    cross join unnest(
        keys, rows, totals[(p.place - 1) * cardinality(keys) + 1 : p.place * cardinality(keys)],
        present[(p.place - 1) * cardinality(keys) + 1 : p.place * cardinality(keys)]
    ) as u (key, rows, total, n)
$$;
