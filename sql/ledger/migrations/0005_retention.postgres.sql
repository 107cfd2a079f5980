-- Samples older than is kept may go: a row is let go of only where an entry of the chain says that it is retired.
CREATE INDEX retired_by_day ON entries (trader, day) WHERE kind = 'samples_retired';
-- The number of a row that went is not given again.
CREATE INDEX retired_by_number ON entries (((as_json(body) ->> 'last')::bigint)) WHERE kind = 'samples_retired';

CREATE FUNCTION refuse_unretired() RETURNS TRIGGER LANGUAGE plpgsql
AS $$
BEGIN
    IF EXISTS (
        SELECT
        FROM entries
        WHERE kind = 'samples_retired'
            AND trader = OLD.trader
            AND day = OLD.day
            AND (as_json(body) ->> 'last')::bigint >= OLD.id
    ) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'burnin: the ledger is append-only' USING ERRCODE = 'integrity_constraint_violation';
END
$$;

DROP TRIGGER samples_refuse_change ON samples;

CREATE TRIGGER samples_refuse_change BEFORE UPDATE OR TRUNCATE ON samples
EXECUTE FUNCTION refuse_change();

CREATE TRIGGER samples_refuse_delete BEFORE DELETE ON samples
FOR EACH ROW EXECUTE FUNCTION refuse_unretired();
