-- Entries of some kinds (a JSON array), found through the index on kind.
SELECT seq, at, trader, day, kind, actor, origin, key, body, prev, hash
FROM entries
WHERE seq IN (
    SELECT seq
    FROM entries
    WHERE kind IN (SELECT value FROM json_each(:kinds))
        AND seq > :after
        AND (:trader IS NULL OR trader = :trader)
        AND (:day IS NULL OR day = :day)
    ORDER BY seq DESC
    LIMIT :newest
)
ORDER BY seq
