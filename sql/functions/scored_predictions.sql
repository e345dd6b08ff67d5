-- Predictions of any use case in one layout, each with its label where one has arrived.
-- A class is in `prediction` and `label`, the number of a regression in `value` and `number`; `score` is the probability of
-- the positive class (binary) or of the predicted class (multiclass), `scores` has those of all classes (multiclass).
-- Received from `since` on and before `until`; a range of time is a range of ids, so only that range is read.
create function smartpredict.scored_predictions(of_use_case text, since timestamptz, until timestamptz)
returns table (
    prediction_id uuid, received_at timestamptz, model_version integer, source text,
    prediction text, value double precision, score double precision, scores double precision[],
    label text, number double precision, labelled_at timestamptz
)
language plpgsql stable parallel safe
as $$
declare
    task text := (select contract ->> 'task' from smartpredict.use_cases where name = of_use_case);
    answer text;
begin
    if task is null then
        raise exception 'there is no use case %', of_use_case using hint = 'smartpredict.use_cases lists them';
    end if;
    answer := case task
        when 'binary' then 'p.prediction, null::double precision, p.score, null::double precision[]'
        when 'multiclass' then 'p.prediction, null::double precision, p.score, p.scores'
        else 'null::text, p.prediction, null::double precision, null::double precision[]'
    end;
    return query execute format(
        'select p.id, p.received_at, p.model_version, p.source, %s, l.label, l.number, l.labelled_at
         from predictions.%I p left join smartpredict.labels l on l.prediction_id = p.id
         where p.id >= $1 and p.id < $2',
        answer, of_use_case
    ) using smartpredict.first_id_at(since), smartpredict.first_id_at(until);
end
$$;
