-- The raw samples beside the chain; their digests stand in it (kind samples_sealed). at_us is microseconds since 1970.
-- Numbers are given without gaps by whoever stores, so that below a number that is seen nothing can appear later.
CREATE TABLE samples (
    id       BIGINT PRIMARY KEY,
    trader   TEXT NOT NULL,
    day      TEXT NOT NULL,
    at_us    BIGINT NOT NULL,
    source   TEXT NOT NULL,
    readings TEXT NOT NULL
);

CREATE INDEX samples_by_time ON samples (trader, day, at_us, id);

CREATE TRIGGER samples_refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON samples
EXECUTE FUNCTION refuse_change();
