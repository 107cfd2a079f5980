-- Entries of some kinds (a JSON array), found through the index on kind.
SELECT seq, at, trader, day, kind, actor, origin, key, body, prev, hash
FROM (
    SELECT *
    FROM entries
    WHERE kind = ANY (ARRAY(SELECT json_array_elements_text(:kinds::json)))
        AND seq > :after
        AND (:trader::text IS NULL OR trader = :trader::text)
        AND (:day::text IS NULL OR day = :day::text)
    ORDER BY seq DESC
    LIMIT :newest
) AS found
ORDER BY seq
