-- The entries that the table of what is unsettled has wrong: they are missing there, or settled long ago.
WITH unfinished AS (
    SELECT seq, kind, CAST(seq AS TEXT) AS name
    FROM entries
    WHERE kind = 'command_started'
        AND NOT EXISTS (
            SELECT 1
            FROM entries AS outcome
            WHERE outcome.kind = 'command_finished'
                AND json_extract(outcome.body, '$.started') = +entries.seq  -- without it no index is used
        )
    UNION ALL
    SELECT seq, kind, json_extract(body, '$.announcement.key')
    FROM entries
    WHERE kind = 'message_queued'
        AND NOT EXISTS (
            SELECT 1
            FROM entries AS sent
            WHERE sent.kind = 'message_sent'
                AND json_extract(sent.body, '$.message') = json_extract(entries.body, '$.announcement.key')
        )
)
SELECT DISTINCT seq
FROM (
    SELECT seq FROM (SELECT seq, kind, name FROM unfinished EXCEPT SELECT seq, kind, name FROM unsettled) AS missing
    UNION ALL
    SELECT seq FROM (SELECT seq, kind, name FROM unsettled EXCEPT SELECT seq, kind, name FROM unfinished) AS left_over
) AS wrong
ORDER BY seq
