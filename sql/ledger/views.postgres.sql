-- What a person reads with psql. Made anew after every migration: whoever changes a view adds a migration, if only an
-- empty one.

DROP VIEW IF EXISTS day_ledger;
DROP VIEW IF EXISTS audit_trail;
DROP VIEW IF EXISTS clearance;
DROP VIEW IF EXISTS day_events;

-- One row a closed day and criterion; a criterion left out by policy shows as EXCLUDED, with its reason as detail.
-- On a void day, which neither counts nor resets, void says why.
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
    ) AS closed_by,
    (
        SELECT as_json(made.body) ->> 'reason'
        FROM entries AS made
        WHERE made.trader = entries.trader AND made.kind = 'day_voided' AND made.day = entries.day
    ) AS void
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
    ),
    (
        SELECT as_json(made.body) ->> 'reason'
        FROM entries AS made
        WHERE made.trader = entries.trader AND made.kind = 'day_voided' AND made.day = entries.day
    )
FROM entries, jsonb_each_text(as_json(entries.body) -> 'record' -> 'excluded') AS excluded
WHERE entries.kind = 'day_closed';

-- One row a command, and one each thing that happened without a command, in plain words: who asked for what or did it,
-- from where, and how it ended; "running" while it has no outcome. Times are UTC; for the
-- exchange's clock: at::timestamptz AT TIME ZONE 'Asia/Kolkata'.
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
    as_json(outcome.body) ->> 'detail' AS detail,
    (as_json(outcome.body) ->> 'seconds')::double precision AS seconds,
    (as_json(intent.actor) ->> 'kind') || ':' || (as_json(intent.actor) ->> 'id') AS actor_id
FROM entries AS intent
LEFT JOIN entries AS outcome
    ON outcome.kind = 'command_finished' AND as_json(outcome.body) ->> 'started' = intent.seq::text
WHERE intent.kind = 'command_started'
UNION ALL
SELECT
    seq,
    at,
    coalesce(
        nullif(as_json(actor) ->> 'name', ''),
        (as_json(actor) ->> 'kind') || ':' || (as_json(actor) ->> 'id')
    ),
    (as_json(origin) ->> 'surface') || coalesce(' #' || nullif(as_json(origin) ->> 'channel', ''), ''),
    trader,
    CASE kind WHEN 'void_refused' THEN 'void expired' ELSE replace(kind, '_', ' ') END,
    CASE
        WHEN kind IN ('certificate_issued', 'certificate_signed') THEN substr(as_json(body) ->> 'digest', 1, 12)
        WHEN kind = 'signing_key_set' THEN substr(as_json(body) ->> 'keyid', 1, 12)
        WHEN kind = 'void_refused' THEN as_json(body) ->> 'request'
        ELSE coalesce(as_json(body) ->> 'channel', day, '')
    END,
    CASE
        WHEN kind = 'delivery_blocked' OR as_json(body) ->> 'trouble' IS NOT NULL THEN 'failed'
        ELSE 'done'
    END,
    NULL,
    NULL,
    CASE kind
        WHEN 'bot_started' THEN 'burnin ' || (as_json(body) ->> 'version') || ' on ' || (as_json(body) ->> 'host')
        WHEN 'session_opened' THEN 'day ' || (as_json(body) ->> 'number') || ' of ' || (as_json(body) ->> 'required')
        WHEN 'holes_filled' THEN (as_json(body) ->> 'samples') || ' samples of Prometheus for '
            || (as_json(body) ->> 'holes') || ' holes of ' || (as_json(body) ->> 'seconds') || ' s'
            || coalesce(': ' || (as_json(body) ->> 'trouble'), '')
        WHEN 'void_refused' THEN 'nobody answered in time'
        WHEN 'clearance_granted' THEN (as_json(body) -> 'streak' ->> 'passed') || ' of '
            || (as_json(body) -> 'streak' ->> 'required') || ' days'
        WHEN 'clearance_revoked' THEN as_json(body) ->> 'why'
        WHEN 'certificate_issued' THEN 'of the clearance of entry ' || (as_json(body) ->> 'granted')
        WHEN 'certificate_signed' THEN 'with key ' || substr(as_json(body) ->> 'keyid', 1, 12)
        WHEN 'samples_retired' THEN (as_json(body) ->> 'count') || ' samples'
        WHEN 'delivery_resumed' THEN 'after ' || (as_json(body) ->> 'seconds') || ' s'
        ELSE coalesce(as_json(body) ->> 'reason', '')
    END,
    NULL,
    (as_json(actor) ->> 'kind') || ':' || (as_json(actor) ->> 'id')
FROM entries
WHERE kind IN (
    'bot_started', 'bot_stopped', 'session_opened', 'session_ended', 'holes_filled', 'clearance_granted',
    'clearance_revoked', 'certificate_issued', 'certificate_signed', 'signing_key_set', 'samples_retired',
    'delivery_blocked', 'delivery_resumed', 'void_refused'
) AND (kind <> 'void_refused' OR as_json(body) ->> 'why' = 'expired')
ORDER BY seq;

-- One row a grant or revocation; standing is cleared or not cleared on a trader's last one, which is what holds now.
-- void_days were left out of its days; signed_by and signed_at are the approver's who signed it off. certificate is the
-- digest of its newest certificate, certificate_expires the time up to which that is good.
CREATE VIEW clearance AS
SELECT
    entries.seq,
    entries.at,
    entries.trader,
    entries.day,
    CASE entries.kind WHEN 'clearance_granted' THEN 'granted' ELSE 'revoked' END AS event,
    (as_json(entries.body) -> 'streak' ->> 'passed')::integer AS days_passed,
    (as_json(entries.body) -> 'streak' ->> 'required')::integer AS days_required,
    as_json(entries.body) -> 'provenance' ->> 'build' AS build,
    as_json(entries.body) ->> 'why' AS why,
    CASE
        WHEN EXISTS (
            SELECT
            FROM entries AS later
            WHERE later.kind IN ('clearance_granted', 'clearance_revoked')
                AND later.trader IS NOT DISTINCT FROM entries.trader
                AND later.seq > entries.seq
        ) THEN 'superseded'
        WHEN entries.kind = 'clearance_granted' THEN 'cleared'
        ELSE 'not cleared'
    END AS standing,
    (
        SELECT string_agg(value, ', ')
        FROM jsonb_array_elements_text(as_json(entries.body) -> 'streak' -> 'void')
    ) AS void_days,
    (
        SELECT coalesce(
            nullif(as_json(signed.actor) ->> 'name', ''),
            (as_json(signed.actor) ->> 'kind') || ':' || (as_json(signed.actor) ->> 'id')
        )
        FROM entries AS signed
        WHERE signed.kind = 'clearance_signed' AND as_json(signed.body) ->> 'granted' = entries.seq::text
    ) AS signed_by,
    (
        SELECT signed.at
        FROM entries AS signed
        WHERE signed.kind = 'clearance_signed' AND as_json(signed.body) ->> 'granted' = entries.seq::text
    ) AS signed_at,
    as_json(certified.body) ->> 'digest' AS certificate,
    as_json(certified.body) ->> 'expires_at' AS certificate_expires
FROM entries
LEFT JOIN entries AS certified
    ON certified.seq = (
        SELECT max(issued.seq)
        FROM entries AS issued
        WHERE issued.kind = 'certificate_issued' AND as_json(issued.body) ->> 'granted' = entries.seq::text
    )
WHERE entries.kind IN ('clearance_granted', 'clearance_revoked')
ORDER BY entries.seq;

-- One row each thing that happened in a session and is no command: what was lost and held again, holes filled, restarts,
-- whether the self-test found what it had planted, and who asked for the day to be void, and what became of that.
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
        WHEN 'void_requested' THEN 'asked'
        WHEN 'day_voided' THEN 'void'
        WHEN 'void_refused' THEN as_json(body) ->> 'why'
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
        ELSE CASE
            WHEN kind IN ('void_requested', 'day_voided', 'void_refused') THEN
                'request ' || (as_json(body) ->> 'request') || ', by ' || coalesce(
                    nullif(as_json(actor) ->> 'name', ''),
                    (as_json(actor) ->> 'kind') || ':' || (as_json(actor) ->> 'id')
                ) || coalesce(': ' || (as_json(body) ->> 'reason'), '')
            ELSE as_json(body) ->> 'detail'
        END
    END AS detail
FROM entries
WHERE kind IN (
    'session_opened', 'session_ended', 'watch_breached', 'watch_recovered', 'trader_restarted', 'holes_filled',
    'self_tested', 'void_requested', 'day_voided', 'void_refused'
)
ORDER BY seq;
