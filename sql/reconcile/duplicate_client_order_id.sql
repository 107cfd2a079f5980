-- Duplicate client_order_id: one intention of the trader that reached the book more than once.
-- Every order of the session is compared with the whole table, because a restarted trader repeats the ids of
-- an earlier session; all twins are shown, those outside of the session too. Orders without an id are left out.
SELECT
    o.id,
    o.client_order_id,
    o.parent_id,
    o.created_at,
    'client_order_id is on ' || twins.orders || ' orders' AS problem
FROM orders AS o
INNER JOIN (
    SELECT
        client_order_id,
        count(*) AS orders
    FROM orders
    WHERE client_order_id IN (
        SELECT client_order_id FROM orders WHERE created_at >= :opened AND created_at <= :closed
    )
    GROUP BY client_order_id
    HAVING count(*) > 1
) AS twins ON o.client_order_id = twins.client_order_id
ORDER BY o.client_order_id, o.created_at, o.id
