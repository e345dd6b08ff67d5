-- Until messages shared parts. Where the rows of every batch are: rows in = predicted + quarantined + dead-lettered + pending.
-- A part is one of: recorded (its rows are predicted), dead (a letter holds it), or pending.
create view smartpredict.batch_ledger as
select
    b.id as batch_id,
    b.use_case,
    b.source,
    b.name,
    b.state,
    b.problem,
    b.received_at,
    b.finished_at,
    b.first_id,
    b.last_id,
    b.rows_in,
    coalesce(p.predicted, 0) as predicted,
    b.rows_quarantined as quarantined,
    coalesce(p.dead, 0) as dead_lettered,
    coalesce(p.pending, 0) as pending,
    coalesce(p.planned, 0) as planned,
    p.last_recorded_at,
    p.model_version
from smartpredict.batches b
left join lateral (
    select
        sum(parts.rows) as planned,
        sum(parts.rows) filter (where parts.recorded_at is not null) as predicted,
        sum(parts.rows) filter (where parts.recorded_at is null and d.part_id is not null) as dead,
        sum(parts.rows) filter (where parts.recorded_at is null and d.part_id is null) as pending,
        max(parts.recorded_at) as last_recorded_at,
        max(parts.model_version) as model_version
    from smartpredict.parts
    left join (
        select distinct part_id from smartpredict.dead_letters where replayed_at is null and part_id is not null
    ) d on d.part_id = parts.part_id
    where parts.batch_id = b.id
) p on true;
