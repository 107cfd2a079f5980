-- Append one entry.
INSERT INTO entries (seq, at, trader, day, kind, actor, origin, key, body, prev, hash)
VALUES (:seq, :at, :trader, :day, :kind, :actor, :origin, :key, :body, :prev, :hash)
