-- What a person reads with psql. Made anew after every migration: whoever changes a view adds a migration, if only an
-- empty one.

DROP VIEW IF EXISTS day_ledger;
DROP VIEW IF EXISTS audit_trail;
DROP VIEW IF EXISTS clearance;
DROP VIEW IF EXISTS day_events;

-- One row a closed day and criterion; a criterion left out by policy shows as EXCLUDED, with its reason as detail.
CREATE VIEW day_ledger AS
SELECT
    entries.trader,
    entries.day,
    as_json(entries.body) -> 'record' ->> 'verdict' AS day_verdict,
    criterion ->> 'id' AS criterion,
    criterion ->> 'verdict' AS verdict,
    criterion ->> 'reason' AS reason,
    criterion ->> 'detail' AS detail,
    entries.at AS closed_at,
    coalesce(
        nullif(as_json(entries.actor) ->> 'name', ''),
        (as_json(entries.actor) ->> 'kind') || ':' || (as_json(entries.actor) ->> 'id')
    ) AS closed_by
FROM entries, jsonb_array_elements(as_json(entries.body) -> 'record' -> 'criteria') AS criterion
WHERE entries.kind = 'day_closed'
UNION ALL
SELECT
    entries.trader,
    entries.day,
    as_json(entries.body) -> 'record' ->> 'verdict',
    excluded.key,
    'EXCLUDED',
    'excluded',
    excluded.value,
    entries.at,
    coalesce(
        nullif(as_json(entries.actor) ->> 'name', ''),
        (as_json(entries.actor) ->> 'kind') || ':' || (as_json(entries.actor) ->> 'id')
    )
FROM entries, jsonb_each_text(as_json(entries.body) -> 'record' -> 'excluded') AS excluded
WHERE entries.kind = 'day_closed';

-- One row a command: who asked for what, from where, and how it ended; "running" while it has no outcome.
CREATE VIEW audit_trail AS
SELECT
    intent.seq,
    intent.at,
    coalesce(
        nullif(as_json(intent.actor) ->> 'name', ''),
        (as_json(intent.actor) ->> 'kind') || ':' || (as_json(intent.actor) ->> 'id')
    ) AS actor,
    (as_json(intent.origin) ->> 'surface')
        || coalesce(' #' || nullif(as_json(intent.origin) ->> 'channel', ''), '') AS origin,
    intent.trader,
    as_json(intent.body) ->> 'command' AS command,
    as_json(intent.body) ->> 'raw' AS raw,
    coalesce(as_json(outcome.body) ->> 'outcome', 'running') AS outcome,
    as_json(outcome.body) ->> 'verdict' AS verdict,
    as_json(outcome.body) ->> 'reason' AS reason,
    (as_json(outcome.body) ->> 'seconds')::double precision AS seconds
FROM entries AS intent
LEFT JOIN entries AS outcome
    ON outcome.kind = 'command_finished' AND as_json(outcome.body) ->> 'started' = intent.seq::text
WHERE intent.kind = 'command_started'
ORDER BY intent.seq;

-- One row a grant or revocation; standing is cleared or not cleared on a trader's last one, which is what holds now.
CREATE VIEW clearance AS
SELECT
    seq,
    at,
    trader,
    day,
    CASE kind WHEN 'clearance_granted' THEN 'granted' ELSE 'revoked' END AS event,
    (as_json(body) -> 'streak' ->> 'passed')::integer AS days_passed,
    (as_json(body) -> 'streak' ->> 'required')::integer AS days_required,
    as_json(body) -> 'provenance' ->> 'build' AS build,
    as_json(body) ->> 'why' AS why,
    CASE
        WHEN EXISTS (
            SELECT
            FROM entries AS later
            WHERE later.kind IN ('clearance_granted', 'clearance_revoked')
                AND later.trader IS NOT DISTINCT FROM entries.trader
                AND later.seq > entries.seq
        ) THEN 'superseded'
        WHEN kind = 'clearance_granted' THEN 'cleared'
        ELSE 'not cleared'
    END AS standing
FROM entries
WHERE kind IN ('clearance_granted', 'clearance_revoked')
ORDER BY seq;

-- One row each thing that happened in a session and is no command: what was lost and held again, holes filled, restarts,
-- and whether the self-test found what it had planted.
CREATE VIEW day_events AS
SELECT
    seq,
    at,
    trader,
    day,
    kind,
    CASE kind WHEN 'self_tested' THEN 'self-test' ELSE as_json(body) ->> 'criterion' END AS criterion,
    CASE kind
        WHEN 'self_tested' THEN
            CASE
                WHEN as_json(body) -> 'run' ->> 'trouble' IS NOT NULL THEN 'not tried'
                WHEN EXISTS (
                    SELECT
                    FROM jsonb_array_elements(as_json(entries.body) -> 'run' -> 'cases') AS shown
                    WHERE shown ->> 'found' <> shown ->> 'wanted'
                        OR coalesce(shown ->> 'beside', '') <> ''
                ) THEN 'missed'
                ELSE 'found'
            END
        ELSE as_json(body) ->> 'verdict'
    END AS result,
    CASE kind
        WHEN 'holes_filled' THEN (as_json(body) ->> 'samples') || ' samples of Prometheus for '
            || (as_json(body) ->> 'holes') || ' holes of ' || (as_json(body) ->> 'seconds') || ' s'
            || coalesce(': ' || (as_json(body) ->> 'trouble'), '')
        WHEN 'self_tested' THEN jsonb_array_length(as_json(body) -> 'run' -> 'cases') || ' cases, '
            || coalesce(jsonb_array_length(nullif(as_json(body) -> 'run' -> 'controls', 'null') -> 'checks'), 0)
            || ' SQL checks'
            || coalesce(': ' || (as_json(body) -> 'run' ->> 'trouble'), '')
        WHEN 'trader_restarted' THEN 'not seen after ' || (as_json(body) ->> 'last_seen')
        WHEN 'watch_recovered' THEN 'after ' || (as_json(body) ->> 'seconds') || ' s: '
            || (as_json(body) ->> 'detail')
        ELSE as_json(body) ->> 'detail'
    END AS detail
FROM entries
WHERE kind IN (
    'session_opened', 'session_ended', 'watch_breached', 'watch_recovered', 'trader_restarted', 'holes_filled',
    'self_tested'
)
ORDER BY seq;
