-- The smallest id that a prediction received at this moment can have: 48 bits of milliseconds, then version and variant of
-- a UUIDv7. The same as first_id_at in broker/ids.py.
create function smartpredict.first_id_at(moment timestamptz) returns uuid
language sql immutable strict parallel safe
as $$
    select (lpad(to_hex(floor(extract(epoch from moment) * 1000)::bigint), 12, '0') || '70008000000000000000')::uuid
$$;
