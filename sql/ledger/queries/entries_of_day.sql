-- Entries of one trader's day, found through the index on day; of some kinds where :kinds is not NULL.
SELECT seq, at, trader, day, kind, actor, origin, key, body, prev, hash
FROM entries
WHERE seq IN (
    SELECT seq
    FROM entries
    WHERE trader = :trader
        AND day = :day
        AND seq > :after
        AND seq < :before
        AND (:kinds IS NULL OR kind IN (SELECT value FROM json_each(:kinds)))
    ORDER BY seq DESC
    LIMIT :newest
)
ORDER BY seq
