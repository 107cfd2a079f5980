-- Entries of a trader, of some kinds (a JSON array), found through the index on both.
SELECT seq, at, trader, day, kind, actor, origin, key, body, prev, hash
FROM entries
WHERE seq IN (
    SELECT seq
    FROM entries
    WHERE trader = :trader
        AND kind IN (SELECT value FROM json_each(:kinds))
        AND seq > :after
        AND seq < :before
    ORDER BY seq DESC
    LIMIT :newest
)
ORDER BY seq
