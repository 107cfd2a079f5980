"""A session as a watch, a drill and a flatten left it on record, for a close to judge."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.domain.day import Provenance
from bot.domain.entry import (
    Body,
    Draft,
    DrillMeasured,
    FlattenMeasured,
    SessionEnded,
    SessionOpened,
)
from bot.domain.metrics import BUILD, LEADER
from bot.domain.people import BOT, INSIDE
from bot.domain.policy import Policy
from bot.domain.sample import MetricType, Reading, Series, Source
from bot.domain.session import Session
from tests.support.evidence import clean_drill, clean_flatten, clean_looks, clean_samples, gauge, with_reading
from tests.support.fakes import World

POLICY = Policy()


async def live(
    desk: World,
    session: Session,
    *,
    leader: float = 1.0,
    build: str = "",
    ended: bool = True,
    opened: bool = True,
    unseen: slice = slice(0),
) -> None:
    """Let a session pass as a watch, a drill and a flatten record it, and stand two seconds after its close."""
    samples = clean_samples(session, POLICY)
    desk.history.kept = [replace(sample, source=Source.PROMETHEUS) for sample in samples]
    del samples[unseen]
    samples[40] = with_reading(samples[40], LEADER, gauge(leader))
    if build:
        info = Reading(MetricType.GAUGE, (Series(f'{{revision="{build}"}}', 1.0),))
        samples = [with_reading(sample, BUILD, info) for sample in samples]
    await desk.ledger.store_samples("orb", session.date, [*samples, *clean_looks(session, POLICY)])
    provenance = Provenance(build=build, policy=POLICY.digest, rules="d")
    if opened:
        await record(desk, session, SessionOpened(session=session, number=1, required=3, provenance=provenance))
    await record(desk, session, DrillMeasured(run=clean_drill(session, seconds=20)))
    await record(desk, session, FlattenMeasured(timing=clean_flatten(session, seconds=25)))
    if ended:
        await record(desk, session, SessionEnded(session=session))
    await stand_after(desk, session)


async def record(desk: World, session: Session, body: Body) -> None:
    """Append what a service would."""
    await desk.ledger.append(
        Draft(at=session.opens, body=body, actor=BOT, origin=INSIDE, trader="orb", day=session.date)
    )


async def stand_after(desk: World, session: Session) -> None:
    """Let time pass until two seconds after a close."""
    await desk.clock.advance((session.closes + timedelta(seconds=2) - desk.clock.now()).total_seconds())


def announced(desk: World, kind: str) -> list[Any]:
    """Return the announcements of one kind that were queued."""
    queued = [body.announcement for body in desk.ledger.of_kind("message_queued")]
    return [announcement for announcement in queued if announcement.notice.kind == kind]
