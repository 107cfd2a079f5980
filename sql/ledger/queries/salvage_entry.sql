-- An entry that was found in a damaged file.
INSERT INTO entries (seq, at, trader, day, kind, actor, origin, key, body, prev, hash)
VALUES (:seq, :at, :trader, :day, :kind, :actor, :origin, :key, :body, :prev, :hash)
ON CONFLICT (seq) DO NOTHING
