-- The chain. actor, origin and body hold canonical JSON (RFC 8785) as text, so that an entry's hash covers every byte.
CREATE TABLE entries (
    seq    BIGINT PRIMARY KEY,
    at     TEXT NOT NULL,
    trader TEXT,
    day    TEXT,
    kind   TEXT NOT NULL,
    actor  TEXT NOT NULL CHECK (actor::json IS NOT NULL),
    origin TEXT NOT NULL CHECK (origin::json IS NOT NULL),
    key    TEXT UNIQUE,
    body   TEXT NOT NULL CHECK (body::json IS NOT NULL),
    prev   TEXT NOT NULL,
    hash   TEXT NOT NULL
);

-- Canonical JSON to look into. U+0000, which jsonb refuses, reads as U+FFFD there.
CREATE FUNCTION as_json(canonical TEXT) RETURNS JSONB LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT replace(canonical, '\u0000', '\ufffd')::jsonb $$;

CREATE INDEX entries_by_kind ON entries (kind, seq);
CREATE INDEX entries_by_day ON entries (trader, day, seq);
CREATE INDEX outcomes_by_intent ON entries ((as_json(body) ->> 'started'))
    WHERE kind = 'command_finished';
CREATE INDEX sent_by_message ON entries ((as_json(body) ->> 'message'))
    WHERE kind = 'message_sent';

CREATE FUNCTION refuse_change() RETURNS TRIGGER LANGUAGE plpgsql
AS $$
BEGIN
    RAISE EXCEPTION 'burnin: the ledger is append-only' USING ERRCODE = 'integrity_constraint_violation';
END
$$;

CREATE TRIGGER entries_refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON entries
EXECUTE FUNCTION refuse_change();

-- Who has not seen the end of the chain cannot append to it.
CREATE FUNCTION refuse_unlinked() RETURNS TRIGGER LANGUAGE plpgsql
AS $$
BEGIN
    IF NEW.seq = 1 AND NEW.prev = repeat('0', 64)
        OR EXISTS (SELECT FROM entries WHERE seq = NEW.seq - 1 AND hash = NEW.prev)
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'burnin: entry % does not follow the entry before it', NEW.seq
        USING ERRCODE = 'integrity_constraint_violation';
END
$$;

CREATE TRIGGER entries_refuse_unlinked BEFORE INSERT ON entries
FOR EACH ROW EXECUTE FUNCTION refuse_unlinked();

-- The right to act on this ledger: one row. Whoever takes it over raises epoch, which is its key: an append under the
-- old epoch holds that key for an instant, so the takeover waits for it, while the heartbeat (renewed_at) never does.
CREATE TABLE lease (
    epoch      BIGINT PRIMARY KEY,
    holder     TEXT NOT NULL DEFAULT '',
    renewed_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp()
) WITH (fillfactor = 10);

CREATE UNIQUE INDEX lease_has_one_row ON lease ((TRUE));

INSERT INTO lease (epoch) VALUES (0);
