-- Store those samples (a JSON array) that are not there yet; with an epoch, only while the lease has it.
-- Numbers follow on the highest that was ever given; two that store at once give the same ones: the second is refused
-- and tries again.
WITH held AS (
    SELECT epoch FROM lease WHERE epoch = :epoch FOR KEY SHARE
),
given_out AS (
    SELECT greatest(
        (SELECT max(id) FROM samples),
        (SELECT max((as_json(body) ->> 'last')::bigint) FROM entries WHERE kind = 'samples_retired'),
        0
    ) AS id
),
stored AS (
    INSERT INTO samples (id, trader, day, at_us, source, readings)
    SELECT
        (SELECT id FROM given_out) + row_number() OVER (ORDER BY number),
        trader,
        day,
        at_us,
        source,
        readings
    FROM ROWS FROM (
        json_to_recordset(:samples::json) AS (trader TEXT, day TEXT, at_us BIGINT, source TEXT, readings TEXT)
    ) WITH ORDINALITY AS given (trader, day, at_us, source, readings, number)
    WHERE (:epoch::bigint IS NULL OR EXISTS (SELECT FROM held))
        AND NOT EXISTS (
            SELECT
            FROM samples AS known
            WHERE known.trader = given.trader
                AND known.day = given.day
                AND known.at_us = given.at_us
                AND known.source = given.source
                AND known.readings = given.readings
        )
)
SELECT :epoch::bigint IS NULL OR EXISTS (SELECT FROM held)
