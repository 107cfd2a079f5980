-- Whether samples up to a number were retired after an entry.
SELECT EXISTS (
    SELECT 1
    FROM entries
    WHERE kind = 'samples_retired'
        AND trader = :trader
        AND day = :day
        AND seq > :seq
        AND json_extract(body, '$.last') >= :last
)
