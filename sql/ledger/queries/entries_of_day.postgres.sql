-- Entries of one trader's day, found through the index on day; of some kinds (a JSON array) where :kinds is not NULL.
-- No index is to serve :before: of a stretch between two unknown numbers the planner expects few, and walks the chain.
SELECT seq, at, trader, day, kind, actor, origin, key, body, prev, hash
FROM (
    SELECT *
    FROM entries
    WHERE trader = :trader
        AND day = :day
        AND seq > :after
        AND seq + 0 < :before
        AND (:kinds::json IS NULL OR kind IN (SELECT json_array_elements_text(:kinds::json)))
    ORDER BY seq DESC
    LIMIT :newest
) AS found
ORDER BY seq
