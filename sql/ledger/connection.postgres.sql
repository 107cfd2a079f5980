-- What every connection to a shared ledger needs: a commit that was reported has reached the disk, a statement sees
-- what was committed before it, and neither a forgotten statement nor a stopped bot holds up the others for long.
SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off';
SET default_transaction_isolation = 'read committed';
SET statement_timeout = '30s';
SET idle_in_transaction_session_timeout = '2s';
