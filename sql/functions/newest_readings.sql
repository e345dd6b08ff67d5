-- The newest reading of each series of a forecast, in its newest version, and when it was known.
-- One way down the index for each series, so it costs the same however many observations there are.
-- Series without a reading have a row without one. Nothing for a use case that is no forecast.
create function smartpredict.newest_readings(of_use_case text)
returns table (series text, event_time timestamptz, known_at timestamptz, reading double precision)
language plpgsql stable parallel safe
as $$
declare
    contract jsonb := (select u.contract from smartpredict.use_cases u where u.name = of_use_case);
    series_name text := contract -> 'forecast' ->> 'series';
    names text[] := array[''];
begin
    if coalesce(jsonb_typeof(contract -> 'forecast'), 'null') = 'null' then
        return;
    end if;
    if series_name is not null then
        names := array(
            select jsonb_array_elements_text(feature -> 'values')
            from jsonb_array_elements(contract -> 'features') feature where feature ->> 'name' = series_name
        );
    end if;
    return query execute format(
        'select names.name, newest.event_time, newest.known_at, newest.reading
         from unnest($1) names(name)
         left join lateral (
             select o.event_time, o.known_at, o.%1$I as reading from observations.%2$I o
             where o.series = names.name and o.%1$I is not null
             order by o.event_time desc, o.known_at desc limit 1
         ) newest on true',
        contract ->> 'target', of_use_case
    ) using names;
end
$$;
