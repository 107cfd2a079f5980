-- Lets go of the lock, where the row was taken by another bot in the same moment.
SELECT pg_advisory_unlock_all();
