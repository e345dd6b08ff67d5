-- Make the partition for a year of a forecast's observations; false if it is there already.
-- There is no default partition: readings of any year may arrive, and moving them out of it would lock them all. The table
-- is made beside and then attached, which only keeps out another caller, neither readers nor writers.
-- The sign in its name is one that no use case can have. Runs with the rights of its owner, so that a service which
-- writes observations need not own the tables.
create function smartpredict.add_observation_partition(of_use_case text, of_year integer) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    partition_name text := format('%s$%s', of_use_case, of_year);
begin
    if to_regclass(format('observations.%I', partition_name)) is not null then
        return false;
    end if;
    if not exists (select from smartpredict.use_cases where name = of_use_case) then
        raise exception 'there is no use case %', of_use_case;
    end if;
    -- Two callers at once take turns; the second finds the partition made.
    perform pg_advisory_xact_lock(hashtextextended('smartpredict.add_observation_partition ' || of_use_case, 0));
    if to_regclass(format('observations.%I', partition_name)) is not null then
        return false;
    end if;
    execute format('create table observations.%I (like observations.%I including all)', partition_name, of_use_case);
    execute format(
        'alter table observations.%I attach partition observations.%I for values from (%L) to (%L)',
        of_use_case, partition_name,
        make_timestamptz(of_year, 1, 1, 0, 0, 0, 'UTC'), make_timestamptz(of_year + 1, 1, 1, 0, 0, 0, 'UTC')
    );
    return true;
end
$$;
revoke execute on function smartpredict.add_observation_partition from public;
