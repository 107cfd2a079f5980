-- What a person reads with sqlite-utils, Datasette or the sqlite3 shell. Made anew after every migration:
-- whoever changes a view adds a migration, if only one that raises user_version.

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
    json_extract(entries.body, '$.record.verdict') AS day_verdict,
    json_extract(criterion.value, '$.id') AS criterion,
    json_extract(criterion.value, '$.verdict') AS verdict,
    json_extract(criterion.value, '$.reason') AS reason,
    json_extract(criterion.value, '$.detail') AS detail,
    entries.at AS closed_at,
    coalesce(
        nullif(json_extract(entries.actor, '$.name'), ''),
        json_extract(entries.actor, '$.kind') || ':' || json_extract(entries.actor, '$.id')
    ) AS closed_by,
    (
        SELECT json_extract(made.body, '$.reason')
        FROM entries AS made
        WHERE made.trader = entries.trader AND made.kind = 'day_voided' AND made.day = entries.day
    ) AS void
FROM entries, json_each(entries.body, '$.record.criteria') AS criterion
WHERE entries.kind = 'day_closed'
UNION ALL
SELECT
    entries.trader,
    entries.day,
    json_extract(entries.body, '$.record.verdict'),
    excluded.key,
    'EXCLUDED',
    'excluded',
    excluded.value,
    entries.at,
    coalesce(
        nullif(json_extract(entries.actor, '$.name'), ''),
        json_extract(entries.actor, '$.kind') || ':' || json_extract(entries.actor, '$.id')
    ),
    (
        SELECT json_extract(made.body, '$.reason')
        FROM entries AS made
        WHERE made.trader = entries.trader AND made.kind = 'day_voided' AND made.day = entries.day
    )
FROM entries, json_each(entries.body, '$.record.excluded') AS excluded
WHERE entries.kind = 'day_closed';

-- One row a command, and one each thing that happened without a command, in plain words: who asked for what or did it,
-- from where, and how it ended; "running" while it has no outcome. Times are UTC. SQLite knows no time zones: for the
-- exchange's clock shift the time by its offset, as in datetime(at, '+05:30').
CREATE VIEW audit_trail AS
SELECT
    intent.seq,
    intent.at,
    coalesce(
        nullif(json_extract(intent.actor, '$.name'), ''),
        json_extract(intent.actor, '$.kind') || ':' || json_extract(intent.actor, '$.id')
    ) AS actor,
    json_extract(intent.origin, '$.surface')
        || coalesce(' #' || nullif(json_extract(intent.origin, '$.channel'), ''), '') AS origin,
    intent.trader,
    json_extract(intent.body, '$.command') AS command,
    json_extract(intent.body, '$.raw') AS raw,
    coalesce(json_extract(outcome.body, '$.outcome'), 'running') AS outcome,
    json_extract(outcome.body, '$.verdict') AS verdict,
    json_extract(outcome.body, '$.reason') AS reason,
    json_extract(outcome.body, '$.detail') AS detail,
    json_extract(outcome.body, '$.seconds') AS seconds,
    json_extract(intent.actor, '$.kind') || ':' || json_extract(intent.actor, '$.id') AS actor_id
FROM entries AS intent
LEFT JOIN entries AS outcome
    ON outcome.kind = 'command_finished' AND json_extract(outcome.body, '$.started') = +intent.seq
WHERE intent.kind = 'command_started'
UNION ALL
SELECT
    seq,
    at,
    coalesce(
        nullif(json_extract(actor, '$.name'), ''),
        json_extract(actor, '$.kind') || ':' || json_extract(actor, '$.id')
    ),
    json_extract(origin, '$.surface') || coalesce(' #' || nullif(json_extract(origin, '$.channel'), ''), ''),
    trader,
    CASE kind WHEN 'void_refused' THEN 'void expired' ELSE replace(kind, '_', ' ') END,
    CASE
        WHEN kind IN ('certificate_issued', 'certificate_signed') THEN substr(json_extract(body, '$.digest'), 1, 12)
        WHEN kind = 'signing_key_set' THEN substr(json_extract(body, '$.keyid'), 1, 12)
        WHEN kind = 'void_refused' THEN CAST(json_extract(body, '$.request') AS TEXT)
        ELSE coalesce(json_extract(body, '$.channel'), day, '')
    END,
    CASE
        WHEN kind = 'delivery_blocked' OR json_extract(body, '$.trouble') IS NOT NULL THEN 'failed'
        ELSE 'done'
    END,
    NULL,
    NULL,
    CASE kind
        WHEN 'bot_started' THEN 'burnin ' || json_extract(body, '$.version') || ' on ' || json_extract(body, '$.host')
        WHEN 'session_opened' THEN 'day ' || json_extract(body, '$.number') || ' of '
            || json_extract(body, '$.required')
        WHEN 'holes_filled' THEN json_extract(body, '$.samples') || ' samples of Prometheus for '
            || json_extract(body, '$.holes') || ' holes of ' || json_extract(body, '$.seconds') || ' s'
            || coalesce(': ' || json_extract(body, '$.trouble'), '')
        WHEN 'void_refused' THEN 'nobody answered in time'
        WHEN 'clearance_granted' THEN json_extract(body, '$.streak.passed') || ' of '
            || json_extract(body, '$.streak.required') || ' days'
        WHEN 'clearance_revoked' THEN json_extract(body, '$.why')
        WHEN 'certificate_issued' THEN 'of the clearance of entry ' || json_extract(body, '$.granted')
        WHEN 'certificate_signed' THEN 'with key ' || substr(json_extract(body, '$.keyid'), 1, 12)
        WHEN 'samples_retired' THEN json_extract(body, '$.count') || ' samples'
        WHEN 'delivery_resumed' THEN 'after ' || json_extract(body, '$.seconds') || ' s'
        ELSE coalesce(json_extract(body, '$.reason'), '')
    END,
    NULL,
    json_extract(actor, '$.kind') || ':' || json_extract(actor, '$.id')
FROM entries
WHERE kind IN (
    'bot_started', 'bot_stopped', 'session_opened', 'session_ended', 'holes_filled', 'clearance_granted',
    'clearance_revoked', 'certificate_issued', 'certificate_signed', 'signing_key_set', 'samples_retired',
    'delivery_blocked', 'delivery_resumed', 'void_refused'
) AND (kind <> 'void_refused' OR json_extract(body, '$.why') = 'expired')
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
    json_extract(entries.body, '$.streak.passed') AS days_passed,
    json_extract(entries.body, '$.streak.required') AS days_required,
    json_extract(entries.body, '$.provenance.build') AS build,
    json_extract(entries.body, '$.why') AS why,
    CASE
        WHEN EXISTS (
            SELECT 1
            FROM entries AS later
            WHERE later.kind IN ('clearance_granted', 'clearance_revoked')
                AND later.trader IS entries.trader
                AND later.seq > entries.seq
        ) THEN 'superseded'
        WHEN entries.kind = 'clearance_granted' THEN 'cleared'
        ELSE 'not cleared'
    END AS standing,
    (SELECT group_concat(value, ', ') FROM json_each(entries.body, '$.streak.void')) AS void_days,
    (
        SELECT coalesce(
            nullif(json_extract(signed.actor, '$.name'), ''),
            json_extract(signed.actor, '$.kind') || ':' || json_extract(signed.actor, '$.id')
        )
        FROM entries AS signed
        WHERE signed.kind = 'clearance_signed' AND json_extract(signed.body, '$.granted') = +entries.seq
    ) AS signed_by,
    (
        SELECT signed.at
        FROM entries AS signed
        WHERE signed.kind = 'clearance_signed' AND json_extract(signed.body, '$.granted') = +entries.seq
    ) AS signed_at,
    json_extract(certified.body, '$.digest') AS certificate,
    json_extract(certified.body, '$.expires_at') AS certificate_expires
FROM entries
LEFT JOIN entries AS certified
    ON certified.seq = (
        SELECT max(issued.seq)
        FROM entries AS issued
        WHERE issued.kind = 'certificate_issued' AND json_extract(issued.body, '$.granted') = +entries.seq
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
    CASE kind WHEN 'self_tested' THEN 'self-test' ELSE json_extract(body, '$.criterion') END AS criterion,
    CASE kind
        WHEN 'self_tested' THEN
            CASE
                WHEN json_extract(body, '$.run.trouble') IS NOT NULL THEN 'not tried'
                WHEN EXISTS (
                    SELECT 1
                    FROM json_each(entries.body, '$.run.cases') AS shown
                    WHERE json_extract(shown.value, '$.found') <> json_extract(shown.value, '$.wanted')
                        OR coalesce(json_extract(shown.value, '$.beside'), '') <> ''
                ) THEN 'missed'
                ELSE 'found'
            END
        WHEN 'void_requested' THEN 'asked'
        WHEN 'day_voided' THEN 'void'
        WHEN 'void_refused' THEN json_extract(body, '$.why')
        ELSE json_extract(body, '$.verdict')
    END AS result,
    CASE kind
        WHEN 'holes_filled' THEN json_extract(body, '$.samples') || ' samples of Prometheus for '
            || json_extract(body, '$.holes') || ' holes of ' || json_extract(body, '$.seconds') || ' s'
            || coalesce(': ' || json_extract(body, '$.trouble'), '')
        WHEN 'self_tested' THEN json_array_length(body, '$.run.cases') || ' cases, '
            || coalesce(json_array_length(body, '$.run.controls.checks'), 0) || ' SQL checks'
            || coalesce(': ' || json_extract(body, '$.run.trouble'), '')
        WHEN 'trader_restarted' THEN 'not seen after ' || json_extract(body, '$.last_seen')
        WHEN 'watch_recovered' THEN 'after ' || json_extract(body, '$.seconds') || ' s: '
            || json_extract(body, '$.detail')
        ELSE CASE
            WHEN kind IN ('void_requested', 'day_voided', 'void_refused') THEN
                'request ' || json_extract(body, '$.request') || ', by ' || coalesce(
                    nullif(json_extract(actor, '$.name'), ''),
                    json_extract(actor, '$.kind') || ':' || json_extract(actor, '$.id')
                ) || coalesce(': ' || json_extract(body, '$.reason'), '')
            ELSE json_extract(body, '$.detail')
        END
    END AS detail
FROM entries
WHERE kind IN (
    'session_opened', 'session_ended', 'watch_breached', 'watch_recovered', 'trader_restarted', 'holes_filled',
    'self_tested', 'void_requested', 'day_voided', 'void_refused'
)
ORDER BY seq;
