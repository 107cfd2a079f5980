"""The session watch: a fixed rate and both edges, whoever is slow."""

from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from bot.domain.sample import Source
from bot.domain.session import Session
from bot.errors import PrometheusUnreachable, TraderUnreachable
from tests.support.clock import ManualClock
from tests.support.evidence import OPENS
from tests.support.fakes import ListCalendar, World, world
from tests.support.watched_room import POLICY, SESSION, Counting, samples, until, watching


async def test_samples_come_on_the_beat_from_before_the_open_until_after_the_close(room: World) -> None:
    """Both edges have a sample on each side, and the rate is the policy's."""
    meter = Counting()
    async with watching(room, meter) as watch:
        assert watch.health().detail == "between sessions"
        await until(room, 30)
        assert watch.health().ok
        await until(room, 75)
    times = [sample.at for sample in await samples(room)]
    assert times[0] < OPENS
    assert times[-1] >= SESSION.closes
    assert {round((b - a).total_seconds(), 3) for a, b in pairwise(times)} == {1.0}
    assert (meter.samples, meter.misses) == (len(times), 0)
    assert sum(at >= SESSION.closes for at in times) == 1


async def test_a_trader_of_another_phase_is_read_between_the_others(room: World) -> None:
    """Its samples come a part of an interval later; both edges are covered, and all is stored every second."""
    async with watching(room, phase=0.75):
        await until(room, 30.5)
        stored = await room.ledger.samples("orb", SESSION.date)
        assert (OPENS + timedelta(seconds=30.5) - stored[-1].at).total_seconds() <= 2
        await until(room, 75)
    samples = await room.ledger.samples("orb", SESSION.date)
    assert {(sample.at - OPENS) % timedelta(seconds=1) for sample in samples} == {timedelta(seconds=0.25)}
    assert samples[1].at < OPENS
    assert samples[-1].at >= SESSION.closes


async def test_both_edges_are_recorded_once(room: World) -> None:
    """Opened with number and provenance, the day's root message, ended; samples are sealed before the end."""
    async with watching(room):
        await until(room, 75)
    tested = ["command_started", "self_tested", "command_finished"]
    assert room.ledger.kinds() in [
        ["session_opened", "streak_counted", "message_queued", *tested, *["samples_sealed"] * seals, "session_ended"]
        for seals in (1, 2)
    ]
    opened = room.ledger.of_kind("session_opened")[0]
    assert (opened.number, opened.required, opened.provenance.policy) == (1, 3, POLICY.digest)
    assert room.ledger.of_kind("message_queued")[0].announcement.placement == "root"
    assert sum(seal.count for seal in room.ledger.of_kind("samples_sealed")) == len(await samples(room))


async def test_an_overrun_is_a_missed_sample_and_no_pile_up(room: World) -> None:
    """A scrape of 2.5 s costs two beats; the next one starts on a beat, never two at once."""
    meter = Counting()
    async with watching(room, meter):
        await until(room, 10)
        before = meter.samples
        room.trader.takes["scrape"] = 2.5
        await until(room, 40)
        del room.trader.takes["scrape"]
        assert meter.samples - before == pytest.approx(10, abs=1)
        assert meter.misses == pytest.approx(20, abs=2)
        await until(room, 75)
    beats = {round((sample.at - OPENS).total_seconds() % 1.0, 3) for sample in await samples(room)}
    assert beats <= {0.5}


async def test_a_slow_trader_delays_no_other(room: World) -> None:
    """Each has its own beat: what one answers late costs the other nothing."""
    quick = world(room.clock, ListCalendar((SESSION,)), policy=POLICY)
    room.trader.takes["scrape"] = 2.9
    async with watching(room), watching(quick):
        await until(room, 75)
    times = [sample.at for sample in await samples(quick)]
    assert {round((b - a).total_seconds(), 3) for a, b in pairwise(times)} == {1.0}
    assert {round((b.at - a.at).total_seconds(), 3) for a, b in pairwise(await samples(room))} == {3.0}


@pytest.mark.parametrize(("away", "last"), [(61.6, 62), (70.0, 58)])
async def test_a_trader_away_at_the_close_is_asked_until_a_gap_would_be_too_long(
    room: World, away: float, last: int
) -> None:
    """A sample after the close covers that edge as long as it comes in time; then the session has ended."""
    async with watching(room):
        await until(room, 59)
        room.trader.trouble["scrape"] = TraderUnreachable("No answer.")
        await until(room, away)
        room.trader.trouble.clear()
        await until(room, 80)
    assert len(room.ledger.of_kind("session_ended")) == 1
    assert int(((await samples(room))[-1].at - OPENS).total_seconds()) == last


async def test_samples_are_stored_within_two_seconds(room: World) -> None:
    """What was read at any moment is on disk two seconds later."""
    async with watching(room):
        await until(room, 30)
        newest = (await samples(room))[-1].at
        assert room.clock.now() - newest <= timedelta(seconds=2)


async def test_alert_rules_are_looked_at_beside_the_scrapes() -> None:
    """Looks are samples of their own source; one that fails leaves a gap, and no scrape waits for it."""
    room = world(ManualClock(OPENS), ListCalendar((SESSION,)), policy=POLICY, prometheus=True)
    async with watching(room):
        await until(room, 20)
        room.alerts.trouble = PrometheusUnreachable("No answer.")
        await until(room, 30)
        room.alerts.trouble = None
        await until(room, 75)
    looks = [round((sample.at - OPENS).total_seconds()) for sample in await samples(room, Source.ALERTS)]
    assert looks[:5] == [0, 5, 10, 15, 20]
    assert looks[5] == 30 or looks[5] == 35
    times = [sample.at for sample in await samples(room)]
    assert {round((b - a).total_seconds(), 3) for a, b in pairwise(times)} == {1.0}


async def test_a_calendar_at_its_end_is_asked_again(caplog: pytest.LogCaptureFixture) -> None:
    """No session to come is said in the log; the watch waits for a longer calendar."""
    later = Session(date=SESSION.date, opens=OPENS + timedelta(hours=1), closes=OPENS + timedelta(hours=2))
    calendar: dict[str, tuple[Session, ...]] = {"sessions": ()}

    class Growing(ListCalendar):
        def current(self, at: datetime) -> Session | None:
            return ListCalendar(calendar["sessions"]).current(at)

        def following(self, at: datetime) -> Session | None:
            return ListCalendar(calendar["sessions"]).following(at)

    room = world(ManualClock(OPENS), Growing(()), policy=POLICY)
    async with watching(room):
        await until(room, 5)
        assert "holds no session" in caplog.text
        calendar["sessions"] = (later,)
        await until(room, 3605)
        assert room.trader.asked.count("scrape") > 3
