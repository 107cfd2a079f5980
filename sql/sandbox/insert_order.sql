-- Write one order of the paper trader and tell its id.
INSERT INTO orders (client_order_id, parent_id, oco_group, role, status, symbol, side, qty)
VALUES (
    %(client_order_id)s, %(parent_id)s, %(oco_group)s, %(role)s, %(status)s, %(symbol)s, %(side)s, %(qty)s
)
RETURNING id
