-- Entries of some kinds (a JSON array), found through the index on kind: the newest of each kind, then of all of them.
SELECT seq, at, trader, day, kind, actor, origin, key, body, prev, hash
FROM (
    SELECT of_kind.*
    FROM json_array_elements_text(:kinds::json) AS wanted
    CROSS JOIN LATERAL (
        SELECT *
        FROM entries
        WHERE kind = wanted
            AND seq > :after
            AND seq < :before
            AND (:trader::text IS NULL OR trader = :trader::text)
            AND (:day::text IS NULL OR day = :day::text)
        ORDER BY seq DESC
        LIMIT :newest
    ) AS of_kind
    ORDER BY seq DESC
    LIMIT :newest
) AS found
ORDER BY seq
