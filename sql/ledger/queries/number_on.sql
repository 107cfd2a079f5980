-- Give no number up to this one again: those of rows that were retired elsewhere are taken.
UPDATE sqlite_sequence
SET seq = max(seq, :last)
WHERE name = 'samples'
