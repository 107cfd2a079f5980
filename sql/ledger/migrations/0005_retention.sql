-- Samples older than is kept may go: a row is let go of only where an entry of the chain says that it is retired.
CREATE INDEX retired_by_day ON entries (trader, day) WHERE kind = 'samples_retired';

DROP TRIGGER samples_refuse_delete;

CREATE TRIGGER samples_refuse_delete BEFORE DELETE ON samples
WHEN NOT EXISTS (
    SELECT 1
    FROM entries
    WHERE kind = 'samples_retired'
        AND trader = OLD.trader
        AND day = OLD.day
        AND json_extract(body, '$.last') >= OLD.id
)
BEGIN
    SELECT RAISE(ABORT, 'burnin: the ledger is append-only');
END;

PRAGMA user_version = 5;
