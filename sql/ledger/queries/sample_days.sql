-- Whose samples of which days before one there are: hopping through the index, for each day has thousands of rows.
WITH RECURSIVE traders (trader) AS (
    SELECT min(trader)
    FROM samples
    UNION ALL
    SELECT (SELECT min(samples.trader) FROM samples WHERE samples.trader > traders.trader)
    FROM traders
    WHERE traders.trader IS NOT NULL
),
days (trader, day) AS (
    SELECT trader, (SELECT min(samples.day) FROM samples WHERE samples.trader = traders.trader)
    FROM traders
    WHERE trader IS NOT NULL
    UNION ALL
    SELECT
        trader,
        (SELECT min(samples.day) FROM samples WHERE samples.trader = days.trader AND samples.day > days.day)
    FROM days
    WHERE day < :before
)
SELECT trader, day
FROM days
WHERE day < :before
ORDER BY day, trader
