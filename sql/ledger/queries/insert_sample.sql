-- Store one sample, unless it is there already: who could not tell whether it was stored may store it again.
INSERT INTO samples (trader, day, at_us, source, readings)
SELECT :trader, :day, :at_us, :source, :readings
WHERE NOT EXISTS (
    SELECT 1
    FROM samples
    WHERE trader = :trader AND day = :day AND at_us = :at_us AND source = :source AND readings = :readings
)
