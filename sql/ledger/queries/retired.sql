-- Every entry that retires samples.
SELECT seq, at, trader, day, kind, actor, origin, key, body, prev, hash
FROM entries
WHERE kind = 'samples_retired'
ORDER BY seq
