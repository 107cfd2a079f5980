-- The lock beside the row: one session has it, and it is gone with that session. The number spells "burn".
SELECT pg_try_advisory_lock(1651864174, 'lease'::regclass::oid::integer) AS locked;
