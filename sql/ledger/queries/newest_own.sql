-- The newest entry up to a number that is a trader's or nobody's.
SELECT seq, at, trader, day, kind, actor, origin, key, body, prev, hash
FROM entries
WHERE seq <= :until AND (trader = :trader OR trader IS NULL)
ORDER BY seq DESC
LIMIT 1
