-- The outbox: what was queued and not yet sent, from a number up.
SELECT seq, at, trader, day, kind, actor, origin, key, body, prev, hash
FROM entries
WHERE kind = 'message_queued'
    AND seq >= :floor
    AND NOT EXISTS (
        SELECT
        FROM entries AS sent
        WHERE sent.kind = 'message_sent'
            AND as_json(sent.body) ->> 'message' = as_json(entries.body) -> 'announcement' ->> 'key'
    )
ORDER BY seq
