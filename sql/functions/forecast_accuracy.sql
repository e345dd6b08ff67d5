-- How far off the forecasts of a use case were, and how much of what came true its intervals held, by version and horizon.
-- Of rows received from `since` on and before `until` whose label has arrived, in spans of `span` that begin at `since`; all
-- in one where it is null. `kind` is error (mean absolute error of the `name`: model, last_value, season_24) or coverage (share
-- held by the interval of `name` percent); `rows` are those it was measured on. Nothing for a use case that is no forecast.
create function smartpredict.forecast_accuracy(
    of_use_case text, since timestamptz, until timestamptz, span interval default null
)
returns table (
    moment timestamptz, model_version integer, horizon integer, kind text, name text, rows bigint, value double precision
)
language plpgsql stable parallel safe
as $$
declare
    forecast jsonb := (select contract -> 'forecast' from smartpredict.use_cases u where u.name = of_use_case);
    last_value text;
    quantiles integer;
    measures text;
begin
    if coalesce(jsonb_typeof(forecast), 'null') = 'null' then
        return;
    end if;
    -- The same rules as usecases.forecasts.baselines: the newest reading a row has stands in for one that is missing.
    last_value := (
        select format('coalesce(%s)', string_agg(format('p.%I', 'lag_' || lag), ', ' order by lag::integer))
        from jsonb_array_elements_text(forecast -> 'lags') lag
    );
    quantiles := 2 * jsonb_array_length(forecast -> 'intervals') + 1;
    select string_agg(format('(%L, %L, %s)', m.kind, m.name, m.formula), ', ') into measures
    from (
        select 'error' as kind, 'model' as name, 'abs(p.prediction - l.number)' as formula
        union all select 'error', 'last_value', format('abs(%s - l.number)', last_value)
        union all
        select 'error', 'season_' || season, format('abs(coalesce(p.%I, %s) - l.number)', 'season_' || season, last_value)
        from jsonb_array_elements_text(forecast -> 'seasons') season
        union all
        select 'coverage', percent, format(
            'case when p.scores is null then null when l.number between p.scores[%s] and p.scores[%s] then 1 else 0 end',
            place, quantiles + 1 - place
        )
        from (
            select percent, row_number() over (order by percent::numeric desc) as place
            from jsonb_array_elements_text(forecast -> 'intervals') percent
        ) intervals
    ) m;
    return query execute format(
        'select case when $3 is null then $1 else date_bin($3, p.received_at, $1) end, p.model_version, p.horizon::integer,
             m.kind, m.name, count(m.value), avg(m.value)
         from predictions.%I p
         join smartpredict.labels l on l.prediction_id = p.id
         cross join lateral (values %s) m(kind, name, value)
         where p.id >= smartpredict.first_id_at($1) and p.id < smartpredict.first_id_at($2) and m.value is not null
         group by 1, 2, 3, 4, 5',
        of_use_case, measures
    ) using since, until, span;
end
$$;
