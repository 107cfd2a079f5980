-- What of a trader's closed days counts for its streak, each a JSON array; from a number on.
SELECT
    seq,
    jsonb_build_array(
        record -> 'session' -> 'date', record -> 'verdict', record -> 'lapsed', record -> 'provenance'
    )::text
FROM entries
CROSS JOIN LATERAL (SELECT as_json(body) -> 'record' AS record OFFSET 0) AS closed  -- read once
WHERE trader = :trader AND kind = 'day_closed' AND seq > :after
