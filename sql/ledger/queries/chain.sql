-- The next stretch of the chain, to walk it in constant memory.
SELECT seq, at, trader, day, kind, actor, origin, key, body, prev, hash
FROM entries
WHERE seq > :after
ORDER BY seq
LIMIT :batch
