"""The quick check: one reading against its targets, and what the thread is told of it."""

from datetime import timedelta
from typing import Any

import pytest

from bot.domain.metrics import LEADER, SCAN_TICKS
from bot.domain.people import Role
from bot.domain.results import CheckReport
from bot.domain.sample import Sample
from bot.domain.session import Session
from bot.errors import TraderUnreachable
from tests.support.clock import ManualClock
from tests.support.evidence import OPENS, counter, gauge
from tests.support.fake_trader import healthy
from tests.support.fakes import ListCalendar, World, world


async def test_a_check_takes_two_readings_where_nobody_watches(desk: World) -> None:
    """Ticks must be seen to rise: it reads, waits one interval, and reads again."""

    desk.trader.takes["scrape"] = 0.0
    outcome = await desk.ask("check")
    assert isinstance(outcome.report, CheckReport)
    assert desk.trader.asked.count("scrape") == 2
    assert (outcome.exit_code, outcome.report.verdict) == (3, "INCONCLUSIVE")
    assert outcome.message.startswith("scan_ticks: ")  # the audit trail tells it so
    assert outcome.seconds == pytest.approx(1.0, abs=0.06)


async def test_a_check_compares_with_what_the_watch_read(desk: World) -> None:
    """Where this process watches, a check is one scrape."""
    earlier = Sample(desk.clock.now() - timedelta(seconds=20), {**healthy(), SCAN_TICKS: counter(80.0)})
    desk.desk.recent.put("orb", earlier, timedelta(seconds=60))
    outcome = await desk.ask("check")
    assert (outcome.exit_code, desk.trader.asked.count("scrape")) == (0, 1)


async def test_readings_of_the_last_session_are_too_old_to_compare_with(desk: World) -> None:
    """Ticks since yesterday say nothing about now."""
    earlier = Sample(desk.clock.now() - timedelta(hours=3), {**healthy(), SCAN_TICKS: counter(80.0)})
    desk.desk.recent.put("orb", earlier, timedelta(seconds=60))
    assert (await desk.ask("check")).exit_code == 3


async def test_the_window_keeps_one_reading_that_is_old_enough() -> None:
    """Old samples go as soon as a younger one spans the window; of the others every fifth second's stays."""
    room = world(ManualClock(OPENS), ListCalendar(()))
    for second in range(100):
        room.desk.recent.put("orb", Sample(OPENS + timedelta(seconds=second), {}), timedelta(seconds=60))
    oldest = room.desk.recent.oldest("orb", OPENS)
    assert oldest is not None
    assert oldest.at == OPENS + timedelta(seconds=35)
    younger = room.desk.recent.oldest("orb", OPENS + timedelta(seconds=39))
    assert younger is not None
    assert younger.at == OPENS + timedelta(seconds=40)
    assert room.desk.recent.oldest("gap", OPENS) is None


async def test_a_check_fails_on_a_gauge_off_its_target(desk: World) -> None:
    """Leader 0 is FAIL, whatever else is fine."""
    desk.trader.readings[LEADER] = gauge(0.0)
    outcome = await desk.ask("check")
    assert (outcome.exit_code, outcome.report.verdict) == (1, "FAIL")  # type: ignore[union-attr]


async def test_a_trader_that_is_away_is_one_sentence(desk: World) -> None:
    """Unreachable metrics are exit 5; a `/ready` that is away is shown, and passes nothing."""
    desk.trader.trouble["ready"] = TraderUnreachable("No answer.")
    outcome = await desk.ask("check")
    assert (outcome.exit_code, outcome.report.ready) == (3, {"error": "No answer."})  # type: ignore[union-attr]
    desk.trader.trouble["scrape"] = TraderUnreachable("No answer from the trader.")
    outcome = await desk.ask("check")
    assert (outcome.exit_code, outcome.message) == (5, "No answer from the trader.")


@pytest.mark.parametrize("says", [{"ready": False}, {"status": 503}, {"ready": "yes"}])
async def test_a_trader_that_is_not_ready_passes_no_check(desk: World, says: dict[str, Any]) -> None:
    """Good gauges of a trader that does not say that it is ready are INCONCLUSIVE."""
    desk.trader.says_ready = says
    outcome = await desk.ask("check")
    assert (outcome.exit_code, outcome.report.verdict) == (3, "INCONCLUSIVE")  # type: ignore[union-attr]


async def test_a_check_is_shared_in_the_days_thread(desk: World, days: tuple[Session, ...]) -> None:
    """The table and a file with all rows are queued; the private answer offers it to who may."""
    assert (await desk.ask("check")).hint == "check orb --share"
    assert (await desk.ask("check", role=Role.VIEWER)).hint == ""
    before = len(desk.ledger.of_kind("message_queued"))
    outcome = await desk.ask("check --share")
    assert (outcome.outcome, outcome.hint, outcome.report.shared) == ("done", "", True)  # type: ignore[union-attr]
    said = [queued.announcement for queued in desk.ledger.of_kind("message_queued")[before:]]
    assert [(one.notice.kind, one.placement, one.day) for one in said] == [
        ("command_done", "thread", days[0].date),
        ("rows_file", "thread", days[0].date),
    ]
    assert len(said[1].notice.rows) == len(outcome.report.readings)  # type: ignore[union-attr]


async def test_a_viewer_shares_nothing(desk: World) -> None:
    """Who may only look does not make the bot speak in the channel; nothing is read for it either."""
    outcome = await desk.ask("check --share", role=Role.VIEWER, refusal="Only Asha may.")
    assert (outcome.exit_code, outcome.message, outcome.hint) == (4, "Only Asha may.", "check")
    assert desk.trader.asked == []
    elsewhere = await desk.ask("check --share", role=Role.VIEWER)
    assert elsewhere.message == "Sharing it tells the channel. It needs the role operator."
