-- Intents that claim a name and have no outcome; whether they have expired is for the reader to tell.
SELECT seq, at, trader, day, kind, actor, origin, key, body, prev, hash
FROM entries
WHERE kind = 'command_started'
    AND json_extract(body, '$.claim') = :claim
    AND NOT EXISTS (
        SELECT 1
        FROM entries AS outcome
        WHERE outcome.kind = 'command_finished'
            AND json_extract(outcome.body, '$.started') = +entries.seq  -- a bare column's type would keep the index out
    )
ORDER BY seq
