-- The entries of a stretch that a recount looks at (kinds as a JSON array).
SELECT seq, at, trader, day, kind, actor, origin, key, body, prev, hash
FROM entries
WHERE kind IN (SELECT value FROM json_each(:kinds)) AND seq > :after AND seq <= :until
ORDER BY seq
