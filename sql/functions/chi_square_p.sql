-- The p-value of a chi-square statistic, by the cube root of the distribution, which is nearly normal (Wilson and Hilferty 1931),
-- and half of the complementary error function (Abramowitz and Stegun 7.1.26); 1 where nothing can be compared.
create function smartpredict.chi_square_p(statistic double precision, degrees_of_freedom integer)
returns double precision
language sql immutable parallel safe as $$
    select case when a.z >= 0 then a.tail else 1 - a.tail end
    from (
        select n.z, (0.254829592 * n.t - 0.284496736 * n.t ^ 2 + 1.421413741 * n.t ^ 3 - 1.453152027 * n.t ^ 4
            + 1.061405429 * n.t ^ 5) * exp(-least(n.z ^ 2, 700)) / 2 as tail
        from (
            select r.z, 1 / (1 + 0.3275911 * abs(r.z)) as t
            from (
                select case when degrees_of_freedom > 0 then
                    ((statistic / degrees_of_freedom) ^ (1 / 3::float8) - 1 + 2 / (9::float8 * degrees_of_freedom))
                    / sqrt(2 / (9::float8 * degrees_of_freedom)) else -9 end / sqrt(2::float8) as z
            ) r
        ) n
    ) a
$$;
