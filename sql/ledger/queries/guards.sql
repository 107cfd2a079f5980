-- The triggers that keep the chain and its samples as they are, as they were written.
SELECT name, sql
FROM sqlite_master
WHERE type = 'trigger' AND tbl_name IN ('entries', 'samples')
