-- Entries in the order of the chain; a filter that is NULL does not filter.
SELECT seq, at, trader, day, kind, actor, origin, key, body, prev, hash
FROM entries
WHERE seq IN (
    SELECT seq
    FROM entries
    WHERE seq > :after
        AND seq < :before
        AND (:trader IS NULL OR trader = :trader)
        AND (:day IS NULL OR day = :day)
    ORDER BY seq DESC
    LIMIT :newest
)
ORDER BY seq
