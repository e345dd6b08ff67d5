-- The profiles whose sum is that of a window of time; no prediction is read.
-- A window of more than a day, or one that began over a week ago, is made of whole hours, any other of whole minutes:
-- it is widened to their edges. What was not rolled up yet is taken from the parts, so nothing is ever missing.
create function smartpredict.profile_rows(of_use_case text, since timestamptz, until timestamptz)
returns table (
    start timestamptz, source text, model_version integer, reference text, rows bigint,
    slots integer[], counts bigint[], totals double precision[], squares double precision[]
)
language sql stable parallel safe as $$
    with grain as materialized (
        select case when until - since > interval '1 day' or since < now() - interval '7 days'
            then 'hour' else 'minute' end as span
    )
    select p.start, p.source, p.model_version, p.reference, p.rows, p.slots, p.counts, p.totals, p.squares
    from grain, smartpredict.profiles p
    where p.use_case = of_use_case and p.span = grain.span
        and p.start >= date_trunc(grain.span, since, 'UTC') and p.start < until
    union all
    select date_trunc(grain.span, f.recorded_at, 'UTC'), f.source, f.model_version, f.reference, f.rows,
        f.slots, f.counts, f.totals, f.squares
    from grain, smartpredict.part_profiles f
    where f.use_case = of_use_case
        and f.recorded_at >= date_trunc(grain.span, since, 'UTC')
        and date_trunc(grain.span, f.recorded_at, 'UTC') < until
$$;
