-- How many migrations the ledger has seen.
PRAGMA user_version
