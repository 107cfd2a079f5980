"""A watch that begins again in a session, and Prometheus, which fills what it left unseen."""

from datetime import timedelta
from itertools import pairwise

import pytest

from bot.daybook import report_of
from bot.domain.entry import SessionOpened
from bot.domain.metrics import LEADER
from bot.domain.sample import Sample, Source
from bot.errors import PrometheusUnreachable
from tests.support.clock import ManualClock
from tests.support.evidence import OPENS, gauge
from tests.support.fake_trader import healthy
from tests.support.fakes import ListCalendar, World, world
from tests.support.watched_room import POLICY, SESSION, said, samples, until, watching


async def test_a_restart_in_session_says_how_long_it_was_blind(room: World) -> None:
    """The open is recorded once; the second run says that it is back, and what was missed."""
    async with watching(room):
        await until(room, 20)
    await room.clock.advance(10.0)
    async with watching(room):
        await until(room, 75)
    assert len(room.ledger.of_kind("session_opened")) == len(room.ledger.of_kind("session_ended")) == 1
    (notice,) = said(room, "bot_returned")
    assert notice.detail.startswith("It read nothing for 10")
    assert notice.detail.endswith("That is longer than the 3 s that may be missing.")
    (hole,) = [body for body in room.ledger.of_kind("watch_breached") if body.criterion == "coverage"]
    report = await report_of(room.desk, room.trader_desk, SESSION)
    assert [(r.verdict, r.detail) for r in report.criteria if r.id == "leader"] == [("INCONCLUSIVE", hole.detail)]


def kept_by_prometheus(*seconds: float) -> list[Sample]:
    """Return what a Prometheus read of a healthy trader so many seconds after the open."""
    return [Sample(OPENS + timedelta(seconds=at), healthy(), Source.PROMETHEUS) for at in seconds]


@pytest.fixture
def scraped() -> World:
    """The same desk, with a Prometheus."""
    clock = ManualClock(OPENS - timedelta(seconds=10))
    return world(clock, ListCalendar((SESSION,)), policy=POLICY, prometheus=True)


async def test_prometheus_fills_what_a_restart_left_unseen(scraped: World) -> None:
    """The hole is filled as soon as the bot is back; the thread says so, and no breach stands on the day."""
    scraped.history.kept = kept_by_prometheus(*range(-60, 75))
    async with watching(scraped):
        await until(scraped, 20)
    await scraped.clock.advance(10.0)
    async with watching(scraped):
        await until(scraped, 75)
    (notice,) = said(scraped, "bot_returned")
    assert notice.detail.endswith("It read nothing for 10.5 s of the session. Prometheus filled it with 10 samples.")
    (filled,) = scraped.ledger.of_kind("holes_filled")
    assert (filled.holes, filled.seconds, filled.samples, filled.trouble) == (1, 10.5, 10, None)
    assert scraped.ledger.of_kind("watch_breached") == []
    samples = await scraped.ledger.samples("orb", SESSION.date)
    assert {s.at for s in samples if s.source is Source.PROMETHEUS} == {
        OPENS + timedelta(seconds=at) for at in range(20, 30)
    }


async def test_what_prometheus_has_not_stays_a_hole(scraped: World) -> None:
    """Half a hole filled is told as such, and is a breach of coverage for the other half."""
    scraped.history.kept = kept_by_prometheus(*range(20, 24))
    async with watching(scraped):
        await until(scraped, 20)
    await scraped.clock.advance(10.0)
    async with watching(scraped):
        await until(scraped, 75)
    (notice,) = said(scraped, "bot_returned")
    assert "Prometheus filled it with 4 samples. 7 s of it stay unseen, longer than the 3 s" in notice.detail
    (hole,) = [body for body in scraped.ledger.of_kind("watch_breached") if body.criterion == "coverage"]
    (over,) = [body for body in scraped.ledger.of_kind("watch_recovered") if body.criterion == "coverage"]
    assert (hole.verdict, over.seconds) == ("INCONCLUSIVE", 7.0)


async def test_a_prometheus_that_is_away_fills_nothing(scraped: World) -> None:
    """It says why, and goes on."""
    scraped.history.trouble = PrometheusUnreachable("Prometheus did not answer; see whether it runs")
    async with watching(scraped):
        await until(scraped, 20)
    await scraped.clock.advance(10.0)
    async with watching(scraped):
        await until(scraped, 75)
    (notice,) = said(scraped, "bot_returned")
    assert "could not fill it: Prometheus did not answer; see whether it runs. That is longer" in notice.detail


async def test_a_watch_that_began_late_says_so_and_asks_prometheus(scraped: World) -> None:
    """A first start in the session leaves a hole too: from before the open."""
    scraped.history.kept = kept_by_prometheus(*range(-60, 60))
    await scraped.clock.advance(30.0)
    async with watching(scraped):
        await until(scraped, 40)
    (notice,) = said(scraped, "bot_returned")
    assert notice.detail == "The watch began 20 s after the open. Prometheus filled it with 22 samples."


async def test_a_quick_restart_is_told_without_alarm(room: World) -> None:
    """A hole within the largest gap is only mentioned."""
    async with watching(room):
        await until(room, 20)
    async with watching(room):
        await until(room, 25)
    (notice,) = said(room, "bot_returned")
    assert "longer" not in notice.detail


async def test_a_breach_survives_a_restart(room: World) -> None:
    """What was told before the restart is not told again; its end is."""
    room.trader.readings[LEADER] = gauge(0.0)
    async with watching(room):
        await until(room, 10)
    async with watching(room):
        await until(room, 15)
        room.trader.readings[LEADER] = gauge(1.0)
        await until(room, 20)
    assert len(room.ledger.of_kind("watch_breached")) == len(room.ledger.of_kind("watch_recovered")) == 1


async def test_a_start_after_a_root_message_does_not_repeat_it(room: World) -> None:
    """A reminder before the open may have made the day's root message already."""
    from bot.daybook import card_of, root_key, say  # noqa: PLC0415 - only this test queues it by hand

    card = await card_of(room.desk, room.trader_desk, SESSION)
    key = root_key("orb", SESSION.date)
    await room.ledger.append(say(card, key=key, trader="orb", at=room.clock.now(), day=SESSION.date))
    async with watching(room):
        await until(room, 5)
    assert len(said(room, "day_card")) == 1
    assert len(room.ledger.of_kind("session_opened")) == 1


async def test_a_crash_in_a_session_begins_the_watch_again(room: World, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever broke is logged and shows in its health for a minute; a second later samples come again."""
    async with watching(room) as watch:
        await until(room, 10)
        room.trader.trouble["scrape"] = RuntimeError("a bug")
        await room.clock.advance(1.0)
        room.trader.trouble.clear()
        await until(room, 12)
        assert not watch.health().ok
        await until(room, 75)
        assert watch.health().ok
    assert "the watch of orb broke off" in caplog.text
    times = [sample.at for sample in await samples(room)]
    assert max(b - a for a, b in pairwise(times)) < timedelta(seconds=3)
    assert len(room.ledger.of_kind("session_ended")) == 1


async def test_a_crash_in_a_session_loses_no_fact(room: World) -> None:
    """What had happened and was not on record yet is recorded before the watch begins again."""
    async with watching(room):
        await until(room, 10)
        room.ledger.away = True
        room.trader.readings[LEADER] = gauge(0.0)
        await until(room, 12.6)

        async def mended_and_broken() -> None:
            room.ledger.away = False
            room.trader.effects.clear()
            raise RuntimeError("a bug")

        room.trader.effects["scrape"] = mended_and_broken
        await until(room, 30)
    assert [body.at for body in room.ledger.of_kind("watch_breached")] == [OPENS + timedelta(seconds=10.5)]


async def test_a_start_in_the_last_second_still_records_the_open(room: World) -> None:
    """However late the bot comes, the day has its open and its end."""
    await until(room, 59.5)
    async with watching(room):
        await until(room, 70)
    assert len(room.ledger.of_kind("session_opened")) == len(room.ledger.of_kind("session_ended")) == 1
    assert isinstance(room.ledger.of_kind("session_opened")[0], SessionOpened)
