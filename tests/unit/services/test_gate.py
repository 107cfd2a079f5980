"""The self-test at the open: recorded, told only where it missed something, and never in the watch's way."""

import asyncio
import logging
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.evidence import ControlRun
from bot.domain.notice import CommandDone, Placement
from bot.domain.people import BOT
from bot.domain.results import SelfTestReport
from bot.domain.session import Session
from bot.meter import NoMeter
from bot.services.watch import Watch
from tests.support.clock import ManualClock
from tests.support.evidence import OPENS
from tests.support.fakes import ListCalendar, World, sessions, world
from tests.support.inline_executor import InlineExecutor

(SESSION,) = sessions(1)


async def nothing_forgotten(trader: Any, session: Session) -> None:
    """Find no day that nobody closed."""


@pytest.fixture
async def room() -> AsyncIterator[World]:
    """A desk two seconds before its only session, under watch."""
    asyncio.get_running_loop().set_default_executor(InlineExecutor())
    room = world(ManualClock(OPENS - timedelta(seconds=2)), ListCalendar((SESSION,)))
    watch = Watch(room.desk, room.trader_desk, nothing_forgotten, NoMeter())
    task = asyncio.create_task(watch.run())
    yield room
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def told(room: World) -> list[CommandDone]:
    """Return what was said of self-tests."""
    queued = [body.announcement for body in room.ledger.of_kind("message_queued")]
    notices = [said.notice for said in queued if said.placement is Placement.THREAD]
    return [notice for notice in notices if isinstance(notice, CommandDone)]


async def test_a_gate_that_can_fail_is_recorded_and_nothing_is_said(room: World) -> None:
    """Once, as soon as the session is open."""
    await room.clock.advance(10)
    (tested,) = room.ledger.of_kind("self_tested")
    assert tested.run.at == OPENS
    assert len(tested.run.cases) == 33
    assert told(room) == []
    (entry,) = [entry for entry in room.ledger.chain if entry.body.kind == "self_tested"]
    assert (entry.trader, entry.day, entry.actor) == ("orb", SESSION.date, BOT)
    intent, outcome = (entry for entry in room.ledger.chain if entry.body.kind.startswith("command_"))
    assert intent.seq < entry.seq < outcome.seq
    assert (str(intent.actor), intent.trader, intent.body.command) == ("scheduler", "orb", "selftest")  # type: ignore[union-attr]
    assert (outcome.body.outcome, outcome.body.verdict) == ("done", "PASS")  # type: ignore[union-attr]


async def test_a_gate_that_cannot_fail_is_told_while_it_can_be_mended(room: World) -> None:
    """In the day's thread, with what was missed."""
    room.trader.read = lambda text: {}  # type: ignore[method-assign]
    room.book.controls = ControlRun(error="the trader's database did not answer")
    await room.clock.advance(10)
    (notice,) = told(room)
    assert (notice.actor, notice.command) == (BOT, "selftest")
    assert isinstance(notice.report, SelfTestReport)
    assert notice.report.verdict == "FAIL"
    assert len(room.ledger.of_kind("self_tested")) == 1


async def test_a_database_that_hangs_holds_up_neither_scrapes_nor_the_end(room: World) -> None:
    """The self-test is given up at the close; the close's own will tell."""
    never = asyncio.Event()

    async def hang() -> ControlRun:
        await never.wait()
        return ControlRun()

    room.book.self_test = hang  # type: ignore[method-assign]
    await room.clock.advance(70)
    assert room.ledger.of_kind("self_tested") == []
    assert len(room.ledger.of_kind("session_ended")) == 1
    assert len(await room.ledger.samples("orb", SESSION.date)) == 63


async def test_a_ledger_that_does_not_take_it_is_noted(room: World, caplog: pytest.LogCaptureFixture) -> None:
    """The watch goes on; the close tests the gate again."""
    caplog.set_level(logging.WARNING)

    async def away() -> ControlRun:
        room.ledger.away = True
        return ControlRun()

    room.book.self_test = away  # type: ignore[method-assign]
    await room.clock.advance(5)
    room.ledger.away = False
    await room.clock.advance(65)
    assert "the self-test of orb at the open is not recorded: The ledger is away" in caplog.text
    assert len(room.ledger.of_kind("session_ended")) == 1


async def test_one_that_breaks_off_is_noted(room: World, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever went wrong, the session is watched to its end."""
    room.trader.read = lambda text: 1 / 0  # type: ignore[method-assign,assignment,return-value]
    await room.clock.advance(70)
    assert "the self-test of orb at the open broke off" in caplog.text
    assert len(room.ledger.of_kind("session_ended")) == 1
