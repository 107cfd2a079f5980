-- Intents without an outcome.
SELECT entries.seq, at, trader, day, entries.kind, actor, origin, key, body, prev, hash
FROM unsettled
INNER JOIN entries ON entries.seq = unsettled.seq
WHERE unsettled.kind = 'command_started'
ORDER BY entries.seq
