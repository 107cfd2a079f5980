"""What a series of entries amounts to."""

from collections.abc import Sequence
from datetime import date

from bot.domain.acts import ACTS
from bot.domain.clearance import clearance_standing
from bot.domain.day import Provenance
from bot.domain.entry import (
    GENESIS,
    AlertsMeasured,
    BotStarted,
    CommandStarted,
    DayClosed,
    DeliveryBlocked,
    Draft,
    DrillMeasured,
    Entry,
    FlattenMeasured,
    HolesFilled,
    ReconcileMeasured,
    SessionOpened,
    link,
)
from bot.domain.evidence import AlertHistory, Evidence
from bot.domain.folds import audit_rows, day_records, evidence_of
from bot.domain.people import BOT, INSIDE, SCHEDULER, Origin
from bot.domain.sample import Source
from bot.domain.standing import ClearanceRevoked, VoidRefused
from tests.support.drafts import (
    AT,
    DAY,
    DRILL,
    GRANT,
    RECONCILE,
    SESSION,
    TIMING,
    TRADER,
    ZOO,
    draft,
    intent,
    outcome,
    record,
    sample,
)

_EIGHT = "8 samples of Prometheus for 2 holes of 9.5 s"


def chain(*drafts: Draft) -> Sequence[Entry]:
    """Return drafts as the entries of a ledger."""
    entries: list[Entry] = []
    for seq, unlinked in enumerate(drafts, start=1):
        entries.append(link(unlinked, seq, entries[-1].hash if entries else GENESIS))
    return entries


def test_no_entries_and_no_samples_are_no_evidence() -> None:
    """Of nothing, nothing is known."""
    assert evidence_of((), ()) == Evidence()


def test_evidence_is_gathered_by_what_was_measured() -> None:
    """Each measurement finds its place, in the order it happened; looks at the alerts are not samples of the trader."""
    slower = TIMING.model_copy(update={"high": 0.9})
    entries = chain(
        intent(),
        draft(DrillMeasured(run=DRILL)),
        draft(FlattenMeasured(timing=TIMING)),
        draft(FlattenMeasured(timing=slower)),
        draft(ReconcileMeasured(run=RECONCILE)),
    )
    scraped, filled, look = sample(0), sample(1, source=Source.PROMETHEUS), sample(2, source=Source.ALERTS)
    assert evidence_of(entries, (scraped, filled, look)) == Evidence(
        samples=(scraped, filled),
        alert_looks=(look,),
        drills=(DRILL,),
        flattens=(TIMING, slower),
        reconciles=(RECONCILE,),
    )


def test_the_newest_look_back_at_the_alerts_counts() -> None:
    """A close that was tried again asks again; the last answer is the one that is judged."""
    tried, asked = (AlertHistory(rules=(), rules_digest="0f", complete=complete) for complete in (False, True))
    entries = chain(draft(AlertsMeasured(history=tried)), draft(AlertsMeasured(history=asked)))
    assert evidence_of(entries, ()).alerts == asked


def test_rules_that_changed_since_the_open_are_no_clean_history() -> None:
    """A rule that was taken out of the file in mid-session may have fired before; nobody asks about it later."""
    opened = SessionOpened(session=SESSION, number=1, required=3, provenance=Provenance(rules="0f"))
    same, other = (AlertHistory(rules=(), rules_digest=digest, complete=True) for digest in ("0f", "f0"))
    found = evidence_of(chain(draft(opened), draft(AlertsMeasured(history=same))), ()).alerts
    assert found == same
    found = evidence_of(chain(draft(opened), draft(AlertsMeasured(history=other))), ()).alerts
    assert found is not None
    assert found.trouble == "the rules file changed during the session"


def test_closed_days_come_in_the_order_of_their_sessions() -> None:
    """A lapsed day may be written late; what counts is when its session was."""
    monday, tuesday = record(DAY), record(date(2026, 11, 24))
    entries = chain(draft(DayClosed(record=tuesday)), intent(), draft(DayClosed(record=monday)))
    assert day_records(entries) == (monday, tuesday)


def test_an_audit_row_joins_intent_and_outcome() -> None:
    """Who, where, what, how it ended and how long it took; the newest command first."""
    cli = Origin(surface="cli", raw="burnin close")
    newest, oldest = audit_rows(chain(intent(), intent("close", origin=cli), outcome(1)))
    assert (newest.seq, newest.origin, newest.args, newest.outcome, newest.seconds) == (
        2,
        "cli",
        "/burnin close",
        "running",
        None,
    )
    assert (oldest.actor, oldest.origin, oldest.command, oldest.args) == (
        "Asha",
        "slack #C01",
        "drill",
        "/burnin drill",
    )
    assert (oldest.at, oldest.trader, oldest.outcome, oldest.verdict, oldest.seconds) == (
        AT,
        TRADER,
        "done",
        "PASS",
        1.25,
    )


def test_an_outcome_without_its_intent_makes_no_row() -> None:
    """Where only the newest entries were read, an outcome may have lost its intent."""
    assert audit_rows(chain(intent(), outcome(1))[1:]) == ()


def test_the_last_word_on_the_clearance_counts() -> None:
    """A grant stands until it is revoked, and may be granted again."""
    grant, revoke = draft(GRANT), draft(ClearanceRevoked(why="a new build"))
    assert clearance_standing(()) is None
    first, second = clearance_standing(chain(grant)), clearance_standing(chain(grant, revoke, intent(), grant))
    assert first is not None
    assert second is not None
    assert (first.entry, first.streak, first.signed) == (1, GRANT.streak, None)
    assert clearance_standing(chain(grant, revoke)) is None
    assert (second.entry, second.streak) == (4, GRANT.streak)


def test_an_audit_row_tells_arguments_apart_from_the_command() -> None:
    """What was typed behind the command's name; all of it where it is no command."""
    typed = Origin(surface="slack")
    drilled = CommandStarted(command="drill", raw="drill --qty 5", expires_at=AT)
    mistyped = CommandStarted(command="unknown", raw="drll --qty 5", expires_at=AT)
    rows = audit_rows(chain(draft(drilled, origin=typed), draft(mistyped, origin=typed)))
    assert [row.args for row in rows] == ["drll --qty 5", "--qty 5"]


def test_what_happened_without_a_command_is_a_row_of_the_trail() -> None:
    """In plain words, with what it was done to; what somebody declined, measured or said is in a command's own row."""
    filled = HolesFilled(holes=2, seconds=9.5, samples=8, trouble="No answer.")
    entries = chain(
        draft(BotStarted(version="0.1.0", host="desk", pid=1), actor=BOT, origin=INSIDE, trader=None, day=None),
        draft(SessionOpened(session=SESSION, number=2, required=3, provenance=Provenance()), actor=BOT, origin=INSIDE),
        draft(filled, actor=BOT, origin=INSIDE),
        draft(DeliveryBlocked(channel="C01", reason="is_archived"), actor=BOT, origin=INSIDE, trader=None),
        draft(VoidRefused(request=9, why="expired"), actor=SCHEDULER, origin=INSIDE),
        draft(VoidRefused(request=10, why="declined")),
        draft(DrillMeasured(run=DRILL)),
        draft(ClearanceRevoked(why="a new build")),
    )
    told = [(str(row.actor_id), row.command, row.args, row.outcome, row.detail) for row in audit_rows(entries)]
    assert told[::-1] == [
        ("bot:burnin", "bot started", "", "done", "burnin 0.1.0 on desk"),
        ("bot:burnin", "session opened", "2026-11-23", "done", "day 2 of 3"),
        ("bot:burnin", "holes filled", "2026-11-23", "failed", f"{_EIGHT}: No answer."),
        ("bot:burnin", "delivery blocked", "C01", "failed", "is_archived"),
        ("scheduler:scheduler", "void expired", "9", "done", "nobody answered in time"),
        ("slack:U01", "clearance revoked", "2026-11-23", "done", "a new build"),
    ]


def test_every_act_has_its_words() -> None:
    """Of each kind that is read for the trail there is a row, and of no other."""
    rows = audit_rows(chain(*(draft(body) for body in ZOO)))
    assert sorted(row.command for row in rows) == sorted([*ACTS.values(), "drill"])
    assert {row.trader for row in rows} == {TRADER}
