-- The paper trader's orders. Neither parent_id nor client_order_id is constrained: catching a missing parent
-- or a repeated id is what the reconcile checks are for, and the sandbox plants both.
CREATE TABLE IF NOT EXISTS orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    client_order_id text NOT NULL,
    parent_id bigint,
    oco_group text,
    role text NOT NULL,
    status text NOT NULL,
    symbol text NOT NULL,
    side text NOT NULL,
    qty integer NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX IF NOT EXISTS orders_created_at ON orders (created_at);
CREATE INDEX IF NOT EXISTS orders_client_order_id ON orders (client_order_id);
CREATE INDEX IF NOT EXISTS orders_parent_id ON orders (parent_id);
