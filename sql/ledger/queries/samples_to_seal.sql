-- A day's samples in the order they were stored, from one number on.
SELECT id, at_us, source, readings
FROM samples
WHERE trader = :trader AND day = :day AND id > :after
ORDER BY id
