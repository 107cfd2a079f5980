-- Whether some of the samples that are retired are there all the same.
SELECT EXISTS (
    SELECT 1
    FROM samples
    WHERE trader = :trader AND day = :day AND id <= :last
)
