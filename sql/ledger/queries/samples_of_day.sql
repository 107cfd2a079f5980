-- A day's samples in order of time; those after the last one that counts are left out where it is given.
SELECT id, at_us, source, readings
FROM samples
WHERE trader = :trader AND day = :day AND (:last IS NULL OR id <= :last)
ORDER BY at_us, id
