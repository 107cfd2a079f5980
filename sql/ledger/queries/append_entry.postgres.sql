-- Append one entry, which most appends are; with an epoch, only while the lease has it.
WITH held AS (
    SELECT epoch FROM lease WHERE epoch = :epoch FOR KEY SHARE
)
INSERT INTO entries (seq, at, trader, day, kind, actor, origin, key, body, prev, hash)
SELECT :seq::bigint, :at, :trader, :day, :kind, :actor, :origin, :key, :body, :prev, :hash
WHERE :epoch::bigint IS NULL OR EXISTS (SELECT FROM held)
