-- What awaits what settles it: a command its outcome, a queued message its being sent. It follows from the entries, and
-- the triggers below keep it so: without it every start would have to look through years of them.
CREATE TABLE unsettled (
    seq  INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    name TEXT NOT NULL  -- by which the entry that settles it calls it
);

CREATE INDEX unsettled_by_name ON unsettled (kind, name);

INSERT INTO unsettled (seq, kind, name)
SELECT seq, kind, CAST(seq AS TEXT)
FROM entries
WHERE kind = 'command_started'
    AND NOT EXISTS (
        SELECT 1
        FROM entries AS outcome
        WHERE outcome.kind = 'command_finished'
            AND json_extract(outcome.body, '$.started') = +entries.seq  -- a bare column's type would keep the index out
    );

INSERT INTO unsettled (seq, kind, name)
SELECT seq, kind, json_extract(body, '$.announcement.key')
FROM entries
WHERE kind = 'message_queued'
    AND NOT EXISTS (
        SELECT 1
        FROM entries AS sent
        WHERE sent.kind = 'message_sent'
            AND json_extract(sent.body, '$.message') = json_extract(entries.body, '$.announcement.key')
    );

CREATE TRIGGER entries_begin_command AFTER INSERT ON entries WHEN NEW.kind = 'command_started'
BEGIN
    INSERT INTO unsettled (seq, kind, name) VALUES (NEW.seq, NEW.kind, CAST(NEW.seq AS TEXT));
END;

CREATE TRIGGER entries_end_command AFTER INSERT ON entries WHEN NEW.kind = 'command_finished'
BEGIN
    DELETE FROM unsettled
    WHERE kind = 'command_started' AND name = CAST(json_extract(NEW.body, '$.started') AS TEXT);
END;

CREATE TRIGGER entries_queue_message AFTER INSERT ON entries WHEN NEW.kind = 'message_queued'
BEGIN
    INSERT INTO unsettled (seq, kind, name)
    SELECT NEW.seq, NEW.kind, json_extract(NEW.body, '$.announcement.key')
    WHERE NOT EXISTS (
        SELECT 1
        FROM entries
        WHERE kind = 'message_sent'
            AND json_extract(body, '$.message') = json_extract(NEW.body, '$.announcement.key')
    );
END;

CREATE TRIGGER entries_send_message AFTER INSERT ON entries WHEN NEW.kind = 'message_sent'
BEGIN
    DELETE FROM unsettled
    WHERE kind = 'message_queued' AND name = json_extract(NEW.body, '$.message');
END;

-- What a trader has of one kind, through all its days.
CREATE INDEX entries_by_trader ON entries (trader, kind, day);

PRAGMA user_version = 6;
