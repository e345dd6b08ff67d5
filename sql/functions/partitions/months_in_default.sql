-- The months whose predictions of a use case lie in the default partition, because nobody made theirs in time.
create function smartpredict.months_in_default(of_use_case text) returns setof date
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
    if not exists (select from smartpredict.use_cases where name = of_use_case) then
        raise exception 'there is no use case %', of_use_case;
    end if;
    return query execute format(
        'select distinct date_trunc(''month'', received_at at time zone ''UTC'')::date from predictions.%I order by 1',
        of_use_case || '_default'
    );
end
$$;
revoke execute on function smartpredict.months_in_default from public;
