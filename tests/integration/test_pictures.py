"""The picture as the bot has it drawn: by a process of its own that never outlives its time, nor knows a token."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from bot.domain.criteria import CriterionResult
from bot.domain.day import DayRecord
from bot.domain.notice import SessionPicture
from bot.domain.session import Session
from bot.domain.verdict import Verdict
from bot.errors import NotDrawn
from bot.pictures.artist import ProcessArtist, reason_of
from tests.support.clock import ManualClock
from tests.support.eventually import eventually
from tests.support.evidence import OPENS, session_of
from tests.support.fakes import ListCalendar, World, world
from tests.support.lived_day import live

SESSION = session_of(120.0)
PICTURE = SessionPicture(session=SESSION, verdict=Verdict.PASS)


@pytest.fixture
def desk() -> World:
    """A desk before its session."""
    return world(ManualClock(OPENS), ListCalendar((SESSION,)))


def artist(desk: World, folder: Path, program: str, within: float = 20.0) -> ProcessArtist:
    """An artist whose picture is what a program writes."""
    return ProcessArtist(desk.desk, folder, argv=(sys.executable, "-c", program), within=within)


def inside(folder: Path) -> list[str]:
    """What lies in a folder."""
    return [path.name for path in folder.iterdir()]


async def test_a_session_is_drawn_from_the_ledger(desk: World, tmp_path: Path) -> None:
    """Its samples are read, and a PNG comes back; what matplotlib keeps lies in the bot's own folder."""
    await live(desk, SESSION)
    png = await ProcessArtist(desk.desk, tmp_path).draw("orb", PICTURE)
    assert png.startswith(b"\x89PNG")
    assert inside(tmp_path) == ["matplotlib"]


async def test_a_program_that_breaks_off_is_told_by_its_last_word(desk: World, tmp_path: Path) -> None:
    """With what it said."""
    with pytest.raises(NotDrawn, match=r"broke off \(MemoryError: too much\)"):
        await artist(desk, tmp_path, "raise MemoryError('too much')").draw("orb", PICTURE)
    gone = ProcessArtist(desk.desk, tmp_path, argv=("/no/such/program",))
    with pytest.raises(NotDrawn, match="cannot be started"):
        await gone.draw("orb", PICTURE)


async def test_a_program_that_hangs_is_ended(desk: World, tmp_path: Path) -> None:
    """At its limit of time, and when the bot stops."""
    pid = tmp_path / "pid"
    hangs = f"import os, time; open({str(pid)!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    with pytest.raises(NotDrawn, match=r"not drawn within 0\.5 s"):
        await artist(desk, tmp_path, hangs, within=0.5).draw("orb", PICTURE)
    pid.unlink(missing_ok=True)
    drawing = asyncio.create_task(artist(desk, tmp_path, hangs).draw("orb", PICTURE))
    await eventually(lambda: pid.exists() and bool(pid.read_text()))
    drawing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await drawing
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)


async def test_who_draws_knows_no_token(desk: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Slack's tokens stay with the bot."""
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-1")
    program = "import os; print([name for name in os.environ if 'SLACK' in name])"
    assert (await artist(desk, tmp_path, program).draw("orb", PICTURE)).strip() == b"[]"


def test_the_reason_is_what_decided_the_day() -> None:
    """One sentence; of a day that passed, what it rests on."""
    session: Session = SESSION
    lost = [CriterionResult(id=name, verdict=Verdict.FAIL, reason="r", detail=f"{name} was lost.") for name in "ab"]
    held = CriterionResult(id="c", verdict=Verdict.PASS, reason="held", detail="Held.")
    failed = DayRecord(session=session, verdict=Verdict.FAIL, criteria=(held, *lost))
    assert reason_of(failed) == "a: a was lost. And 1 more."
    passed = DayRecord(session=session, verdict=Verdict.PASS, criteria=(held,), excluded={"alerts": "no Prometheus"})
    assert reason_of(passed) == "10 of 11 criteria passed; alerts excluded: no Prometheus"
