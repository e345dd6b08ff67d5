-- How far a window of so many rows and seconds may lie from training: no further than training's own windows of its length,
-- between two lengths by the logarithm of the length. Where training holds 50 windows both by rows and by time, the wider
-- limits count. Where rows come much denser than in training and within less time than it can be cut into, training holds
-- no such window. No row for a column whose rows are independent. The same as monitoring/drift/window_limits.py.
create function smartpredict.window_limits(
    of_reference text, of_feature text, served_rows bigint, seconds double precision
)
returns table (
    windows bigint, usual_psi double precision, psi double precision, shift double precision, outside double precision
)
language sql stable parallel safe as $$
    with trained as (
        select w.*, min(w.length) over (partition by w.unit) as shortest,
            max(w.windows * w.length) over (partition by w.unit) as covered
        from smartpredict.profile_windows w
        where w.reference = of_reference and w.feature = of_feature
    ),
    asked as (
        select r.shortest, t.shortest as shortest_time, seconds * r.covered / t.covered as usual_rows
        from (select max(shortest) as shortest, max(covered) as covered from trained where unit = 'rows') r,
            (select max(shortest) as shortest, max(covered) as covered from trained where unit = 'seconds') t
    ),
    denser as (
        select coalesce(seconds < 0.9 * a.shortest_time and served_rows > 2 * a.usual_rows, false) as is_denser,
            greatest(a.usual_rows, a.shortest) as usual_rows
        from asked a
    ),
    wanted as (
        select t.*, case when t.unit = 'seconds' then seconds when d.is_denser then d.usual_rows else served_rows end as served,
            d.is_denser
        from trained t cross join denser d
        where served_rows > 0 and (t.unit = 'rows' or (seconds >= 0.9 * t.shortest and not d.is_denser))
    ),
    near as (
        select w.*, row_number() over (partition by w.unit, w.length <= w.served
            order by case when w.length <= w.served then -w.length else w.length end) as place
        from wanted w
    ),
    weighed as (
        select n.*, case when count(*) over beside = 1 then 1
                when n.length <= n.served then 1 - ln(n.served / min(n.length) over beside)
                    / ln(max(n.length) over beside / (min(n.length) over beside)::float8)
                else ln(n.served / min(n.length) over beside)
                    / ln(max(n.length) over beside / (min(n.length) over beside)::float8)
            end as weight
        from near n where n.place = 1
        window beside as (partition by n.unit)
    ),
    found as (
        select w.unit, case when bool_or(w.is_denser) then 0 else floor(max(w.covered) / max(w.served)) end::bigint as windows,
            sum(w.usual_psi * w.weight) as usual_psi, sum(w.psi * w.weight) as psi, sum(w.shift * w.weight) as shift,
            sum(w.outside * w.weight) as outside
        from weighed w group by 1
    )
    select max(f.windows), max(f.usual_psi), max(f.psi), max(f.shift), max(f.outside)
    from found f
    where f.windows >= 50 or not exists (select from found g where g.windows >= 50)
    having count(*) > 0
$$;
