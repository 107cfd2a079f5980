-- Orphan OCO children: a target or stop of the session that protects no position, so that its fill would open one.
-- An OCO child is an order with role target or stop, or with both an OCO group and a parent. It is an orphan when
--   * it names no parent, or its parent is not in the table, whatever became of the child;
--   * it is alive although its parent ended without a fill;
--   * it is alive although its OCO sibling filled, which should have cancelled it.
-- Alive is every status but cancelled, rejected and expired: a filled orphan is worse than a working one, and
-- a status this check does not know must not let the session pass. Where the trader cancels the sibling with
-- a delay, a check run within that delay reports it. A parent that was cancelled after a partial fill counts as
-- unfilled; a desk that has such orders adds its filled quantity here.
WITH child AS (
    SELECT
        id,
        client_order_id,
        parent_id,
        oco_group,
        created_at,
        upper(coalesce(status, '')) NOT IN ('CANCELLED', 'CANCELED', 'REJECTED', 'EXPIRED') AS alive
    FROM orders
    WHERE
        created_at >= :opened AND created_at <= :closed
        AND (lower(role) IN ('target', 'stop') OR (oco_group IS NOT NULL AND parent_id IS NOT NULL))
),

judged AS (
    SELECT
        child.id,
        child.client_order_id,
        child.parent_id,
        child.created_at,
        CASE
            WHEN child.parent_id IS NULL THEN 'names no parent'
            WHEN parent.id IS NULL THEN 'parent does not exist'
            WHEN child.alive AND upper(parent.status) IN ('CANCELLED', 'CANCELED', 'REJECTED', 'EXPIRED')
                THEN 'alive though its parent never filled'
            WHEN child.alive AND EXISTS (
                SELECT 1
                FROM orders AS sibling
                WHERE
                    sibling.oco_group = child.oco_group
                    AND sibling.parent_id = child.parent_id
                    AND sibling.id <> child.id
                    AND upper(sibling.status) = 'FILLED'
            ) THEN 'alive though its OCO sibling filled'
        END AS problem
    FROM child
    LEFT JOIN orders AS parent ON child.parent_id = parent.id
)

SELECT
    id,
    client_order_id,
    parent_id,
    created_at,
    problem
FROM judged
WHERE problem IS NOT NULL
ORDER BY created_at, id
