-- The chain. actor, origin and body hold canonical JSON (RFC 8785), so that an entry's hash covers every stored byte.
CREATE TABLE entries (
    seq    INTEGER PRIMARY KEY,
    at     TEXT NOT NULL,
    trader TEXT,
    day    TEXT,
    kind   TEXT NOT NULL,
    actor  TEXT NOT NULL CHECK (json_valid(actor)),
    origin TEXT NOT NULL CHECK (json_valid(origin)),
    key    TEXT UNIQUE,
    body   TEXT NOT NULL CHECK (json_valid(body)),
    prev   TEXT NOT NULL,
    hash   TEXT NOT NULL
);

CREATE INDEX entries_by_kind ON entries (kind);
CREATE INDEX entries_by_day ON entries (trader, day);
CREATE INDEX outcomes_by_intent ON entries (json_extract(body, '$.started'))
    WHERE kind = 'command_finished';
CREATE INDEX sent_by_message ON entries (json_extract(body, '$.message'))
    WHERE kind = 'message_sent';

CREATE TRIGGER entries_refuse_update BEFORE UPDATE ON entries
BEGIN
    SELECT RAISE(ABORT, 'burnin: the ledger is append-only');
END;

CREATE TRIGGER entries_refuse_delete BEFORE DELETE ON entries
BEGIN
    SELECT RAISE(ABORT, 'burnin: the ledger is append-only');
END;

-- INSERT OR REPLACE would delete without asking the trigger above.
CREATE TRIGGER entries_refuse_replace BEFORE INSERT ON entries
WHEN EXISTS (SELECT 1 FROM entries WHERE seq = NEW.seq)
    OR EXISTS (SELECT 1 FROM entries WHERE key = NEW.key)
BEGIN
    SELECT RAISE(ABORT, 'burnin: the ledger is append-only');
END;

PRAGMA user_version = 1;
