-- How many migrations the ledger has seen.
SELECT coalesce(max(version), 0)
FROM schema_version
