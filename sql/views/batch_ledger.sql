-- Where the rows of every batch are: rows in = predicted + observed + quarantined + dead-lettered + pending.
-- Rows of a forecast are observations, which are stored as they are read.
-- A part is one of: recorded (its rows are predicted), dead (a letter holds it), or pending.
-- A batch has parts of its own, or all its good rows are in one part that it shares with others.
create or replace view smartpredict.batch_ledger as
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
    p.model_version,
    b.part_id,
    b.rows_observed as observed
from smartpredict.batches b
left join lateral (
    select
        sum(mine.rows) as planned,
        sum(mine.rows) filter (where mine.recorded_at is not null) as predicted,
        sum(mine.rows) filter (where mine.recorded_at is null and d.part_id is not null) as dead,
        sum(mine.rows) filter (where mine.recorded_at is null and d.part_id is null) as pending,
        max(mine.recorded_at) as last_recorded_at,
        max(mine.model_version) as model_version
    from (
        select part_id, rows, recorded_at, model_version from smartpredict.parts where parts.batch_id = b.id
        union all
        select part_id, (b.rows_in - b.rows_quarantined)::integer, recorded_at, model_version
        from smartpredict.parts where parts.part_id = b.part_id
    ) mine
    left join (
        select distinct part_id from smartpredict.dead_letters where replayed_at is null and part_id is not null
    ) d on d.part_id = mine.part_id
) p on true;
