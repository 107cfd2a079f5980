-- The one entry with a key.
SELECT seq, at, trader, day, kind, actor, origin, key, body, prev, hash
FROM entries
WHERE key = :key
