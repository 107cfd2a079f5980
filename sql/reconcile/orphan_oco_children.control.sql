-- Rows by which the self-test sees that orphan_oco_children.sql finds every kind of orphan, and nothing else.
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

-- Orphans: children that name no parent, whose parent is not there, whatever became of them.
INSERT INTO orders (id, client_order_id, parent_id, oco_group, role, status, created_at) VALUES
('a1', 'a1', NULL, 'a', 'target', 'OPEN', :opened),
('a2', 'a2', NULL, NULL, 'STOP', 'CANCELLED', :closed),
('a3', 'a3', 'gone', 'a', 'stop', 'FILLED', :opened + INTERVAL '1 minute'),
('a4', 'a4', 'gone', 'a', 'leg', NULL, :opened + INTERVAL '1 minute');

-- Orphans: children that live, in one way or another, although their parent ended without a fill.
INSERT INTO orders (id, client_order_id, parent_id, oco_group, role, status, created_at) VALUES
('b', 'b', NULL, NULL, 'entry', 'CANCELLED', :opened - INTERVAL '1 minute'),
('b1', 'b1', 'b', 'b', 'target', 'OPEN', :opened + INTERVAL '1 minute'),
('b2', 'b2', 'b', 'b', 'stop', 'unheard of', :opened + INTERVAL '1 minute'),
('c', 'c', NULL, NULL, 'entry', 'Rejected', :opened),
('c1', 'c1', 'c', NULL, 'stop', 'FILLED', :opened + INTERVAL '1 minute'),
('d', 'd', NULL, NULL, 'entry', 'EXPIRED', :opened),
('d1', 'd1', 'd', 'd', 'leg', NULL, :opened + INTERVAL '1 minute');

-- An orphan: a stop that lives although its target filled.
INSERT INTO orders (id, client_order_id, parent_id, oco_group, role, status, created_at) VALUES
('e', 'e', NULL, 'e', 'entry', 'FILLED', :opened),
('e1', 'e1', 'e', 'e', 'target', 'filled', :opened + INTERVAL '1 minute'),
('e2', 'e2', 'e', 'e', 'stop', 'OPEN', :opened + INTERVAL '1 minute');

-- Innocent: a plan at work, one that ended well, one that never began, an entry with a group, another session's orphan.
INSERT INTO orders (id, client_order_id, parent_id, oco_group, role, status, created_at) VALUES
('f', 'f', NULL, 'f', 'entry', 'OPEN', :opened),
('f1', 'f1', 'f', 'f', 'target', 'OPEN', :opened + INTERVAL '1 minute'),
('f2', 'f2', 'f', 'f', 'stop', 'OPEN', :opened + INTERVAL '1 minute'),
('g', 'g', NULL, 'g', 'entry', 'FILLED', :opened),
('g1', 'g1', 'g', 'g', 'target', 'FILLED', :opened + INTERVAL '1 minute'),
('g2', 'g2', 'g', 'g', 'stop', 'CANCELED', :opened + INTERVAL '1 minute'),
('h', 'h', NULL, 'h', 'entry', 'REJECTED', :opened),
('h1', 'h1', 'h', 'h', 'target', 'EXPIRED', :opened + INTERVAL '1 minute'),
('h2', 'h2', 'h', 'h', 'stop', 'REJECTED', :opened + INTERVAL '1 minute'),
('i1', 'i1', NULL, 'i', 'stop', 'OPEN', :opened - INTERVAL '1 minute'),
('i2', 'i2', NULL, 'i', 'stop', 'OPEN', :closed + INTERVAL '1 minute');

SELECT 9 AS expected
