-- What was received from `since` on and before `until`: sums of hours that are added up, and else batches one by one. A job
-- changes for days, so hours hold none. The moment of a sum is the beginning of its hour; where that will not do, each batch
-- stands for itself.
create function smartpredict.received_batches(
    of_use_case text, since timestamptz, until timestamptz, by_hour boolean default true
)
returns table (
    moment timestamptz, source text, batches bigint, refused bigint, rows_in bigint, rows_quarantined bigint,
    rows_not_kept bigint, rows_observed bigint
)
language sql stable parallel safe as $$
    with added as materialized (
        select s.first, greatest(s.first, case when by_hour then least(date_trunc('hour', until, 'UTC'), coalesce((
                select u.until from smartpredict.batch_hours_until u where u.use_case = of_use_case
            ), '-infinity')) end) as last
        from (select date_trunc('hour', since + interval '1 hour' - interval '1 microsecond', 'UTC')) s (first)
    )
    select h.hour, h.source, h.batches, h.refused, h.rows_in, h.rows_quarantined, h.rows_not_kept, h.rows_observed
    from smartpredict.batch_hours h
    where h.use_case = of_use_case and h.hour >= (select first from added) and h.hour < (select last from added)
    union all
    select b.received_at, b.source, 1, (b.state = 'refused')::integer, b.rows_in, b.rows_quarantined, b.rows_not_kept, b.rows_observed
    from smartpredict.batches b
    where b.use_case = of_use_case and b.source = 'job'
        and b.received_at >= (select first from added) and b.received_at < (select last from added)
    union all
    select b.received_at, b.source, 1, (b.state = 'refused')::integer, b.rows_in, b.rows_quarantined, b.rows_not_kept, b.rows_observed
    from smartpredict.batches b
    where b.use_case = of_use_case
        and b.received_at >= since and b.received_at < least((select first from added), until)
    union all
    select b.received_at, b.source, 1, (b.state = 'refused')::integer, b.rows_in, b.rows_quarantined, b.rows_not_kept, b.rows_observed
    from smartpredict.batches b
    where b.use_case = of_use_case
        and b.received_at >= greatest((select last from added), since) and b.received_at < until
$$;
