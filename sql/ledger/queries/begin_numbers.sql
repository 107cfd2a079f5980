-- SQLite counts a table's numbers from its first row on; here they are counted from the start.
INSERT INTO sqlite_sequence (name, seq)
SELECT 'samples', 0
WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'samples')
