-- Enter into the batch of a job what a worker found out: how far it is, its rows, further bad ones. Nothing stands for
-- what does not change. Runs with the rights of its owner, so that a worker may change no other batch.
create function smartpredict.change_job_batch(
    job uuid, new_state text, all_rows bigint, more_bad bigint, more_not_kept bigint, why text
) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
    update smartpredict.batches
    set
        state = coalesce(new_state, state),
        finished_at = case when new_state is null then finished_at else now() end,
        rows_in = coalesce(all_rows, rows_in),
        rows_quarantined = rows_quarantined + coalesce(more_bad, 0),
        rows_not_kept = rows_not_kept + coalesce(more_not_kept, 0),
        problem = coalesce(why, problem)
    where id = job and source = 'job'
$$;
revoke execute on function smartpredict.change_job_batch from public;
