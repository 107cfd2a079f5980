"""Drafts of entries for tests: short to write, with everything that does not matter filled in."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from bot.domain.criteria import CriterionResult
from bot.domain.day import DayRecord, Provenance
from bot.domain.entry import (
    AlertsMeasured,
    Body,
    BotStarted,
    BotStopped,
    CommandFinished,
    CommandStarted,
    DayClosed,
    DeliveryBlocked,
    DeliveryResumed,
    Draft,
    DrillMeasured,
    FlattenMeasured,
    HolesFilled,
    MessageQueued,
    MessageSent,
    PlanInjecting,
    ReconcileMeasured,
    ReminderAnswered,
    SamplesRetired,
    SamplesSealed,
    ScriptRan,
    SelfTested,
    SessionEnded,
    SessionOpened,
    TraderRestarted,
    WatchBreached,
    WatchRecovered,
)
from bot.domain.evidence import (
    AlertHistory,
    ControlRun,
    DrillRun,
    FlattenTiming,
    PlantedCase,
    PlantedRows,
    ReconcileCheck,
    ReconcileRun,
    SelfTestRun,
)
from bot.domain.notice import Announcement, Placement, Revoked
from bot.domain.people import Actor, Origin
from bot.domain.results import ScriptRun
from bot.domain.sample import MetricType, Reading, Sample, Series, Source
from bot.domain.session import Session
from bot.domain.standing import (
    CertificateIssued,
    CertificateSigned,
    ClearanceGranted,
    ClearanceRevoked,
    ClearanceSigned,
    DayVoided,
    SigningKeySet,
    StreakCounted,
    VoidRefused,
    VoidRequested,
)
from bot.domain.streak import Streak
from bot.domain.verdict import Verdict

AT = datetime(2026, 11, 23, 3, 45, tzinfo=UTC)
DAY = date(2026, 11, 23)
TRADER = "nifty-orb"
ASHA = Actor(kind="slack", id="U01", name="Asha")
IN_CHANNEL = Origin(surface="slack", team="T01", channel="C01", raw="/burnin drill")
SESSION = Session(date=DAY, opens=AT, closes=AT + timedelta(hours=6, minutes=15), timezone="Asia/Kolkata")


def draft(body: Body, **fields: Any) -> Draft:
    """Return a draft by Asha in the channel, for the one trader and day unless said otherwise."""
    return Draft(
        **{"at": AT, "actor": ASHA, "origin": IN_CHANNEL, "trader": TRADER, "day": DAY, **fields},
        body=body,
    )


def intent(command: str = "drill", claim: str | None = None, *, lasts: float = 60.0, **fields: Any) -> Draft:
    """Return the draft of a command's intent, which expires `lasts` seconds after it was written."""
    at = fields.get("at", AT)
    body = CommandStarted(
        command=command, raw=f"/burnin {command}", claim=claim, expires_at=at + timedelta(seconds=lasts)
    )
    return draft(body, **fields)


def outcome(started: int, command: str = "drill", **fields: Any) -> Draft:
    """Return the draft of a command's outcome."""
    body = CommandFinished(started=started, command=command, outcome="done", verdict="PASS", seconds=1.25)
    return draft(body, **fields)


def queued(key: str) -> Draft:
    """Return the draft of a message to send."""
    announcement = Announcement(
        key=key, trader=TRADER, day=DAY, placement=Placement.CHANNEL, notice=Revoked(why="a test")
    )
    return draft(MessageQueued(announcement=announcement), key=key)


def sent(key: str) -> Draft:
    """Return the draft that says a message was sent."""
    return draft(MessageSent(message=key, channel="C01", ref="1763869500.000100"))


def record(day: date = DAY, verdict: Verdict = Verdict.PASS) -> DayRecord:
    """Return a closed day with one criterion judged and one excluded."""
    opens = datetime(day.year, day.month, day.day, 3, 45, tzinfo=UTC)
    criterion = CriterionResult(id="leader", verdict=verdict, reason="held", detail="Leader held.", evidence={"n": 3})
    return DayRecord(
        session=Session(date=day, opens=opens, closes=opens + timedelta(hours=6)),
        verdict=verdict,
        criteria=(criterion,),
        excluded={"alerts": "no Prometheus on this host"},
        provenance=Provenance(build="abc123"),
    )


def sample(seconds: float = 0.0, value: float = 1.0, source: Source = Source.BOT) -> Sample:
    """Return a sample taken so many seconds after `AT`."""
    readings = {"leader": Reading(MetricType.GAUGE, (Series('{pod="a"}', value),))}
    return Sample(AT + timedelta(seconds=seconds), readings, source)


TIMING = FlattenTiming(started_at=AT, positions_before=2, positions_after=0, low=0.05, high=0.1, status=200)
DRILL = DrillRun(started_at=AT, symbol="NIFTY", side="LONG", qty=50, strategy="ORB", injected=True, flatten=TIMING)
RECONCILE = ReconcileRun(
    at=AT, opened=AT, closed=AT, orders=4, checks=(ReconcileCheck(name="orphans", rows=1, sample=({"id": 7},)),)
)
SELF_TEST = SelfTestRun(
    at=AT,
    version="0.1.0",
    cases=(PlantedCase(criterion="leader", case="breach", wanted=Verdict.FAIL, found=Verdict.FAIL, reason="x"),),
    controls=ControlRun(
        checks=(PlantedRows(check="orphans", digest="0f", expected=9, found=9),), uncontrolled=("own",)
    ),
)
GRANT = ClearanceGranted(streak=Streak(passed=3, required=3, cleared=True, days=(DAY,)), provenance=Provenance())

# One body of every kind there is.
ZOO: tuple[Body, ...] = (
    BotStarted(version="0.1.0", host="desk", pid=4711),
    BotStopped(reason="SIGTERM"),
    CommandStarted(command="drill", args={"qty": 25, "ratio": 0.5, "note": 'ü "\n€'}, expires_at=AT),
    CommandFinished(started=3, command="drill", outcome="failed", seconds=0.000123),
    SessionOpened(session=SESSION, number=2, required=3, provenance=Provenance(build="abc123")),
    SessionEnded(session=SESSION),
    TraderRestarted(last_seen=AT, at=AT),
    SamplesSealed(first=1, last=0, count=0, digest="e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    WatchBreached(criterion="leader", verdict=Verdict.FAIL, at=AT + timedelta(microseconds=1), detail="it reads 0"),
    WatchRecovered(criterion="leader", at=AT, seconds=12.0, detail="the leader gauge reads 1"),
    PlanInjecting(started=3, symbol="NIFTY", side="LONG", qty=50, strategy="ORB"),
    DrillMeasured(run=DRILL),
    FlattenMeasured(timing=TIMING),
    ReconcileMeasured(run=RECONCILE),
    AlertsMeasured(history=AlertHistory(rules=(), rules_digest="0f", evaluation_failures=0.0)),
    SelfTested(run=SELF_TEST),
    HolesFilled(holes=1, seconds=20.0, samples=19),
    ScriptRan(run=ScriptRun(name="report", argv=("make", "burnin-report"), exit_code=0, seconds=3.0)),
    DayClosed(record=record()),
    StreakCounted(streak=Streak(passed=2, required=3, cleared=False, days=(DAY,), void=(DAY,))),
    GRANT,
    ClearanceRevoked(why="the trader's build changed"),
    ClearanceSigned(granted=7),
    CertificateIssued(
        granted=7, digest="0f", keyid="aa", expires_at=AT, envelope={"payload": "e30=", "signatures": []}
    ),
    CertificateSigned(digest="0f", keyid="bb", signature="c2ln"),
    SigningKeySet(keyid="bb", public_key="-----BEGIN PUBLIC KEY-----", previous="aa"),
    VoidRequested(request=9, reason="the exchange was down", expires_at=AT),
    DayVoided(request=9, reason="the exchange was down", asked_by=ASHA),
    VoidRefused(request=9, why="expired"),
    ReminderAnswered(reminder="reminder:k", answer="snoozed", until=AT),
    MessageQueued(
        announcement=Announcement(
            key="k", trader=TRADER, day=None, placement=Placement.ROOT, notice=Revoked(why="a test")
        )
    ),
    MessageSent(message="k", channel="C01", ref=""),
    DeliveryBlocked(channel="C01", reason="not_in_channel"),
    DeliveryResumed(channel="C01", seconds=61.5),
    SamplesRetired(last=22_500, count=22_500),
)
