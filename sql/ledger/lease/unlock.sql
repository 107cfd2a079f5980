-- Lets go of the lock: the row was released, or taken by another bot in the same moment.
SELECT pg_advisory_unlock_all();
