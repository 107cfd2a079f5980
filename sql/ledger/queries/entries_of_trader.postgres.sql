-- Entries of a trader, of some kinds (a JSON array), found through the index on both.
-- No index is to serve :before: of a stretch between two unknown numbers the planner expects few, and walks the chain.
SELECT seq, at, trader, day, kind, actor, origin, key, body, prev, hash
FROM (
    SELECT *
    FROM entries
    WHERE trader = :trader
        AND kind = ANY (ARRAY(SELECT json_array_elements_text(:kinds::json)))
        AND seq > :after
        AND seq + 0 < :before
    ORDER BY seq DESC
    LIMIT :newest
) AS found
ORDER BY seq
