-- Entries of a trader, of some kinds (a JSON array), found through the index on both.
SELECT seq, at, trader, day, kind, actor, origin, key, body, prev, hash
FROM (
    SELECT *
    FROM entries
    WHERE trader = :trader
        AND kind = ANY (ARRAY(SELECT json_array_elements_text(:kinds::json)))
        AND seq > :after
    ORDER BY seq DESC
    LIMIT :newest
) AS found
ORDER BY seq
