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
-- Twins of the session, at both of its edges.
('1', 'twice', :opened),
('2', 'twice', :closed),
-- A twin of the session and one of an earlier session: both are shown.
('3', 'reused', :opened - INTERVAL '1 day'),
('4', 'reused', :opened + INTERVAL '1 minute'),
-- Innocent: an id that is there once, orders without an id, twins of another session.
('5', 'once', :opened + INTERVAL '1 minute'),
('6', NULL, :opened + INTERVAL '1 minute'),
('7', NULL, :opened + INTERVAL '1 minute'),
('8', 'old', :opened - INTERVAL '1 day'),
('9', 'old', :opened - INTERVAL '1 day');

SELECT 4 AS expected
