"""A burn-in of days that are closed already, and two people who may void one of them."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.clearance import grant, standing_clearance, taken, turn_of
from bot.closing import close_day
from bot.daybook import streak_of
from bot.domain.day import DayRecord, Provenance
from bot.domain.entry import (
    Body,
    DayClosed,
    Draft,
    DrillMeasured,
    Entry,
    FlattenMeasured,
    ReconcileMeasured,
    SelfTested,
    SessionEnded,
    SessionOpened,
)
from bot.domain.metrics import BUILD, LEADER
from bot.domain.people import BOT, INSIDE, Actor, Origin, Role
from bot.domain.policy import Policy
from bot.domain.sample import MetricType, Reading, Sample, Series
from bot.domain.session import Anchor, Session
from bot.domain.verdict import Verdict
from bot.services.opening import Opening
from commands.dispatcher import Outcome
from tests.support.clock import ManualClock
from tests.support.evidence import (
    clean_drill,
    clean_flatten,
    clean_reconcile,
    clean_samples,
    clean_self_test,
    gauge,
)
from tests.support.fakes import ASHA, IN_CHANNEL, FickleLedger, ListCalendar, World, sessions, world

BEN = Actor(kind="slack", id="U02", name="Ben")
DAYS = sessions(12)
POLICY = Policy(excluded={"alerts": "no Prometheus on this host"})
P, F, I = Verdict.PASS, Verdict.FAIL, Verdict.INCONCLUSIVE  # noqa: E741 - as rows of days are read
WHY = "--reason the exchange was down"


def room_after(day: int, ledger: FickleLedger | None = None, policy: Policy = POLICY) -> World:
    """Return a desk a minute after the close of a day, counted from 0; perhaps over a ledger that is there already."""
    room = world(ManualClock(DAYS[day].closes + timedelta(minutes=1)), ListCalendar(DAYS), policy=policy)
    if ledger is not None:
        room.ledger, room.desk = ledger, replace(room.desk, ledger=ledger)
    return room


async def on_day(room: World, session: Session, body: Body, key: str | None = None) -> None:
    """Append what somebody else would."""
    at = min(room.clock.now(), session.closes)
    draft = Draft(at=at, body=body, actor=BOT, origin=INSIDE, trader="orb", day=session.date, key=key)
    await room.ledger.append(draft)


async def open_day(room: World, day: int, build: str = "b1", policy: str = POLICY.digest) -> None:
    """Record that the watch of a day began."""
    seen = Provenance(build=build, policy=policy)
    await on_day(room, DAYS[day], SessionOpened(session=DAYS[day], number=1, required=3, provenance=seen))


async def close(room: World, day: int, verdict: Verdict, build: str = "b1", *, opened: bool = True) -> None:
    """Record a day as it was opened and closed."""
    if opened:
        await open_day(room, day, build)
    seen = Provenance(build=build, policy=POLICY.digest)
    record = DayRecord(session=DAYS[day], verdict=verdict, criteria=(), excluded=POLICY.excluded, provenance=seen)
    await on_day(room, DAYS[day], DayClosed(record=record), f"day_closed:orb:{DAYS[day].date}")


async def lived(room: World, *verdicts: Verdict, build: str = "b1") -> None:
    """Record days with these verdicts, and the clearance that stands after them, if any."""
    for day, verdict in enumerate(verdicts):
        await close(room, day, verdict, build)
    counted = await streak_of(room.desk, room.trader_desk)
    if counted.cleared:
        turn = await turn_of(room.desk, room.trader_desk)
        last = len(verdicts) - 1
        seen = Provenance(build=build, policy=POLICY.digest)
        record = DayRecord(session=DAYS[last], verdict=P, criteria=(), excluded=POLICY.excluded, provenance=seen)
        at = DAYS[last].closes
        template = Draft(
            at=at, body=DayClosed(record=record), actor=ASHA, origin=IN_CHANNEL, trader="orb", day=DAYS[last].date
        )
        await room.ledger.append(*grant(template, counted, record, turn, counted.days), taken(turn, counted, template))


async def ask(room: World, day: int, **fields: Any) -> int:
    """Ask for a day to be void; return the request's number."""
    outcome = await room.ask(f"void {DAYS[day].date} {WHY}", **fields)
    assert outcome.outcome == "done", outcome
    return int(room.ledger.of_kind("void_requested")[-1].request)


async def approve(room: World, request: int, by: Actor = BEN, **fields: Any) -> Outcome:
    """Approve a request as an approver."""
    return await room.ask(f"approve {request}", actor=by, role=Role.APPROVER, **fields)


async def void(room: World, day: int) -> Outcome:
    """Ask and approve."""
    outcome = await approve(room, await ask(room, day))
    assert outcome.outcome == "done", outcome
    return outcome


def said(room: World, kind: str) -> list[Any]:
    """Return the announcements of one kind that were queued."""
    queued = [body.announcement for body in room.ledger.of_kind("message_queued")]
    return [announcement for announcement in queued if announcement.notice.kind == kind]


def at_terminal(name: str) -> dict[str, Any]:
    """Return what a request of a user of the command line has."""
    return {"actor": Actor(kind="cli", id=name, name=name), "origin": Origin(surface="cli", team="desk-1")}


async def stands(room: World) -> bool:
    """Tell whether the trader holds a clearance."""
    return await standing_clearance(room.desk, room.trader_desk) is not None


async def at_open(room: World, day: int, build: str = "b1", seconds: float = 5.0) -> None:
    """Let time pass until some seconds after an open, and record that."""
    await room.clock.advance((DAYS[day].opens - room.clock.now()).total_seconds() + seconds)
    await open_day(room, day, build)


async def opening(room: World, day: int, build: str) -> None:
    """Record an open as the watch does."""

    async def nothing(*_: Any) -> None:
        """No day is forgotten."""

    anchor = Anchor(boot="boot-1", at=room.clock.now(), monotonic=room.clock.monotonic())
    began = room.clock.now()
    await Opening(room.desk, room.trader_desk, DAYS[day], nothing, began=began, anchor=anchor).record(build)


async def proven(room: World, day: int, build: str = "b1", leader: float = 1.0) -> None:
    """Let an open day pass as watch, drill and flatten see it, to a minute after its close."""
    session = DAYS[day]
    info = Reading(MetricType.GAUGE, (Series(f'{{revision="{build}"}}', 1.0),))
    read = [
        Sample(each.at, {**each.readings, BUILD: info, LEADER: gauge(leader)}, each.source)
        for each in clean_samples(session, POLICY)
    ]
    await room.ledger.store_samples("orb", session.date, read)
    for body in (
        DrillMeasured(run=clean_drill(session, seconds=20)),
        FlattenMeasured(timing=clean_flatten(session, seconds=25)),
        SessionEnded(session=session),
    ):
        await on_day(room, session, body)
    await room.clock.advance((session.closes + timedelta(minutes=1) - room.clock.now()).total_seconds())
    await room.ledger.seal_samples(room.clock.now(), "orb", session.date)


async def closed_on_evidence(room: World, day: int, build: str = "b1") -> Verdict | None:
    """Close a day on perfect evidence of a build; return the verdict."""
    await proven(room, day, build)
    for body in (ReconcileMeasured(run=clean_reconcile(DAYS[day])), SelfTested(run=clean_self_test())):
        await on_day(room, DAYS[day], body)
    closing = await close_day(room.desk, room.trader_desk, DAYS[day], ASHA, IN_CHANNEL)
    await room.ledger.append(*closing.drafts)
    return closing.report.verdict


def meanwhile(room: World, kind: str, act: Callable[[], Awaitable[object]]) -> None:
    """Have something else happen right before the next append with an entry of a kind: its drafts are made by then."""
    append, left = room.ledger.append, [act]

    async def raced(*drafts: Draft) -> tuple[Entry, ...]:
        if left and any(draft.body.kind == kind for draft in drafts):
            await left.pop()()
        return await append(*drafts)

    room.ledger.append = raced  # type: ignore[method-assign]
