-- Append entries (a JSON array) that follow on each other; with an epoch, only while the lease has it.
WITH held AS (
    SELECT epoch FROM lease WHERE epoch = :epoch FOR KEY SHARE
)
INSERT INTO entries (seq, at, trader, day, kind, actor, origin, key, body, prev, hash)
SELECT seq, at, trader, day, kind, actor, origin, key, body, prev, hash
FROM json_to_recordset(:entries::json) AS given (
    seq BIGINT, at TEXT, trader TEXT, day TEXT, kind TEXT, actor TEXT, origin TEXT, key TEXT, body TEXT, prev TEXT,
    hash TEXT
)
WHERE :epoch::bigint IS NULL OR EXISTS (SELECT FROM held)
