-- Ends the sessions of a bot that is silent for two seconds and still has the lock, or a hold on the row: its process
-- is stopped or cut off. What it sends when it wakes up reaches nobody. Who only reads (a backup) is let be.
SELECT count(pg_terminate_backend(locks.pid, 500))
FROM pg_locks AS locks JOIN pg_stat_activity AS sessions USING (pid)
WHERE locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND locks.pid <> pg_backend_pid()
  AND sessions.state_change < clock_timestamp() - interval '2 seconds'
  AND (
      (locks.locktype = 'advisory' AND locks.classid = 1651864174 AND locks.objid = 'lease'::regclass AND locks.objsubid = 2)
      OR (locks.locktype = 'relation' AND locks.relation = 'lease'::regclass AND locks.mode <> 'AccessShareLock')
  );
