-- Entries of some kinds (a JSON array), found through the index on kind: the newest of each kind, then of all of them.
SELECT seq, at, trader, day, kind, actor, origin, key, body, prev, hash
FROM entries
WHERE seq IN (
    SELECT of_kind.seq
    FROM json_each(:kinds) AS wanted
    CROSS JOIN entries AS of_kind
    WHERE of_kind.seq IN (
        SELECT seq
        FROM entries
        WHERE kind = wanted.value
            AND seq > :after
            AND seq < :before
            AND (:trader IS NULL OR trader = :trader)
            AND (:day IS NULL OR day = :day)
        ORDER BY seq DESC
        LIMIT :newest
    )
    ORDER BY of_kind.seq DESC
    LIMIT :newest
)
ORDER BY seq
