-- A stretch of the chain in one row: how many entries, the last number, how many are sound, and, a line each, what they
-- name as their predecessor's hash, their hash, and the canonical JSON that the hash is made of. Lines join only what
-- has no line break itself, or what they join is not the chain.
SELECT
    count(*),
    max(seq),
    -- Valid JSON ends in one place only, so that no byte can be moved to the next column. Any blob is above every text.
    sum(
        json_valid(actor) AND json_valid(origin) AND json_extract(body, '$.kind') = kind
        AND max(actor, at, body, origin, prev, hash) < x''
    ),
    group_concat(prev, char(10)),
    group_concat(hash, char(10)),
    -- The brackets keep the longest column, body, from being copied again with everything that follows it.
    CAST(group_concat(
        '{"actor":' || actor || ',"at":' || json_quote(at) || ',"body":' || body
        || (
            ',"day":' || json_quote(day) || ',"key":' || json_quote(key) || ',"origin":' || origin
            || (',"prev":"' || prev || '","seq":' || seq || ',"trader":' || json_quote(trader) || '}')
        ),
        char(10)
    ) AS BLOB)
FROM entries
WHERE seq > :after AND seq <= :after + :size
