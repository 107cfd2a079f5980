-- Entries in the order of the chain; a filter that is NULL does not filter.
SELECT seq, at, trader, day, kind, actor, origin, key, body, prev, hash
FROM (
    SELECT *
    FROM entries
    WHERE seq > :after
        AND seq < :before
        AND (:trader::text IS NULL OR trader = :trader::text)
        AND (:day::text IS NULL OR day = :day::text)
    ORDER BY seq DESC
    LIMIT :newest
) AS found
ORDER BY seq
