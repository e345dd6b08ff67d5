-- Five million predictions as a busy plant leaves them behind, with the ledger that belongs to them:
-- 300 files of 10,000 rows a quarter of an hour apart, 100,000 coalesced requests of 20 rows in between,
-- and 60 rows typed into the page, all of them long ago. The first tenth was predicted by an earlier version.
-- One machine has a row in each file, and one was retired after the third.
-- One statement for each table: a row a time would take minutes. By hand also ten times as many files and requests,
-- which last ten times as long: `fill.files` and `fill.messages` say how many.
-- Nothing here has to survive a crash, and the log would be as large as the table.
alter table predictions.equipment_failure_default set unlogged;

create temporary table made as
select
    n,
    timestamptz '2026-08-01 00:00+00' + n * interval '9 minutes' as at,
    md5('file' || n)::uuid as batch_id
from generate_series(1, current_setting('fill.files')::int) n;

insert into smartpredict.batches
    (id, use_case, source, name, state, schema_hash, received_at, first_id, last_id, part_rows, rows_in,
     rows_quarantined, finished_at)
select batch_id, 'equipment_failure', 'file', 'shift-' || n || '.csv', 'ingested', 'hash', at,
       pg_temp.id_at(at, 0), pg_temp.id_at(at, 10000), 10000, 10100, 100, at
from made;

insert into smartpredict.parts
    (part_id, batch_id, part_number, use_case, lane, rows, model_version, planned_at, recorded_at, counts)
select md5('part' || n)::uuid, batch_id, 0, 'equipment_failure', 'bulk', 10000, case when 10 * n <= current_setting('fill.files')::int then 1 else 2 end,
       at, at + interval '1 second', '{"file": {"ok": 9700, "failure": 300}}'
from made;

insert into smartpredict.parts
    (part_id, part_number, use_case, lane, rows, model_version, planned_at, recorded_at, counts)
select md5('message' || n)::uuid, 0, 'equipment_failure', 'online', 20, case when 10 * n <= current_setting('fill.messages')::int then 1 else 2 end,
       at, at, case when n % 500 = 0 and n <= 30000
                    then '{"api": {"ok": 19}, "webapp": {"failure": 1}}'::jsonb
                    else jsonb_build_object('api', jsonb_build_object('ok', 20 - n % 3, 'failure', n % 3)) end
from (select n, timestamptz '2026-08-01 00:00+00' + n * interval '1.62 seconds' as at from generate_series(1, current_setting('fill.messages')::int) n) o;

insert into predictions.equipment_failure
    (id, batch_id, row_number, source, model_version, received_at, machine_id, product_quality, air_temperature_k,
     process_temperature_k, rotational_speed_rpm, torque_nm, tool_wear_min, prediction, score)
select pg_temp.id_at(at, r), batch_id, r, 'file', case when 10 * n <= current_setting('fill.files')::int then 1 else 2 end, at,
       case when r = 77 then 'M-7' when n <= 3 and r % 10 = 0 then 'M-retired' else 'mill-' || r % 40 end, 'M',
       300, 310, 1480, 41.5, r % 250, case when r % 100 < 3 then 'failure' else 'ok' end, 0.01 * (r % 100)
from made cross join generate_series(1, 10000) r;

insert into predictions.equipment_failure
    (id, batch_id, row_number, source, model_version, received_at, machine_id, product_quality, air_temperature_k,
     process_temperature_k, rotational_speed_rpm, torque_nm, tool_wear_min, prediction, score)
select pg_temp.id_at(at, 100000 + r), md5('request' || n)::uuid, r,
       case when r = 1 and n % 500 = 0 and n <= 30000 then 'webapp' else 'api' end,
       case when 10 * n <= current_setting('fill.messages')::int then 1 else 2 end, at, 'mill-' || r, 'M', 300, 310, 1480, 41.5, r, 'ok', 0.1
from (select n, timestamptz '2026-08-01 00:00+00' + n * interval '1.62 seconds' as at from generate_series(1, current_setting('fill.messages')::int) n) o
cross join generate_series(1, 20) r;

insert into smartpredict.quarantine (batch_id, row_number, use_case, raw, reasons)
select batch_id, 10000 + r, 'equipment_failure', '{"torque_nm": "455"}',
       '[{"column": "torque_nm", "rule": "maximum", "value": "455", "message": "torque_nm: 455 is above 120"}]'
from made cross join generate_series(1, 100) r;

-- Each message that a publisher sends is a batch; these came before all files.
insert into smartpredict.batches
    (id, use_case, source, name, state, schema_hash, received_at, first_id, last_id, part_rows, rows_in, finished_at)
select md5('published' || n)::uuid, 'equipment_failure', 'message', 'plant-' || n, 'ingested', 'hash', at,
       pg_temp.id_at(at, n), pg_temp.id_at(at, n), 10000, 0, at
from (select n, timestamptz '2026-08-01 00:00+00' - n * interval '1 second' as at
      from generate_series(1, current_setting('fill.messages')::int / 5) n) o;

-- One file that brought more bad rows than anybody looks at, of a use case of which the other pages show nothing.
insert into smartpredict.batches
    (id, use_case, source, name, state, schema_hash, received_at, first_id, last_id, part_rows, rows_in,
     rows_quarantined, finished_at)
select md5('flood')::uuid, 'iris', 'file', 'flood.jsonl', 'ingested', 'hash', at, pg_temp.id_at(at, 0),
       pg_temp.id_at(at, 300000), 10000, 300000, 300000, at
from (select timestamptz '2026-08-02 12:00+00' as at) o;

insert into smartpredict.quarantine (batch_id, row_number, use_case, raw, reasons)
select md5('flood')::uuid, r, 'iris', '{}',
       '[{"column": "petal_width_cm", "rule": "missing", "value": null, "message": "petal_width_cm: a value is required"}]'
from generate_series(1, 300000) r;

insert into smartpredict.dead_letters
    (letter_id, queue, routing_key, exchange, use_case, rows, cause, headers, body, died_at)
select md5('letter' || n)::uuid, 'predict.bulk', 'predict.bulk', 'predict', 'equipment_failure', 0, 'the disk was full',
       '{}', convert_to(repeat('x', 2000), 'UTF8'), timestamptz '2026-08-01 00:00+00' + n * interval '1 minute'
from generate_series(1, 2000) n;
