-- Take the claims of a cancelled job out of the ledger that are not recorded, and leave the rows of the others.
-- Runs with the rights of its owner, so that a worker may delete nothing else.
create function smartpredict.drop_open_claims(job uuid) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
    delete from smartpredict.parts
    where batch_id = job and lane = 'jobs' and recorded_at is null
        and exists (select from smartpredict.jobs where id = job and state = 'cancelled');
    delete from smartpredict.job_claims c
    where job_id = job and not exists (select from smartpredict.parts p where p.part_id = c.part_id);
    update smartpredict.batches b
    set rows_in = b.rows_quarantined
        + (select coalesce(sum(p.rows), 0) from smartpredict.parts p where p.batch_id = b.id)
    where b.id = job and b.source = 'job';
$$;
revoke execute on function smartpredict.drop_open_claims from public;
