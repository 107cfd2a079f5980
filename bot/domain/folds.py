"""What a series of entries amounts to: evidence, closed days, the audit trail, the clearance. Nothing else is state."""

from collections.abc import Iterable, Sequence
from typing import Final

from bot.domain.acts import ACTS, act_of
from bot.domain.day import DayRecord
from bot.domain.entry import (
    AlertsMeasured,
    CommandFinished,
    CommandStarted,
    DayClosed,
    DrillMeasured,
    Entry,
    FlattenMeasured,
    ReconcileMeasured,
    SelfTested,
    SessionOpened,
)
from bot.domain.evidence import AlertHistory, Evidence
from bot.domain.people import Origin
from bot.domain.results import AuditRow
from bot.domain.sample import Sample, Source


def evidence_of(entries: Sequence[Entry], samples: Sequence[Sample]) -> Evidence:
    """Return what a day is judged on, from the entries (oldest first) and the samples of that trader's day.

    Of several looks back at the alerts, and of several self-tests, the newest counts: more was known by then.
    """
    bodies = [entry.body for entry in entries]
    return Evidence(
        samples=tuple(sample for sample in samples if sample.source is not Source.ALERTS),
        alert_looks=tuple(sample for sample in samples if sample.source is Source.ALERTS),
        drills=tuple(body.run for body in bodies if isinstance(body, DrillMeasured)),
        flattens=tuple(body.timing for body in bodies if isinstance(body, FlattenMeasured)),
        reconciles=tuple(body.run for body in bodies if isinstance(body, ReconcileMeasured)),
        alerts=_alerts(entries),
        selftest=next((body.run for body in reversed(bodies) if isinstance(body, SelfTested)), None),
    )


def _alerts(entries: Sequence[Entry]) -> AlertHistory | None:
    histories = [entry.body.history for entry in entries if isinstance(entry.body, AlertsMeasured)]
    if not histories:
        return None
    opened = next((entry.body.provenance for entry in entries if isinstance(entry.body, SessionOpened)), None)
    if opened is None or opened.rules == histories[-1].rules_digest:
        return histories[-1]
    # It was asked about the rules of its own time only: one that was taken out since the open may have fired before.
    return histories[-1].model_copy(update={"trouble": "the rules file changed during the session"})


def day_records(entries: Iterable[Entry]) -> tuple[DayRecord, ...]:
    """Return the closed days of one trader's entries, the oldest session first."""
    records = [entry.body.record for entry in entries if isinstance(entry.body, DayClosed)]
    return tuple(sorted(records, key=lambda record: record.day))


AUDITED: Final = ("command_started", *ACTS)  # the kinds of entry that make a row; outcomes belong to commands


def audit_rows(entries: Sequence[Entry]) -> tuple[AuditRow, ...]:
    """Return a row for each command and each act among the entries, the newest first.

    A command whose outcome is not among them shows as `running`; an outcome alone makes no row.
    """
    outcomes = {entry.body.started: entry.body for entry in entries if isinstance(entry.body, CommandFinished)}
    rows = (_audit_row(entry, outcomes.get(entry.seq)) for entry in entries)
    return tuple(sorted((row for row in rows if row), key=lambda row: -row.seq))


def _audit_row(entry: Entry, outcome: CommandFinished | None) -> AuditRow | None:
    if isinstance(entry.body, CommandStarted):
        return _command_row(entry, entry.body, outcome)
    if (act := act_of(entry)) is None:
        return None
    return _row(entry, command=act.name, args=act.about, outcome=act.outcome, detail=act.detail)


def _command_row(intent: Entry, body: CommandStarted, outcome: CommandFinished | None) -> AuditRow:
    row = _row(intent, command=body.command, args=_arguments(body), outcome="running")
    if outcome is None:
        return row
    ended = outcome.model_dump(include={"outcome", "seconds", "verdict", "reason"})
    return row.model_copy(update={**ended, "detail": outcome.detail or outcome.reason})


def _arguments(body: CommandStarted) -> str:
    """Return what was typed behind the command's name; everything where that is not what it began with."""
    first, _, rest = body.raw.strip().partition(" ")
    return rest.strip() if first == body.command else body.raw


def _row(entry: Entry, *, command: str, args: str, outcome: str, detail: str = "") -> AuditRow:
    return AuditRow(
        seq=entry.seq,
        at=entry.at,
        actor=str(entry.actor),
        actor_id=f"{entry.actor.kind}:{entry.actor.id}",
        origin=_place(entry.origin),
        trader=entry.trader or "",
        command=command,
        args=args,
        outcome=outcome,
        seconds=None,
        detail=detail,
    )


def _place(origin: Origin) -> str:
    return f"{origin.surface} #{origin.channel}" if origin.channel else origin.surface
