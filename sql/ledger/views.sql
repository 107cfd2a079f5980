-- What a person reads with sqlite-utils, Datasette or the sqlite3 shell. Made anew after every migration:
-- whoever changes a view adds a migration, if only one that raises user_version.

DROP VIEW IF EXISTS day_ledger;
DROP VIEW IF EXISTS audit_trail;
DROP VIEW IF EXISTS clearance;

-- One row a closed day and criterion; a criterion left out by policy shows as EXCLUDED, with its reason as detail.
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
    ) AS closed_by
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
    )
FROM entries, json_each(entries.body, '$.record.excluded') AS excluded
WHERE entries.kind = 'day_closed';

-- One row a command: who asked for what, from where, and how it ended; "running" while it has no outcome.
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
    json_extract(outcome.body, '$.seconds') AS seconds
FROM entries AS intent
LEFT JOIN entries AS outcome
    ON outcome.kind = 'command_finished' AND json_extract(outcome.body, '$.started') = +intent.seq
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
    json_extract(body, '$.streak.passed') AS days_passed,
    json_extract(body, '$.streak.required') AS days_required,
    json_extract(body, '$.provenance.build') AS build,
    json_extract(body, '$.why') AS why,
    CASE
        WHEN EXISTS (
            SELECT 1
            FROM entries AS later
            WHERE later.kind IN ('clearance_granted', 'clearance_revoked')
                AND later.trader IS entries.trader
                AND later.seq > entries.seq
        ) THEN 'superseded'
        WHEN kind = 'clearance_granted' THEN 'cleared'
        ELSE 'not cleared'
    END AS standing
FROM entries
WHERE kind IN ('clearance_granted', 'clearance_revoked')
ORDER BY seq;
