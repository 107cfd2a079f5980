-- What of a trader's closed days counts for its streak, each a JSON array; from a number on.
SELECT
    seq,
    json_extract(body, '$.record.session.date', '$.record.verdict', '$.record.lapsed', '$.record.provenance')
FROM entries
WHERE trader = :trader AND kind = 'day_closed' AND +seq > :after  -- or all traders' days are looked through
