"""Printing the report of a full session beside drawing the picture that a message shows of it."""

import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bot.adapters.sqlite_ledger import SqliteLedger
from bot.domain.notice import ReportFile, SessionPicture
from bot.domain.verdict import Verdict
from bot.pictures.artist import ProcessArtist
from bot.report.press import LedgerPress
from tests.support.fakes import World
from tests.support.reported_days import desk_for, live_through
from tests.support.side_by_side import Comparison

pytestmark = [pytest.mark.bench, pytest.mark.timeout(300)]

PAIRS = 3
REAL = 6.25 * 3600  # seconds of a session in Mumbai: 22,501 samples
WITHIN, AT_MOST = 3.0, 2_000_000  # seconds and bytes


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[World]:
    """A closed session of 6 h 15 min at 1 Hz, in a ledger file."""
    room = desk_for(seconds=REAL)
    ledger = await SqliteLedger.open(tmp_path / "burnin.db")
    room.desk = replace(room.desk, ledger=ledger)
    room.ledger = ledger  # type: ignore[assignment]
    await live_through(room)
    yield room
    await ledger.close()


async def test_a_report_takes_at_most_twice_as_long_as_the_picture(
    desk: World, tmp_path: Path, hold: Callable[[Comparison], None], capsys: pytest.CaptureFixture[str]
) -> None:
    """Everything of a full session is read, told and drawn twice, wide and narrow, in under 3 s and under 2 MB."""
    artist = ProcessArtist(desk.desk, tmp_path)
    session = desk.desk.traders["orb"].calendar.sessions[0]  # type: ignore[attr-defined]
    report, picture = ReportFile(days=(session.date,)), SessionPicture(session=session, verdict=Verdict.PASS)
    press, pairs, page = LedgerPress(desk.desk, artist), [], b""
    await artist.draw("orb", picture)  # matplotlib lists the fonts when it draws for the first time
    for _ in range(PAIRS):
        began = time.perf_counter()
        page = await press.printed("orb", report)
        printed = time.perf_counter()
        await artist.draw("orb", picture)
        pairs.append((printed - began, time.perf_counter() - printed))
    fastest = min(seconds for seconds, _ in pairs)
    with capsys.disabled():
        print(f"\nthe report of a full session: {fastest:.2f} s, {len(page) / 1e6:.2f} MB")  # noqa: T201 - its result
    assert fastest < WITHIN
    assert len(page) < AT_MOST
    assert len(await desk.desk.ledger.samples("orb", session.date)) > 22_500
    hold(Comparison("a report of a full session", "the picture of it in a message", pairs, allowed=2))
