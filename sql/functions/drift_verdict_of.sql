-- The verdict on one column of enough rows; the same as `verdict_of` in monitoring/drift/verdicts.py.
--   excess       the index less what chance makes of it, of `trained` rows and `served` rows
--   is_exceeded  whether it lies further away than windows of training do; true where its rows are independent
--   is_known     whether training holds enough windows to tell
create function smartpredict.drift_verdict_of(
    excess double precision, p_value double precision, max_psi double precision, trained double precision,
    served double precision, is_exceeded boolean, is_known boolean, is_clock boolean
)
returns text
language sql immutable parallel safe as $$
    select case
        when case when excess > max_psi then p_value > 0.01
            else p_value > 0.0001 or max_psi >= excess + 2 * 2.58 * sqrt(greatest(excess, 0) * (1 / trained + 1 / served)) end
            then case when is_clock then 'not_judged' else 'stable' end
        when is_exceeded then 'drifted'
        when is_known then 'stable'
        else 'not_enough_history' end
$$;
