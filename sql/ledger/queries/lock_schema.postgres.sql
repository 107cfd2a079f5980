-- One program at a time changes the schema; the lock goes with the transaction.
SELECT pg_advisory_xact_lock(hashtext('burnin: schema'))
