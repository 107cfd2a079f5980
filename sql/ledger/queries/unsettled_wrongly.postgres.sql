-- The entries that the table of what is unsettled has wrong: they are missing there, or settled long ago.
WITH unfinished AS (
    SELECT seq, kind, seq::text AS name
    FROM entries
    WHERE kind = 'command_started'
        AND NOT EXISTS (
            SELECT
            FROM entries AS outcome
            WHERE outcome.kind = 'command_finished'
                AND as_json(outcome.body) ->> 'started' = entries.seq::text
        )
    UNION ALL
    SELECT seq, kind, as_json(body) -> 'announcement' ->> 'key'
    FROM entries
    WHERE kind = 'message_queued'
        AND NOT EXISTS (
            SELECT
            FROM entries AS sent
            WHERE sent.kind = 'message_sent'
                AND as_json(sent.body) ->> 'message' = as_json(entries.body) -> 'announcement' ->> 'key'
        )
)
SELECT DISTINCT seq
FROM (
    SELECT seq FROM (SELECT seq, kind, name FROM unfinished EXCEPT SELECT seq, kind, name FROM unsettled) AS missing
    UNION ALL
    SELECT seq FROM (SELECT seq, kind, name FROM unsettled EXCEPT SELECT seq, kind, name FROM unfinished) AS left_over
) AS wrong
ORDER BY seq
