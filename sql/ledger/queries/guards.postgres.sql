-- The triggers that keep the chain and its samples as they are: when each acts (bits as pg_trigger has them), unless it
-- sleeps; the function that it calls, and whether only under a condition; and the function's text.
SELECT
    tgname,
    CASE WHEN tgenabled IN ('O', 'A') THEN tgtype::integer ELSE 0 END,
    proname || CASE WHEN tgqual IS NULL THEN '' ELSE ' WHEN' END,
    prosrc
FROM pg_trigger
INNER JOIN pg_proc ON pg_proc.oid = tgfoid
WHERE NOT tgisinternal AND tgrelid IN (to_regclass('entries'), to_regclass('samples'))
