-- Make the partition for a month of a use case's predictions; false if it is there already.
-- Rows of the month that landed in the default partition move into it, in the same transaction, so that a query sees
-- each of them once at every moment. Only the default partition is locked while they move: rows of other months go on
-- being written. Runs with the rights of its owner, so that maintenance need not own the tables.
create function smartpredict.add_partition(of_use_case text, of_month date) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    first timestamptz := date_trunc('month', of_month::timestamp) at time zone 'UTC';
    next_first timestamptz := (date_trunc('month', of_month::timestamp) + interval '1 month') at time zone 'UTC';
    partition_name text := format('%s_%s', of_use_case, to_char(of_month, 'YYYY_MM'));
    columns text;
begin
    if not exists (select from smartpredict.use_cases where name = of_use_case) then
        raise exception 'there is no use case %', of_use_case;
    end if;
    -- Two callers at once take turns; the second finds the partition made.
    perform pg_advisory_xact_lock(hashtextextended('smartpredict.add_partition ' || of_use_case, 0));
    if to_regclass(format('predictions.%I', partition_name)) is not null then
        return false;
    end if;
    execute format('create table predictions.%I (like predictions.%I including defaults)', partition_name, of_use_case);
    execute format('lock table predictions.%I in access exclusive mode', of_use_case || '_default');
    select string_agg(quote_ident(attname), ', ' order by attnum) into columns
    from pg_attribute
    where attrelid = format('predictions.%I', of_use_case)::regclass and attnum > 0 and not attisdropped;
    execute format(
        'with moved as (delete from predictions.%I where id >= $1 and id < $2 returning %s) '
        'insert into predictions.%I (%s) select %s from moved',
        of_use_case || '_default', columns, partition_name, columns, columns
    ) using smartpredict.first_id_at(first), smartpredict.first_id_at(next_first);
    execute format(
        'alter table predictions.%I attach partition predictions.%I for values from (%L) to (%L)',
        of_use_case, partition_name, smartpredict.first_id_at(first), smartpredict.first_id_at(next_first)
    );
    return true;
end
$$;
revoke execute on function smartpredict.add_partition from public;
