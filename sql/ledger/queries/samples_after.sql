-- The next stretch of the samples as they are stored, to copy them in constant memory.
SELECT id, trader, day, at_us, source, readings
FROM samples
WHERE id > :after
ORDER BY id
LIMIT :batch
