-- The samples that a seal covers.
SELECT id, at_us, source, readings
FROM samples
WHERE trader = :trader AND day = :day AND id BETWEEN :first AND :last
ORDER BY id
