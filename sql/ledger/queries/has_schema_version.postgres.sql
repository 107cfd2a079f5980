-- Whether this database was ever made a ledger.
SELECT to_regclass('schema_version') IS NOT NULL
