"""A burn-in that is cleared on evidence, over any ledger, with somebody who signs what comes of it."""

from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import Any

from securesystemslib.dsse import Envelope
from securesystemslib.signer import CryptoSigner, SSlibKey

from bot.closing import close_day
from bot.domain.entry import (
    AlertsMeasured,
    Body,
    Draft,
    DrillMeasured,
    Entry,
    FlattenMeasured,
    ReconcileMeasured,
    SelfTested,
    SessionEnded,
)
from bot.domain.metrics import BUILD, LEADER
from bot.domain.people import BOT, INSIDE, Role
from bot.domain.policy import ClearanceTerms, Policy
from bot.domain.sample import MetricType, Reading, Sample, Series
from bot.domain.value import JsonObject
from bot.domain.verdict import Verdict
from bot.errors import NoSigningKey
from bot.ports import Ledger, Signatory
from commands.dispatcher import Outcome
from tests.support.clock import ManualClock
from tests.support.evidence import (
    clean_alerts,
    clean_drill,
    clean_flatten,
    clean_looks,
    clean_reconcile,
    clean_samples,
    clean_self_test,
    gauge,
)
from tests.support.fakes import ASHA, IN_CHANNEL, ListCalendar, World, sessions, world
from tests.support.void_room import BEN, opening

DAYS = sessions(12)
POLICY = Policy()
RULES = sha256(b"groups: []").hexdigest()
BUILD_ID = "0123456789abcdef0123456789abcdef01234567"
FOR_EVER = Policy(clearance=ClearanceTerms(valid=timedelta(days=36_500)))  # for tests that have the real time of day


class OwnKey:
    """A signing key in memory. `broken` is raised at the next signatures, one a try."""

    def __init__(self) -> None:
        self._signer = CryptoSigner.generate_ed25519()
        self.broken: list[BaseException] = []

    @property
    def public(self) -> SSlibKey:
        """What verifies its signatures."""
        key = self._signer.public_key
        assert isinstance(key, SSlibKey)
        return key

    async def keyid(self) -> str:
        """Return the key's id."""
        return self.public.keyid

    async def sign(self, payload_type: str, payload: bytes) -> JsonObject:
        """Sign."""
        if self.broken:
            raise self.broken.pop(0)
        envelope = Envelope(payload, payload_type, {})
        envelope.sign(self._signer)
        return dict(envelope.to_dict())


def no_key() -> NoSigningKey:
    """Return what a signatory raises that has no key."""
    return NoSigningKey("There is no signing key. Make one with `burnin keys init`.")


def certifying_room(ledger: Ledger | None = None, *, key: Signatory | None = None, policy: Policy = POLICY) -> World:
    """Return a desk at the open of the first day: a Prometheus, a rules file, and a key to sign with."""
    room = world(ManualClock(DAYS[0].opens), ListCalendar(DAYS), policy=policy, prometheus=True)
    room.alerts.digest = RULES
    trader = replace(room.trader_desk, environment="paper", calendar_name="XBOM")
    room.desk = replace(room.desk, traders={trader.name: trader}, signatory=key or OwnKey())
    if ledger is not None:
        room.ledger, room.desk = ledger, replace(room.desk, ledger=ledger)  # type: ignore[assignment]
    return room


async def live_day(room: World, day: int, *, build: str = BUILD_ID, leader: float = 1.0) -> Verdict | None:
    """Let a day pass from before its open to its close, on evidence that is good but for the leader; close it."""
    session, policy = DAYS[day], room.trader_desk.policy
    await room.clock.advance(max((session.opens - room.clock.now()).total_seconds(), 0.0))
    info = Reading(MetricType.GAUGE, (Series(f'{{revision="{build}"}}', 1.0),) if build else ())
    read = [_with(sample, {BUILD: info, LEADER: gauge(leader)}) for sample in clean_samples(session, policy)]
    await opening(room, day, build)
    await room.desk.ledger.store_samples("orb", session.date, [*read, *clean_looks(session, policy)])
    await on_day(room, day, DrillMeasured(run=clean_drill(session, seconds=20)))
    await on_day(room, day, FlattenMeasured(timing=clean_flatten(session, seconds=25)))
    await on_day(room, day, SessionEnded(session=session))
    await room.clock.advance((session.closes + timedelta(minutes=1) - room.clock.now()).total_seconds())
    await room.desk.ledger.seal_samples(room.clock.now(), "orb", session.date)
    await on_day(room, day, ReconcileMeasured(run=clean_reconcile(session)))
    await on_day(room, day, AlertsMeasured(history=clean_alerts().model_copy(update={"rules_digest": RULES})))
    await on_day(room, day, SelfTested(run=clean_self_test(session.opens)))
    closing = await close_day(room.desk, room.trader_desk, session, ASHA, IN_CHANNEL)
    await room.desk.ledger.append(*closing.drafts)
    return closing.report.verdict


def _with(sample: Sample, readings: dict[str, Reading]) -> Sample:
    return Sample(sample.at, {**sample.readings, **readings}, sample.source)


async def on_day(room: World, day: int, body: Body) -> None:
    """Append what somebody else would."""
    at = min(room.clock.now(), DAYS[day].closes)
    await room.desk.ledger.append(Draft(at=at, body=body, actor=BOT, origin=INSIDE, trader="orb", day=DAYS[day].date))


async def cleared_room(ledger: Ledger | None = None, *, build: str = BUILD_ID, **fields: Any) -> World:
    """Return a desk a minute after the close of the day that clears it."""
    room = certifying_room(ledger, **fields)
    for day in range(3):
        assert await live_day(room, day, build=build) is Verdict.PASS
    return room


async def sign_off(room: World) -> Outcome:
    """Sign the clearance off as an approver."""
    return await room.ask("signoff", actor=BEN, role=Role.APPROVER)


async def made_void(room: World, day: int) -> None:
    """Make a day void, by two people."""
    asked = await room.ask(f"void {DAYS[day].date} --reason the exchange was down")
    assert asked.outcome == "done"
    request = getattr((await entries_of(room, "void_requested"))[-1].body, "request", 0)
    assert (await room.ask(f"approve {request}", actor=BEN, role=Role.APPROVER)).outcome == "done"


async def entries_of(room: World, kind: str) -> tuple[Entry, ...]:
    """Return the trader's entries of a kind."""
    return await room.desk.ledger.entries(trader="orb", kinds=(kind,))


async def said_of(room: World, kind: str) -> list[Any]:
    """Return the announcements of one kind that were queued."""
    queued = await room.desk.ledger.entries(trader="orb", kinds=("message_queued",))
    told = [getattr(entry.body, "announcement", None) for entry in queued]
    return [announcement for announcement in told if announcement and announcement.notice.kind == kind]
