-- What each service may do in the database: the least it needs.
-- Tables of use cases that are registered later get the same rights by the defaults at the end.

grant usage on schema smartpredict, predictions
    to smartpredict_gateway, smartpredict_worker, smartpredict_ingestion, smartpredict_reader;

-- People and Grafana read; they never write, and never see request keys or the bodies of dead letters.
grant select on all tables in schema predictions to smartpredict_reader;
grant select on smartpredict.batches, smartpredict.parts, smartpredict.quarantine, smartpredict.workers,
    smartpredict.use_cases, smartpredict.batch_ledger to smartpredict_reader;
grant select (id, letter_id, queue, routing_key, message_id, part_id, batch_id, use_case, rows, cause, died_at,
    replayed_at, discarded_at) on smartpredict.dead_letters to smartpredict_reader;

-- Drift is computed from profiles.
grant select on smartpredict.reference_profiles, smartpredict.profile_slots, smartpredict.profile_numbers,
    smartpredict.profile_windows, smartpredict.part_profiles, smartpredict.profiles, smartpredict.batch_profiles, smartpredict.verdicts,
    smartpredict.accepted_windows, smartpredict.profile_key_numbers, smartpredict.profile_key_lengths,
    smartpredict.profile_keys, smartpredict.part_keys, smartpredict.key_profiles to smartpredict_reader;

-- The gateway reads results, announces uploads and keeps request keys; people replay or discard bad rows and dead letters there.
grant select on all tables in schema predictions, smartpredict to smartpredict_gateway;
grant insert on smartpredict.batches to smartpredict_gateway;
grant insert, delete on smartpredict.request_keys to smartpredict_gateway;
grant update (replayed_as, replayed_at, discarded_at, discarded_by, discarded_account, discarded_reason)
    on smartpredict.quarantine to smartpredict_gateway;
grant update (replayed_at, discarded_at) on smartpredict.dead_letters to smartpredict_gateway;
grant insert on smartpredict.letter_decisions to smartpredict_gateway;
grant select (id, letter_id, decision, person, account, reason, rows, decided_at) on smartpredict.letter_decisions
    to smartpredict_reader;

-- Administrators accept windows as normal there, and withdraw them.
grant insert, update (withdrawn_by, withdrawn_at) on smartpredict.accepted_windows to smartpredict_gateway;

-- Every process reports itself each second, and forgets those of long ago when it ends.
grant select, insert, update (seen_at, ended_at), delete on smartpredict.processes
    to smartpredict_gateway, smartpredict_worker, smartpredict_ingestion, smartpredict_trainer;
grant select on smartpredict.processes to smartpredict_reader;

-- People say there who looks after an alert, and that nobody is to be told of it for a while.
grant insert on smartpredict.alert_acknowledgements, smartpredict.alert_silences to smartpredict_gateway;
grant select on smartpredict.alert_silences to smartpredict_orchestration;

-- Administrators keep thresholds there.
grant insert on smartpredict.kept_thresholds to smartpredict_gateway;

-- A worker records parts and their predictions, reads them back for a redelivered part, and reports itself.
grant select, insert on all tables in schema predictions to smartpredict_worker;
grant select, insert, update on smartpredict.parts to smartpredict_worker;
grant select, insert, update, delete on smartpredict.workers to smartpredict_worker;
grant select, insert on smartpredict.served_versions to smartpredict_worker;
grant select on smartpredict.use_cases, smartpredict.alembic_version to smartpredict_worker;
-- It serves no version that was not promoted, whatever MLflow says.
grant select (id, use_case, to_version) on smartpredict.promotions to smartpredict_worker;

-- It keeps the profile of every part, publishes what training data looked like, and has the database roll up.
grant insert on smartpredict.part_profiles, smartpredict.part_keys to smartpredict_worker;
grant select, insert on smartpredict.reference_profiles, smartpredict.profile_slots, smartpredict.profile_numbers,
    smartpredict.profile_windows, smartpredict.profile_key_numbers, smartpredict.profile_key_lengths,
    smartpredict.profile_keys to smartpredict_worker;
grant execute on function smartpredict.roll_up_profiles, smartpredict.roll_up_keys to smartpredict_worker;

-- Ingestion writes what arrived, plans parts, quarantines rows and keeps dead letters.
grant select, insert, update on smartpredict.batches, smartpredict.parts, smartpredict.quarantine,
    smartpredict.dead_letters to smartpredict_ingestion;
grant select on smartpredict.use_cases, smartpredict.batch_ledger, smartpredict.alembic_version
    to smartpredict_ingestion;

-- Whoever sends a message may ask to be answered with what was predicted.
grant select on all tables in schema predictions to smartpredict_ingestion;

-- Of a sender with too many refused messages it holds further ones, until a person decides at the gateway.
grant select, insert, update (messages, bytes) on smartpredict.holds to smartpredict_ingestion;
grant select, insert, delete on smartpredict.held_messages to smartpredict_ingestion;
grant update (decision, decided_by, decided_at) on smartpredict.holds to smartpredict_gateway;
grant delete on smartpredict.held_messages to smartpredict_gateway;
grant select on smartpredict.holds to smartpredict_reader;

-- Jobs: people begin and change them at the gateway; workers plan them, read and score their rows, and enter what became of these.
grant insert, update (state, problem, max_bad_share, finished_at) on smartpredict.jobs to smartpredict_gateway;
grant select, update on smartpredict.jobs to smartpredict_worker;
grant select, insert, update on smartpredict.job_claims to smartpredict_worker;
grant select on smartpredict.batches, smartpredict.batch_ledger to smartpredict_worker;
grant execute on function smartpredict.change_job_batch, smartpredict.drop_open_claims to smartpredict_worker;
grant insert on smartpredict.quarantine to smartpredict_worker;
grant select (part_id, replayed_at) on smartpredict.dead_letters to smartpredict_worker;
grant select on smartpredict.jobs, smartpredict.job_claims to smartpredict_reader, smartpredict_orchestration;

-- People say at the gateway how files with a header are read; whoever reads files reads them so.
grant insert, update (withdrawn_by, withdrawn_at) on smartpredict.file_mappings to smartpredict_gateway;
grant select on smartpredict.file_mappings
    to smartpredict_ingestion, smartpredict_orchestration, smartpredict_reader;

-- Parts that batches share are kept until a worker has recorded them, or a person discarded them for good.
grant select, insert on smartpredict.shared_parts to smartpredict_ingestion;
grant select (part_id), delete on smartpredict.shared_parts to smartpredict_worker, smartpredict_orchestration;

-- Schedules do what ingestion does with files.
grant usage on schema smartpredict, predictions to smartpredict_orchestration;
grant select, insert, update on smartpredict.batches, smartpredict.parts, smartpredict.quarantine
    to smartpredict_orchestration;
grant select on smartpredict.use_cases, smartpredict.batch_ledger, smartpredict.alembic_version
    to smartpredict_orchestration;

-- Labels: programs and people deliver them through the gateway, which replaces earlier ones; people and Grafana read them.
grant insert, update on smartpredict.labels to smartpredict_gateway;
grant select on smartpredict.labels to smartpredict_reader;

-- Promotions: people promote and roll back through the gateway, schedules after a training.
-- Everybody who reads may see what was served when.
grant insert on smartpredict.promotions to smartpredict_gateway;
grant select, insert on smartpredict.promotions to smartpredict_orchestration;
grant select on smartpredict.promotions, smartpredict.served_versions to smartpredict_reader;

-- Upkeep: schedules remember what people were told, make partitions, and empty what is past its time. What they empty
-- keeps its row, so that the ledger still balances.
grant select, insert, update, delete on smartpredict.notifications to smartpredict_orchestration;
grant execute on function smartpredict.add_partition, smartpredict.months_in_default to smartpredict_orchestration;
grant select (received_at), delete on smartpredict.request_keys to smartpredict_orchestration;
grant select, update (body) on smartpredict.dead_letters, smartpredict.letter_decisions to smartpredict_orchestration;
grant select on all tables in schema predictions to smartpredict_orchestration;
grant select on smartpredict.profiles, smartpredict.part_profiles to smartpredict_orchestration;

-- Contracts: services take over what is registered while they run.
grant select on smartpredict.use_cases, smartpredict.use_case_contracts
    to smartpredict_worker, smartpredict_ingestion, smartpredict_orchestration, smartpredict_reader;

-- Tables of predictions that the owner makes from now on, when a use case is registered.
alter default privileges in schema predictions grant select on tables
    to smartpredict_reader, smartpredict_gateway, smartpredict_orchestration, smartpredict_ingestion;
alter default privileges in schema predictions grant select, insert on tables to smartpredict_worker;

-- The watch judges profiles and batches, keeps its verdicts, and drops profiles finer than anybody looks at so far back.
grant execute on function smartpredict.roll_up_profiles, smartpredict.roll_up_keys to smartpredict_orchestration;
grant select on smartpredict.reference_profiles, smartpredict.profile_slots, smartpredict.profile_numbers,
    smartpredict.profile_windows, smartpredict.batch_profiles, smartpredict.accepted_windows,
    smartpredict.profile_key_numbers, smartpredict.profile_key_lengths, smartpredict.profile_keys, smartpredict.part_keys,
    smartpredict.key_profiles to smartpredict_orchestration;
grant delete on smartpredict.profiles, smartpredict.batch_profiles, smartpredict.key_profiles to smartpredict_orchestration;
grant select, insert, delete on smartpredict.verdicts to smartpredict_orchestration;
-- Shadow: workers store what a challenger would have answered; people and Grafana compare.
grant insert on smartpredict.shadow_scores to smartpredict_worker;
grant select on smartpredict.shadow_scores to smartpredict_reader;

-- Predictions are counted by hour.
grant select, insert on smartpredict.prediction_hours to smartpredict_orchestration;
grant select, insert, update on smartpredict.prediction_hours_until to smartpredict_orchestration;
grant select on smartpredict.prediction_hours, smartpredict.prediction_hours_until to smartpredict_reader;

-- Batches, too; whoever writes down one of an hour that is added up has it added up anew.
grant select, insert, delete on smartpredict.batch_hours to smartpredict_orchestration;
grant select, insert, update on smartpredict.batch_hours_until to smartpredict_orchestration;
grant select, delete on smartpredict.batch_hours to smartpredict_ingestion;
grant select, update on smartpredict.batch_hours_until to smartpredict_ingestion;
grant select on smartpredict.batch_hours, smartpredict.batch_hours_until to smartpredict_reader;

-- Exports and the audit count what is archived.
grant select on smartpredict.archived_rows to smartpredict_orchestration, smartpredict_reader;

-- What is past its time is forgotten by schedules.
grant select (prediction_id), delete on smartpredict.labels, smartpredict.shadow_scores to smartpredict_orchestration;

-- Schedules train on history.
grant select on smartpredict.labels to smartpredict_orchestration;
-- The registrar registers new use cases, on behalf of an administrator at the gateway; it reads no predictions but its own.
grant usage on schema smartpredict, predictions to smartpredict_registrar;
grant create on schema predictions to smartpredict_registrar;
grant select, insert, update on smartpredict.use_cases, smartpredict.use_case_contracts to smartpredict_registrar;
-- The owner goes on to look after the tables it makes: partitions, edits.
grant smartpredict_registrar to current_user;
alter default privileges for role smartpredict_registrar in schema predictions grant select on tables
    to smartpredict_reader, smartpredict_gateway, smartpredict_orchestration, smartpredict_ingestion;
alter default privileges for role smartpredict_registrar in schema predictions grant select, insert on tables
    to smartpredict_worker;

-- Observations: whoever ingests rows stores those of forecasts; forecasts are made of them, and people and Grafana read them.
grant usage on schema observations
    to smartpredict_gateway, smartpredict_ingestion, smartpredict_orchestration, smartpredict_reader, smartpredict_registrar;
grant select on all tables in schema observations
    to smartpredict_gateway, smartpredict_ingestion, smartpredict_orchestration, smartpredict_reader;
grant insert on all tables in schema observations to smartpredict_ingestion, smartpredict_orchestration;
grant execute on function smartpredict.add_observation_partition to smartpredict_ingestion, smartpredict_orchestration;
grant create on schema observations to smartpredict_registrar;
alter default privileges in schema observations grant select on tables
    to smartpredict_gateway, smartpredict_ingestion, smartpredict_orchestration, smartpredict_reader;
alter default privileges in schema observations grant insert on tables
    to smartpredict_ingestion, smartpredict_orchestration;
alter default privileges for role smartpredict_registrar in schema observations grant select on tables
    to smartpredict_gateway, smartpredict_ingestion, smartpredict_orchestration, smartpredict_reader;
alter default privileges for role smartpredict_registrar in schema observations grant insert on tables
    to smartpredict_ingestion, smartpredict_orchestration;

-- Schedules pull observations, and remember which days they have.
grant select, insert, update on smartpredict.pulled_days to smartpredict_ingestion, smartpredict_orchestration;
grant select on smartpredict.pulled_days to smartpredict_reader;

-- Forecasts: ingestion and schedules make them, and compare them with what was observed; the gateway asks for one.
grant select, insert, update on smartpredict.forecasts, smartpredict.forecast_requests, smartpredict.forecast_progress,
    smartpredict.labels to smartpredict_ingestion, smartpredict_orchestration;
grant select on all tables in schema predictions to smartpredict_ingestion;
alter default privileges in schema predictions grant select on tables to smartpredict_ingestion;
alter default privileges for role smartpredict_registrar in schema predictions grant select on tables
    to smartpredict_ingestion;
grant insert on smartpredict.forecast_requests to smartpredict_gateway;
grant select (use_case, origin, version, batch_id, rows, missing, left_out, made_at) on smartpredict.forecasts
    to smartpredict_reader;

-- Trainings: people order and cancel them at the gateway; a trainer takes them up, learns from what is stored, and writes
-- nothing else.
grant insert, update (state, problem, finished_at) on smartpredict.trainings to smartpredict_gateway;
grant usage on schema smartpredict, predictions, observations to smartpredict_trainer;
grant select on smartpredict.trainings to smartpredict_trainer, smartpredict_reader;
grant update (state, attempts, seen_at, step, progress, started_at, finished_at, result, problem)
    on smartpredict.trainings to smartpredict_trainer;
grant select on smartpredict.use_cases, smartpredict.use_case_contracts, smartpredict.labels to smartpredict_trainer;
grant select on all tables in schema predictions, observations to smartpredict_trainer;
alter default privileges in schema predictions grant select on tables to smartpredict_trainer;
alter default privileges in schema observations grant select on tables to smartpredict_trainer;
alter default privileges for role smartpredict_registrar in schema predictions grant select on tables
    to smartpredict_trainer;
alter default privileges for role smartpredict_registrar in schema observations grant select on tables
    to smartpredict_trainer;
