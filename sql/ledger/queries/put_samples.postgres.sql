-- Put samples (a JSON array) where another ledger has them.
INSERT INTO samples (id, trader, day, at_us, source, readings)
SELECT id, trader, day, at_us, source, readings
FROM json_to_recordset(:samples::json) AS given (
    id BIGINT, trader TEXT, day TEXT, at_us BIGINT, source TEXT, readings TEXT
)
