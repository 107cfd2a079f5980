-- End the OCO children that still work under these parents, as a flatten does.
UPDATE orders
SET status = 'CANCELLED'
WHERE parent_id = ANY(%(parents)s) AND role IN ('target', 'stop') AND status = 'OPEN'
