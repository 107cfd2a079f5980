-- A day's samples in order of time.
SELECT id, at_us, source, readings
FROM samples
WHERE trader = :trader AND day = :day
ORDER BY at_us, id
