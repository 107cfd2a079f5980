-- What a plan injected at the given moment left in the trader's database: parents and their OCO children.
SELECT
    o.id,
    o.parent_id
FROM orders AS o
WHERE
    o.created_at >= :since
    AND (o.parent_id IS NOT NULL OR EXISTS (SELECT 1 FROM orders AS child WHERE child.parent_id = o.id))
ORDER BY o.created_at, o.id
