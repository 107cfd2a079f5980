-- Limits of the lease's own connection: whoever waits longer than this for its row tries again.
SET statement_timeout = '1s';
SET lock_timeout = '1s';
SET idle_in_transaction_session_timeout = '2s';
