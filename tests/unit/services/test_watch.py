"""The session watch: a fixed rate, both edges, and nothing lost while the ledger or the trader is away."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from bot.daybook import report_of
from bot.domain.day import DayRecord, Provenance
from bot.domain.entry import ClearanceGranted, DayClosed, Draft, SessionOpened
from bot.domain.metrics import BUILD, LEADER, PROCESS_START
from bot.domain.people import BOT, INSIDE
from bot.domain.policy import Policy
from bot.domain.sample import MetricType, Reading, Sample, Series, Source
from bot.domain.session import Session
from bot.domain.streak import Streak
from bot.domain.verdict import Verdict
from bot.errors import PrometheusUnreachable, TraderUnreachable
from bot.meter import NoMeter
from bot.services.lapse import lapse_forgotten
from bot.services.watch import Watch
from tests.support.clock import ManualClock
from tests.support.evidence import OPENS, gauge
from tests.support.fakes import FickleLedger, ListCalendar, World, healthy, sessions, world
from tests.support.inline_executor import InlineExecutor

(SESSION,) = sessions(1)
POLICY = Policy.model_validate({"max_gap": "3s", "alerts": {"interval": "5s"}})


class Counting(NoMeter):
    """A meter that counts."""

    def __init__(self) -> None:
        self.samples = self.misses = 0
        self.breaches: list[str] = []

    def sampled(self, trader: str) -> None:
        """Count a scrape."""
        self.samples += 1

    def missed(self, trader: str) -> None:
        """Count a missed one."""
        self.misses += 1

    def breached(self, trader: str, criterion: str) -> None:
        """Remember a breach."""
        self.breaches.append(criterion)


@pytest.fixture
def room() -> World:
    """A desk ten seconds before its only session."""
    return world(ManualClock(OPENS - timedelta(seconds=10)), ListCalendar((SESSION,)), policy=POLICY)


@asynccontextmanager
async def watching(
    room: World, meter: NoMeter | None = None, before_open: Any = None, phase: float = 0.0
) -> AsyncIterator[Watch]:
    """Watch for as long as the context lasts."""

    async def lapse(trader: Any, session: Session) -> None:
        await lapse_forgotten(room.desk, trader, session)

    asyncio.get_running_loop().set_default_executor(InlineExecutor())
    watch = Watch(room.desk, room.trader_desk, before_open or lapse, meter or NoMeter(), phase)
    task = asyncio.create_task(watch.run())
    try:
        yield watch
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(room: World, seconds: float) -> None:
    """Let time pass until so many seconds after the open of the first session."""
    await room.clock.advance((OPENS + timedelta(seconds=seconds) - room.clock.now()).total_seconds())


async def samples(room: World, source: Source = Source.BOT) -> list[Sample]:
    """Return what is stored of the first session."""
    return [sample for sample in await room.ledger.samples("orb", SESSION.date) if sample.source is source]


def said(room: World, kind: str) -> list[Any]:
    """Return the notices of one kind that were queued."""
    notices = [body.announcement.notice for body in room.ledger.of_kind("message_queued")]
    return [notice for notice in notices if notice.kind == kind]


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
        ["session_opened", "message_queued", *tested, *["samples_sealed"] * seals, "session_ended"] for seals in (1, 2)
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


@pytest.mark.parametrize("step", [-3600.0, -37.0, -2.0, 2.0, 37.0, 3600.0])
@pytest.mark.parametrize("at", [-1.0, 20.0, 59.2])
async def test_a_step_of_the_wall_clock_neither_opens_nor_hides_a_gap(room: World, step: float, at: float) -> None:
    """A session that is watched is counted on the monotonic clock: before its open, in it and over its close."""
    begun = room.clock.monotonic()
    async with watching(room):
        await until(room, at)
        room.clock.step_wall(step)
        await room.clock.advance(70.0 - (room.clock.monotonic() - begun))
        assert len(room.ledger.of_kind("session_ended")) == 0
        await room.clock.advance(2.0)
        stored = await samples(room)
    assert {round((b.at - a.at).total_seconds(), 3) for a, b in pairwise(stored)} == {1.0}
    assert stored[0].at < OPENS
    assert len([sample for sample in stored if sample.at >= SESSION.closes]) == 1
    assert len(room.ledger.of_kind("session_opened")) == len(room.ledger.of_kind("session_ended")) == 1
    assert [body.criterion for body in room.ledger.of_kind("watch_breached")] == ["clock"]
    assert [notice.criterion for notice in said(room, "watch_change")] == ["clock"]


async def test_a_missing_gap_is_not_hidden_by_a_step_of_the_wall_clock(room: World) -> None:
    """A clock set back while the trader was away would make the samples look as if nothing was missing."""
    async with watching(room):
        await until(room, 20)
        room.trader.trouble["scrape"] = TraderUnreachable("No answer.")
        await room.clock.advance(10.0)
        room.clock.step_wall(-10.0)
        room.trader.trouble.clear()
        await room.clock.advance(60.0)
    times = [sample.at for sample in await samples(room)]
    assert max(later - earlier for earlier, later in pairwise(times)) == timedelta(seconds=11)
    assert "coverage" in [body.criterion for body in room.ledger.of_kind("watch_breached")]


@pytest.mark.parametrize("step", [-5.0, -2.0, 2.0, 5.0])
async def test_a_step_of_the_wall_clock_before_a_session_moves_its_open(step: float) -> None:
    """Nothing is counted yet, so the clock that was set right is the one that counts, at once."""
    room = world(ManualClock(OPENS - timedelta(seconds=60)), ListCalendar((SESSION,)), policy=POLICY)
    async with watching(room):
        await until(room, -20.4)
        room.clock.step_wall(step)
        await until(room, 75)
    stored = await samples(room)
    assert stored[0].at < OPENS
    assert {round((b.at - a.at).total_seconds(), 3) for a, b in pairwise(stored)} == {1.0}
    assert room.ledger.of_kind("watch_breached") == []


@pytest.mark.parametrize("step", [-1.0, -330.0, -3600.0])
async def test_a_wall_clock_set_back_after_a_session_does_not_watch_it_again(step: float) -> None:
    """Nor the one before it: what was counted to its end is over."""
    days = sessions(3, apart=300.0)
    room = world(ManualClock(OPENS - timedelta(seconds=10)), ListCalendar(days), policy=POLICY)
    async with watching(room):
        await until(room, 375)
        assert [body.session.date for body in room.ledger.of_kind("session_ended")] == [days[0].date, days[1].date]
        room.clock.step_wall(step)
        await room.clock.advance(100.0)
        assert len(room.ledger.of_kind("session_opened")) == 2
        await until(room, 675)
    assert [body.session.date for body in room.ledger.of_kind("session_ended")] == [day.date for day in days]


async def test_a_slow_trader_delays_no_other(room: World) -> None:
    """Each has its own beat: what one answers late costs the other nothing."""
    quick = world(room.clock, ListCalendar((SESSION,)), policy=POLICY)
    room.trader.takes["scrape"] = 2.9
    async with watching(room), watching(quick):
        await until(room, 75)
    times = [sample.at for sample in await samples(quick)]
    assert {round((b - a).total_seconds(), 3) for a, b in pairwise(times)} == {1.0}
    assert {round((b.at - a.at).total_seconds(), 3) for a, b in pairwise(await samples(room))} == {3.0}


async def test_a_ledger_that_takes_its_time_costs_no_sample(room: World) -> None:
    """Facts are recorded beside the scrapes, and samples are stored beside them."""

    async def slowly(*drafts: Draft) -> Any:
        await room.clock.sleep(4.0)
        return await FickleLedger.append(room.ledger, *drafts)

    async with watching(room):
        await until(room, 10)
        room.ledger.append = slowly  # type: ignore[method-assign]
        room.trader.readings[LEADER] = gauge(0.0)
        await until(room, 20)
        assert len(room.ledger.of_kind("watch_breached")) == 1
        await until(room, 90)
    times = [sample.at for sample in await samples(room)]
    assert {round((b - a).total_seconds(), 3) for a, b in pairwise(times)} == {1.0}


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


async def test_a_breach_and_its_end_are_told_while_they_happen(room: World) -> None:
    """Each with the message that tells of it, in one transaction, once."""
    meter = Counting()
    async with watching(room, meter):
        await until(room, 10)
        room.trader.readings[LEADER] = gauge(0.0)
        await until(room, 15)
        room.trader.readings[LEADER] = gauge(1.0)
        await until(room, 20)
        beside = ("session_opened", "command_started", "self_tested", "command_finished", "samples_sealed")
        kinds = [kind for kind in room.ledger.kinds() if kind not in beside]
        assert kinds[1:] == ["watch_breached", "message_queued", "watch_recovered", "message_queued"]
    breach, recovered = room.ledger.of_kind("watch_breached")[0], room.ledger.of_kind("watch_recovered")[0]
    assert (breach.criterion, breach.verdict, recovered.seconds) == ("leader", "FAIL", 5.0)
    assert [notice.recovered for notice in said(room, "watch_change")] == [False, True]
    assert meter.breaches == ["leader"]


async def test_a_trader_out_of_sight_is_a_breach_of_coverage(room: World) -> None:
    """Longer than the largest gap, and told once; samples go on when it answers again."""
    meter = Counting()
    async with watching(room, meter) as watch:
        await until(room, 10)
        room.trader.trouble["scrape"] = TraderUnreachable("No answer.")
        await until(room, 20)
        assert not watch.health().ok
        del room.trader.trouble["scrape"]
        await until(room, 22)
        assert watch.health().ok
    breach = room.ledger.of_kind("watch_breached")[0]
    assert (breach.criterion, breach.verdict, breach.detail) == ("coverage", "INCONCLUSIVE", "No answer.")
    assert len(room.ledger.of_kind("watch_breached")) == len(room.ledger.of_kind("watch_recovered")) == 1
    assert meter.misses == pytest.approx(10, abs=1)


async def test_nothing_is_told_outside_of_the_session(room: World) -> None:
    """A trader that is not leader before the open breaks nothing."""
    room.trader.readings[LEADER] = gauge(0.0)
    async with watching(room):
        await until(room, -0.6)
        room.trader.readings[LEADER] = gauge(1.0)
        await until(room, 5)
    assert room.ledger.of_kind("watch_breached") == []


async def test_samples_are_stored_within_two_seconds(room: World) -> None:
    """What was read at any moment is on disk two seconds later."""
    async with watching(room):
        await until(room, 30)
        newest = (await samples(room))[-1].at
        assert room.clock.now() - newest <= timedelta(seconds=2)


async def test_nothing_is_lost_while_the_ledger_is_away(room: World) -> None:
    """Samples and breaches wait in memory, which the health says, and are stored in order, once, when it is back."""
    async with watching(room) as watch:
        await until(room, 10)
        room.ledger.away = True
        room.trader.readings[LEADER] = gauge(0.0)
        await until(room, 15)
        room.trader.readings[LEADER] = gauge(1.0)
        await until(room, 30)
        assert "samples wait in memory: " in watch.health().detail
        assert not watch.health().ok
        room.ledger.away = False
        await until(room, 75)
    times = [sample.at for sample in await samples(room)]
    assert {round((b - a).total_seconds(), 3) for a, b in pairwise(times)} == {1.0}
    changes = [kind for kind in room.ledger.kinds() if kind.startswith("watch_")]
    assert changes == ["watch_breached", "watch_recovered"]


async def test_a_stop_while_the_ledger_is_away_says_what_is_lost(room: World, caplog: pytest.LogCaptureFixture) -> None:
    """Nobody holds the samples after it; Prometheus may."""
    async with watching(room):
        await until(room, 10)
        room.ledger.away = True
        await until(room, 15)
    assert caplog.text.count("the last samples of orb are lost") == 1


async def test_a_ledger_away_at_the_open_and_the_start_delays_only_the_record(room: World) -> None:
    """The watch scrapes all the same, and the open is recorded as soon as it can be."""
    room.ledger.away = True
    async with watching(room):
        await until(room, 20)
        room.ledger.away = False
        await until(room, 22)
        assert len(room.ledger.of_kind("session_opened")) == 1
        assert said(room, "bot_returned") == []
        assert (await samples(room))[0].at < OPENS


async def test_a_ledger_away_at_the_close_loses_no_sample(room: World) -> None:
    """The end waits for the ledger, with everything that was read."""
    async with watching(room):
        await until(room, 50)
        room.ledger.away = True
        await until(room, 90)
        room.ledger.away = False
        await until(room, 92)
    assert (await samples(room))[-1].at >= SESSION.closes
    assert room.ledger.kinds()[-2:] == ["samples_sealed", "session_ended"]


async def test_a_ledger_that_stays_away_is_given_up(room: World, caplog: pytest.LogCaptureFixture) -> None:
    """After ten minutes the watch goes on to the next session, and the log says what was lost."""
    async with watching(room):
        await until(room, 50)
        room.ledger.away = True
        with caplog.at_level(logging.ERROR):
            await until(room, 700)
    assert "the last samples of orb could not be stored" in caplog.text


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


async def test_a_restart_of_the_trader_stands_on_the_day(room: World) -> None:
    """Another start time between two samples is recorded and told, once, whatever the criteria say."""
    async with watching(room):
        await until(room, 20)
        room.trader.readings[PROCESS_START] = gauge(1_800_000_000.0)
        await until(room, 25)
        assert room.ledger.of_kind("trader_restarted") == []
        room.trader.readings[PROCESS_START] = gauge(1_800_000_025.0)
        await until(room, 40)
    (restart,) = room.ledger.of_kind("trader_restarted")
    assert restart.at - restart.last_seen == timedelta(seconds=1)
    assert [notice.at for notice in said(room, "trader_restart_seen")] == [restart.at]


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


async def test_a_wall_clock_that_lags_does_not_watch_a_session_twice(room: World) -> None:
    """Slewed by a second, the host's clock still shows the session when the watch has counted to its end."""
    async with watching(room):
        await until(room, 20)
        room.clock.step_wall(-1.0)
        await room.clock.advance(60.0)
    assert said(room, "bot_returned") == []
    assert len(room.ledger.of_kind("session_ended")) == 1


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


def built(build: str) -> Reading:
    """Return an info metric."""
    return Reading(MetricType.GAUGE, (Series(f'{{revision="{build}"}}', 1.0),))


async def grant(room: World, provenance: Provenance) -> None:
    """Grant a clearance as a close would have."""
    body = ClearanceGranted(streak=Streak(passed=3, required=3, cleared=True), provenance=provenance)
    at = room.clock.now()
    await room.ledger.append(Draft(at=at, body=body, actor=BOT, origin=INSIDE, trader="orb", day=SESSION.date))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda room: room.trader.readings.update({BUILD: built("b2")}), "the trader's build changed"),
        (lambda room: setattr(room.alerts, "digest", "e"), "the alert rules file changed"),
    ],
)
async def test_a_new_build_or_rules_file_revokes_the_clearance_at_the_open(
    change: Callable[[World], None], why: str
) -> None:
    """Recorded with the open, and announced."""
    room = world(ManualClock(OPENS), ListCalendar((SESSION,)), policy=POLICY, prometheus=True)
    room.trader.readings[BUILD] = built("b1")
    await grant(room, Provenance(build="b1", policy=POLICY.digest, rules="d"))
    change(room)
    async with watching(room):
        await until(room, 5)
    assert room.ledger.of_kind("clearance_revoked")[0].why == why
    assert [notice.why for notice in said(room, "revoked")] == [why]


async def test_the_same_or_an_unknown_build_revokes_nothing() -> None:
    """A trader that does not say what it is at the open is no new build yet."""
    room = world(ManualClock(OPENS), ListCalendar((SESSION,)), policy=POLICY)
    await grant(room, Provenance(build="b1", policy=POLICY.digest, rules=""))
    async with watching(room):
        await until(room, 5)
    assert room.ledger.of_kind("clearance_revoked") == []
    assert len(room.ledger.of_kind("session_opened")) == 1


async def test_a_build_that_only_ready_names_counts_too() -> None:
    """Some traders have no info metric."""
    room = world(ManualClock(OPENS), ListCalendar((SESSION,)), policy=POLICY)
    room.trader.says_ready = {"ready": True, "build": "b2"}
    await grant(room, Provenance(build="b1", policy=POLICY.digest, rules=""))
    async with watching(room):
        await until(room, 5)
    assert room.ledger.of_kind("clearance_revoked")[0].why == "the trader's build changed"


async def test_a_session_that_nobody_closed_lapses_at_the_next_open() -> None:
    """It is INCONCLUSIVE at best, once, before the new session is opened; earlier closes in between hide nothing."""
    days = sessions(3, apart=100.0)
    room = world(ManualClock(OPENS - timedelta(seconds=5)), ListCalendar(days), policy=POLICY)
    async with watching(room):
        await until(room, 190)
        at = room.clock.now()
        record = DayRecord(session=days[1], verdict=Verdict.INCONCLUSIVE, criteria=())
        assert len(room.ledger.of_kind("day_closed")) == 1
        key = f"day_closed:orb:{days[1].date}"
        body = DayClosed(record=record)
        await room.ledger.append(
            Draft(at=at, body=body, actor=BOT, origin=INSIDE, trader="orb", day=days[1].date, key=key)
        )
        await until(room, 275)
    closed = [(body.record.day, body.record.lapsed) for body in room.ledger.of_kind("day_closed")]
    assert closed == [(days[0].date, True), (days[1].date, False)]
    kinds = room.ledger.kinds()
    assert kinds.index("day_closed") < [i for i, kind in enumerate(kinds) if kind == "session_opened"][1]


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


async def test_a_start_in_the_last_second_still_records_the_open(room: World) -> None:
    """However late the bot comes, the day has its open and its end."""
    await until(room, 59.5)
    async with watching(room):
        await until(room, 70)
    assert len(room.ledger.of_kind("session_opened")) == len(room.ledger.of_kind("session_ended")) == 1
    assert isinstance(room.ledger.of_kind("session_opened")[0], SessionOpened)
