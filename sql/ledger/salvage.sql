-- What could be read of a damaged ledger, in tables that take whatever it is: looked at as the ledger is, never kept.
CREATE TABLE entries (
    seq INTEGER PRIMARY KEY, at, trader, day, kind, actor, origin, key, body, prev, hash
);
CREATE TABLE samples (
    id INTEGER PRIMARY KEY, trader, day, at_us, source, readings
);
CREATE INDEX entries_by_kind ON entries (kind);
CREATE INDEX samples_by_number ON samples (trader, day);
