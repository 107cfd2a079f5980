"""Days to report on: lived through with the real commands and closed, on a ledger that their pages must not outdo."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from bot.daybook import opened_key
from bot.domain.day import Provenance
from bot.domain.entry import Body, BotStarted, Draft, SessionEnded, SessionOpened, WatchBreached, WatchRecovered
from bot.domain.evidence import AlertRule, ControlRun, FiringAlert, PlantedRows, ReconcileCheck, ReconcileRun
from bot.domain.metrics import BUILD, LEADER, heartbeat
from bot.domain.notice import ReportFile
from bot.domain.people import BOT, INSIDE, Actor, Role
from bot.domain.policy import Policy
from bot.domain.results import ScriptRun
from bot.domain.sample import MetricType, Reading, Sample, Series
from bot.domain.session import Session
from bot.domain.verdict import Verdict
from bot.pictures.artist import ProcessArtist
from bot.report.press import LedgerPress
from tests.support.clock import ManualClock
from tests.support.evidence import OPENS, clean_alerts, clean_looks, clean_samples, gauge, with_reading
from tests.support.fakes import ASHA, ListCalendar, World, sessions, world

BEN = Actor(kind="slack", id="U02", name="Ben")
GUS = Actor(kind="slack", id="U03", name="Gus")
LENGTH = 1500.0  # seconds; enough to show everything
BUILD_NAME = "nifty-orb@sha256:4a1f0c6e"
Row = dict[str, Any]
Spoiled = Callable[[Session, Sample], Sample | None]  # a sample as it was read instead, or not at all


def hex_of(text: str) -> str:
    """A digest as long as a real one."""
    return sha256(text.encode()).hexdigest()


def desk_for(days: int = 1, seconds: float = LENGTH, policy: Policy | None = None) -> World:
    """A desk ten minutes before its first session, with checks and rules that look like a desk's own."""
    calendar = ListCalendar(sessions(days + 1, seconds=seconds))
    desk = world(ManualClock(OPENS - timedelta(minutes=10)), calendar, policy=policy, prometheus=True)
    rules = (
        AlertRule(name="TraderIsNotLeader", expr="min(trader_is_leader) < 1", hold=5.0),
        AlertRule(name="ScanLoopStalled", expr="increase(trader_scan_ticks_total[1m]) < 1", hold=60.0),
    )
    desk.alerts.digest = hex_of("rules")
    desk.alerts.history = clean_alerts().model_copy(update={"rules": rules})
    names = ("duplicate-client-ids", "orphan-children")
    planted = (PlantedRows(check=each, digest=hex_of(each), control=hex_of(f"{each}?"), found=1) for each in names)
    desk.book.controls = ControlRun(checks=tuple(planted))
    return desk


def reconciled(desk: World, session: Session, *rows: Row) -> None:
    """Have the database hold these orphans of a session."""
    checks = (
        ReconcileCheck(name="duplicate-client-ids", rows=0, digest=hex_of("duplicate-client-ids")),
        ReconcileCheck.model_validate(
            {"name": "orphan-children", "rows": len(rows), "sample": rows, "digest": hex_of("orphan-children")}
        ),
    )
    at = session.closes + timedelta(seconds=121)
    desk.book.run = ReconcileRun(at=at, opened=session.opens, closed=session.closes, orders=42, checks=checks)


async def put(desk: World, session: Session, body: Body, key: str | None = None) -> None:
    """Append what a service would, now."""
    at = desk.clock.now()
    draft = Draft(at=at, body=body, actor=BOT, origin=INSIDE, trader="orb", day=session.date, key=key)
    await desk.ledger.append(draft)


async def reach(desk: World, session: Session, seconds: float) -> None:
    """Let time pass until so many seconds after a session's open."""
    await desk.clock.advance((session.opens - desk.clock.now()).total_seconds() + seconds)


async def live_through(
    desk: World,
    number: int = 0,
    *,
    spoiled: Spoiled | None = None,
    lost: Sequence[str] = (),
    rows: Sequence[Row] = (),
    closes: bool = True,
) -> Session:
    """Live through a session as people and services do, and close it; without `closes` stop at two thirds of it."""
    session = desk.desk.traders["orb"].calendar.sessions[number]  # type: ignore[attr-defined]
    length = session.length.total_seconds()
    if not number:
        await put(desk, session, BotStarted(version="0.6.0", host="desk-1", pid=4711))
    await reach(desk, session, 0.0)
    policy = desk.trader_desk.policy
    seen = Provenance(build=BUILD_NAME, policy=policy.digest, rules=desk.alerts.digest)
    opened = SessionOpened(session=session, number=number + 1, required=policy.days_required, provenance=seen)
    await put(desk, session, opened, opened_key("orb", session.date))
    reconciled(desk, session, *rows)
    await reach(desk, session, length * 0.1)
    await desk.ask("check")
    await reach(desk, session, length * 0.2)
    await desk.ask("drill")
    await reach(desk, session, length * 0.3)
    await desk.ask("flatten", actor=GUS, role=Role.VIEWER)
    await _breached(desk, session, length, lost)
    await reach(desk, session, length * 0.66)
    await _sampled(desk, session, spoiled, whole=closes)
    if closes:
        await reach(desk, session, length)
        await put(desk, session, SessionEnded(session=session))
        await reach(desk, session, length + 120)
        await desk.ask("close")
    return session


async def _breached(desk: World, session: Session, length: float, lost: Sequence[str]) -> None:
    await reach(desk, session, length * 0.5)
    at = desk.clock.now()
    for name in lost:
        breached = WatchBreached(criterion=name, verdict=Verdict.FAIL, at=at, detail="It is 0; the target is == 1.")
        await put(desk, session, breached)
    await reach(desk, session, length * 0.54)
    for name in lost:
        held = {"criterion": name, "at": desk.clock.now(), "seconds": length * 0.04, "detail": "It holds again."}
        await put(desk, session, WatchRecovered.model_validate({**held, "verdict": Verdict.FAIL}))


async def _sampled(desk: World, session: Session, spoiled: Spoiled | None, *, whole: bool) -> None:
    policy = desk.trader_desk.policy
    built = Reading(MetricType.GAUGE, (Series(f'{{revision="{BUILD_NAME}"}}', 1.0),))
    samples = [with_reading(sample, BUILD, built) for sample in clean_samples(session, policy)]
    if spoiled is not None:
        samples = [found for sample in samples if (found := spoiled(session, sample)) is not None]
    stored = [*samples, *clean_looks(session, policy)]
    kept = stored if whole else [sample for sample in stored if sample.at <= desk.clock.now()]
    await desk.ledger.store_samples("orb", session.date, kept)


def share(session: Session, sample: Sample) -> float:
    """How much of a session has passed at a sample."""
    return (sample.at - session.opens) / session.length


def not_leader(session: Session, sample: Sample) -> Sample:
    """The lock is lost for a while, and a heartbeat grows old."""
    if 0.5 < share(session, sample) < 0.54:
        return with_reading(sample, LEADER, gauge(0.0))
    if 0.71 < share(session, sample) < 0.716:
        age = (share(session, sample) - 0.71) * session.length.total_seconds()
        return with_reading(sample, heartbeat("order_stream"), gauge(round(age, 3)))
    return sample


def unseen(session: Session, sample: Sample) -> Sample | None:
    """Nothing is sampled for a while."""
    return None if 0.6 < share(session, sample) < 0.68 else sample


async def good(seconds: float = LENGTH) -> World:
    """A day that passes."""
    desk = desk_for(seconds=seconds)
    await live_through(desk)
    return desk


async def failed() -> World:
    """A day that loses the lock, finds orphans and hears an alert."""
    desk = desk_for()
    session = desk.trader_desk.calendar.on(OPENS.date())
    assert session is not None
    fired = session.opens + session.length * 0.505
    firing = FiringAlert(name="TraderIsNotLeader", first=fired, last=fired + timedelta(seconds=50))
    desk.alerts.history = desk.alerts.history.model_copy(update={"firing": (firing,)})
    desk.runner.scripts["hygiene"] = ScriptRun(
        name="hygiene", argv=("make", "post-close"), exit_code=2, seconds=3.41, tail="post-close: 1 stale lock\nFAILED"
    )
    rows: list[Row] = [
        {"id": 8812 + at, "client_order_id": f"ORB-{at}", "parent_id": None, "status": "OPEN"} for at in range(3)
    ]
    await live_through(desk, spoiled=not_leader, lost=(LEADER,), rows=rows)
    return desk


async def inconclusive() -> World:
    """A day of which two minutes were not seen."""
    desk = desk_for()
    await live_through(desk, spoiled=unseen)
    return desk


async def void() -> World:
    """A failed day that two people agreed to leave out."""
    desk = await failed()
    await make_void(desk, 0)
    return desk


async def make_void(desk: World, number: int) -> None:
    """Have a day made void."""
    session = desk.desk.traders["orb"].calendar.sessions[number]  # type: ignore[attr-defined]
    asked = await desk.ask(f"void {session.date} --reason the exchange halted trading for 20 minutes")
    assert asked.outcome == "done", asked
    request = desk.ledger.of_kind("void_requested")[-1].request
    approved = await desk.ask(f"approve {request}", actor=BEN, role=Role.APPROVER)
    assert approved.outcome == "done", approved


async def open_day() -> World:
    """A day in the middle of its session."""
    desk = desk_for()
    await live_through(desk, closes=False)
    return desk


async def burn_in() -> World:
    """Four days, of which the second is void, and the clearance that they bring, signed off."""
    desk = desk_for(days=4)
    for number in range(4):
        await live_through(desk, number, spoiled=unseen if number == 1 else None)
        if number == 1:
            await make_void(desk, number)
    signed = await desk.ask("signoff", actor=BEN, role=Role.APPROVER)
    assert signed.outcome == "done", signed
    return desk


DAYS = {"good": good, "failed": failed, "inconclusive": inconclusive, "void": void, "open": open_day}


async def page_of(desk: World, folder: Path, *days: int) -> str:
    """The page of some days, counted from 0; of the first without any."""
    calendar = desk.desk.traders["orb"].calendar
    chosen = tuple(calendar.sessions[number].date for number in days or (0,))  # type: ignore[attr-defined]
    dressed = replace(desk.desk, traders={"orb": replace(desk.trader_desk, environment="paper")})
    press = LedgerPress(dressed, ProcessArtist(dressed, folder))
    return (await press.printed("orb", ReportFile(days=chosen, actor=ASHA))).decode()
