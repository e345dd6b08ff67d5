-- Which machine or region moved: the verdict on every key and column, as monitoring/drift/key_verdicts.py gives it, the worst first.
--   shift       from the mean of the key's own rows in training, in their standard deviations; of a key that training did not
--               have, from the mean of all keys
--   limit_shift how far windows of so many rows of the key went in training; of a new key, how far keys lie apart as well
--   beyond_all  what is left of the shift when that of the middle key is taken off: did it move, or did all?
create function smartpredict.drift_keys(
    of_use_case text, since timestamptz, until timestamptz, of_source text default null, of_version integer default null,
    most integer default 100
)
returns table (
    model_version integer, reference text, key text, feature text, verdict text, rows bigint, is_new boolean,
    mean_trained double precision, mean_served double precision, shift double precision, limit_shift double precision,
    beyond_all double precision, missing_trained double precision, missing_served double precision
)
language sql stable parallel safe as $$
    with asked as (
        select coalesce((u.contract -> 'drift' ->> 'max_psi')::float8, 0.2) as max_psi
        from (select of_use_case as name) wanted left join smartpredict.use_cases u using (name)
    ),
    held as materialized (
        select s.model_version, s.reference, s.key, s.feature, s.rows, s.present, t.key is null as is_new,
            coalesce(t.mean, j.mean) as mean_trained, s.total / nullif(s.present, 0) as mean_served,
            case when j.deviation > 0 then
                (s.total / nullif(s.present, 0) - coalesce(t.mean, j.mean)) / coalesce(t.deviation, j.deviation) end as shift,
            case when t.key is null then sqrt(j.between ^ 2 + l.shift ^ 2)
                else t.strays * l.shift * (1 + l.length::float8 / t.trained) ^ 1.5 end as limit_shift,
            l.windows >= 50 and (t.key is not null or j.keys >= 50) as is_sure, j.most_missing,
            1 - t.trained::float8 / t.trained_rows as missing_trained, 1 - s.present::float8 / s.rows as missing_served
        from smartpredict.key_sums(of_use_case, since, until, of_source, of_version) s
        join smartpredict.profile_key_numbers j using (reference, feature)
        left join smartpredict.profile_keys t
            on t.reference = s.reference and t.feature = s.feature and t.key = s.key and t.trained >= 20
        left join lateral (
            select * from smartpredict.profile_key_lengths each
            where each.reference = s.reference and each.feature = s.feature and each.length <= s.present
            order by each.length desc limit 1
        ) l on true
        where s.key <> ''
    ),
    middle as (
        select h.model_version, h.reference, h.feature, percentile_cont(0.5) within group (order by h.shift) as shift
        from held h where h.present >= 20 group by 1, 2, 3 having count(h.shift) >= 5
    ),
    judged as (
        select h.*, h.shift - m.shift as beyond_all,
            case when h.rows < 20 then 'not_enough_rows'
                when h.missing_served > h.most_missing + 0.1 then 'drifted'
                when h.present < 20 then 'not_enough_rows'
                when h.shift is null or h.shift ^ 2 <= a.max_psi then 'stable'
                when h.limit_shift is null then 'not_enough_history'
                when abs(h.shift) > h.limit_shift then 'drifted'
                when h.is_sure then 'stable' else 'not_enough_history' end as verdict
        from held h cross join asked a left join middle m using (model_version, reference, feature)
    )
    select j.model_version, j.reference, j.key, j.feature, j.verdict, j.rows, j.is_new, j.mean_trained, j.mean_served, j.shift,
        j.limit_shift, j.beyond_all, j.missing_trained, j.missing_served
    from judged j
    order by array_position(array['drifted', 'not_enough_history', 'stable', 'not_enough_rows'], j.verdict),
        abs(j.shift) / j.limit_shift desc nulls last, j.key, j.feature
    limit most
$$;
