-- A stretch of the chain in one row: how many entries, the last number, how many are sound, and, a line each, what they
-- name as their predecessor's hash, their hash, and the canonical JSON that the hash is made of. Lines join only what
-- has no line break itself, or what they join is not the chain.
SELECT
    count(*),
    max(seq),
    -- Valid JSON ends in one place only, so that no byte can be moved to the next column.
    count(*) FILTER (
        WHERE actor::json IS NOT NULL AND origin::json IS NOT NULL AND body::json ->> 'kind' = kind
    ),
    string_agg(prev, chr(10)),
    string_agg(hash, chr(10)),
    string_agg(
        '{"actor":' || actor || ',"at":' || to_json(at) || ',"body":' || body
        || ',"day":' || coalesce(to_json(day)::text, 'null') || ',"key":' || coalesce(to_json(key)::text, 'null')
        || ',"origin":' || origin || ',"prev":"' || prev || '","seq":' || seq
        || ',"trader":' || coalesce(to_json(trader)::text, 'null') || '}',
        chr(10)
    )
FROM (SELECT * FROM entries WHERE seq > :after AND seq <= :after + :size ORDER BY seq) AS found
