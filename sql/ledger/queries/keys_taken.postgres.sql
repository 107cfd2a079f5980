-- Those of some keys (a JSON array) that stand in the ledger.
SELECT key
FROM entries
WHERE key = ANY (ARRAY(SELECT json_array_elements_text(:keys::json)))
