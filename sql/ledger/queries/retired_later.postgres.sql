-- Whether samples up to a number were retired after an entry.
SELECT EXISTS (
    SELECT
    FROM entries
    WHERE kind = 'samples_retired'
        AND trader = :trader
        AND day = :day
        AND seq > :seq
        AND (as_json(body) ->> 'last')::bigint >= :last
)
