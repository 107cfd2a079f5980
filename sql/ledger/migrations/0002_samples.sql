-- The raw samples beside the chain; their digests stand in it (kind samples_sealed). at_us is microseconds since 1970.
CREATE TABLE samples (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    trader   TEXT NOT NULL,
    day      TEXT NOT NULL,
    at_us    INTEGER NOT NULL,
    source   TEXT NOT NULL,
    readings TEXT NOT NULL
);

CREATE INDEX samples_by_time ON samples (trader, day, at_us);

CREATE TRIGGER samples_refuse_update BEFORE UPDATE ON samples
BEGIN
    SELECT RAISE(ABORT, 'burnin: the ledger is append-only');
END;

CREATE TRIGGER samples_refuse_delete BEFORE DELETE ON samples
BEGIN
    SELECT RAISE(ABORT, 'burnin: the ledger is append-only');
END;

CREATE TRIGGER samples_refuse_replace BEFORE INSERT ON samples
WHEN EXISTS (SELECT 1 FROM samples WHERE id = NEW.id)
BEGIN
    SELECT RAISE(ABORT, 'burnin: the ledger is append-only');
END;

PRAGMA user_version = 2;
