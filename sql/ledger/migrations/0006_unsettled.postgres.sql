-- What awaits what settles it: a command its outcome, a queued message its being sent. It follows from the entries, and
-- the trigger below keeps it so: without it every start would have to look through years of them.
CREATE TABLE unsettled (
    seq  BIGINT PRIMARY KEY,
    kind TEXT NOT NULL,
    name TEXT NOT NULL  -- by which the entry that settles it calls it
);

CREATE INDEX unsettled_by_name ON unsettled (kind, name);

INSERT INTO unsettled (seq, kind, name)
SELECT seq, kind, seq::text
FROM entries
WHERE kind = 'command_started'
    AND NOT EXISTS (
        SELECT
        FROM entries AS outcome
        WHERE outcome.kind = 'command_finished'
            AND as_json(outcome.body) ->> 'started' = entries.seq::text
    );

INSERT INTO unsettled (seq, kind, name)
SELECT seq, kind, as_json(body) -> 'announcement' ->> 'key'
FROM entries
WHERE kind = 'message_queued'
    AND NOT EXISTS (
        SELECT
        FROM entries AS sent
        WHERE sent.kind = 'message_sent'
            AND as_json(sent.body) ->> 'message' = as_json(entries.body) -> 'announcement' ->> 'key'
    );

CREATE FUNCTION keep_unsettled() RETURNS TRIGGER LANGUAGE plpgsql
AS $$
DECLARE
    told JSONB := as_json(NEW.body);
BEGIN
    CASE NEW.kind
        WHEN 'command_started' THEN
            INSERT INTO unsettled (seq, kind, name) VALUES (NEW.seq, NEW.kind, NEW.seq::text);
        WHEN 'command_finished' THEN
            DELETE FROM unsettled WHERE kind = 'command_started' AND name = told ->> 'started';
        WHEN 'message_queued' THEN
            INSERT INTO unsettled (seq, kind, name)
            SELECT NEW.seq, NEW.kind, told -> 'announcement' ->> 'key'
            WHERE NOT EXISTS (
                SELECT
                FROM entries AS sent
                WHERE sent.kind = 'message_sent'
                    AND as_json(sent.body) ->> 'message' = told -> 'announcement' ->> 'key'
            );
        WHEN 'message_sent' THEN
            DELETE FROM unsettled WHERE kind = 'message_queued' AND name = told ->> 'message';
    END CASE;
    RETURN NULL;
END
$$;

CREATE TRIGGER entries_keep_unsettled AFTER INSERT ON entries FOR EACH ROW
WHEN (NEW.kind IN ('command_started', 'command_finished', 'message_queued', 'message_sent'))
EXECUTE FUNCTION keep_unsettled();

-- What a trader has of one kind, through all its days.
CREATE INDEX entries_by_trader ON entries (trader, kind, day);
