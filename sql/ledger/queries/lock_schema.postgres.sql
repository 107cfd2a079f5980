-- One program at a time changes the schema; the lock goes with the transaction. Both may take their time.
SET LOCAL statement_timeout = 0;
SELECT pg_advisory_xact_lock(hashtext('burnin: schema'));
