-- Rows by which the self-test sees that duplicate_client_order_id.sql finds what it must, and nothing else.
-- The temporary table hides the real one; all of it is rolled back.
CREATE TEMPORARY TABLE orders (
    id text,
    client_order_id text,
    parent_id text,
    oco_group text,
    role text,
    status text,
    created_at timestamptz
);

INSERT INTO orders (id, client_order_id, created_at) VALUES
-- Twins of the session.
('1', 'twice', :opened + INTERVAL '1 minute'),
('2', 'twice', :closed - INTERVAL '1 minute'),
-- Orders at both edges of the session that repeat one of an earlier session: both twins are shown.
('3', 'at the open', :opened - INTERVAL '1 day'),
('4', 'at the open', :opened),
('5', 'at the close', :opened - INTERVAL '1 day'),
('6', 'at the close', :closed),
-- Innocent: an id that is there once, orders without an id, twins of another session.
('7', 'once', :opened + INTERVAL '1 minute'),
('8', NULL, :opened + INTERVAL '1 minute'),
('9', NULL, :opened + INTERVAL '1 minute'),
('10', 'old', :opened - INTERVAL '1 day'),
('11', 'old', :opened - INTERVAL '1 day');

SELECT 6 AS expected
