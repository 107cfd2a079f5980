-- The entries up to a number that speak of a day's samples.
SELECT seq, at, trader, day, kind, actor, origin, key, body, prev, hash
FROM entries
WHERE trader = :trader AND day = :day AND kind IN ('samples_sealed', 'samples_retired') AND seq <= :until
ORDER BY seq
