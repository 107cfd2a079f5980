-- The outbox: what was queued and not yet sent.
SELECT entries.seq, at, trader, day, entries.kind, actor, origin, key, body, prev, hash
FROM unsettled
INNER JOIN entries ON entries.seq = unsettled.seq
WHERE unsettled.kind = 'message_queued'
ORDER BY entries.seq
