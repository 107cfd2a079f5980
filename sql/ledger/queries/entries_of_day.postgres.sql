-- Entries of one trader's day, found through the index on day; of some kinds (a JSON array) where :kinds is not NULL.
SELECT seq, at, trader, day, kind, actor, origin, key, body, prev, hash
FROM (
    SELECT *
    FROM entries
    WHERE trader = :trader
        AND day = :day
        AND seq > :after
        AND (:kinds::json IS NULL OR kind IN (SELECT json_array_elements_text(:kinds::json)))
    ORDER BY seq DESC
    LIMIT :newest
) AS found
ORDER BY seq
