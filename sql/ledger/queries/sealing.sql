-- The entries of a stretch that speak of samples.
SELECT seq, at, trader, day, kind, actor, origin, key, body, prev, hash
FROM entries
WHERE kind IN ('samples_sealed', 'samples_retired') AND seq > :after AND seq <= :until
ORDER BY seq
