-- Intents without an outcome, from a number up.
SELECT seq, at, trader, day, kind, actor, origin, key, body, prev, hash
FROM entries
WHERE kind = 'command_started'
    AND seq >= :floor
    AND NOT EXISTS (
        SELECT
        FROM entries AS outcome
        WHERE outcome.kind = 'command_finished'
            AND as_json(outcome.body) ->> 'started' = entries.seq::text
    )
ORDER BY seq
