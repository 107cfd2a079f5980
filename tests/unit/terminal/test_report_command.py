"""`burnin report`: which day it prints, where it writes it, and how it says that it cannot."""

import asyncio
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from bot.adapters.sqlite_ledger import SqliteLedger
from bot.daybook import opened_key
from bot.domain.day import Provenance
from bot.domain.entry import Draft, SessionOpened
from bot.domain.people import BOT, INSIDE
from bot.domain.session import Session

NAME = "nifty-orb.1"


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A folder with a configuration, and a ledger in which a session is open now."""
    now = datetime.now(UTC).replace(microsecond=0)
    session = Session(date=now.date(), opens=now - timedelta(minutes=5), closes=now + timedelta(hours=1))
    listed = {"date": session.date, "open": session.opens, "close": session.closes}
    trader = {
        "name": NAME,
        "url": "http://127.0.0.1:9",
        "calendar": {"timezone": "UTC", "sessions": [listed]},
    }
    file = {"ledger": f"sqlite:///{tmp_path / 'burnin.db'}", "traders": [trader]}
    (tmp_path / "burnin.yaml").write_text(yaml.safe_dump(file))
    asyncio.run(_opened(tmp_path / "burnin.db", session))
    return tmp_path


async def _opened(path: Path, session: Session) -> None:
    ledger = await SqliteLedger.open(path)
    body = SessionOpened(session=session, number=1, required=3, provenance=Provenance(build="b1"))
    key = opened_key(NAME, session.date)
    draft = Draft(at=session.opens, body=body, actor=BOT, origin=INSIDE, trader=NAME, day=session.date, key=key)
    await ledger.append(draft)
    await ledger.close()


def burnin(folder: Path, *words: str) -> subprocess.CompletedProcess[bytes]:
    """Run the command line in a folder."""
    argv = (sys.executable, "-m", "bot", "--config", "burnin.yaml", "report", *words)
    return subprocess.run(argv, cwd=folder, capture_output=True, check=False)


def test_a_day_is_written_into_a_file_named_after_it(desk: Path) -> None:
    """In this folder, or where somebody says, or to standard output; an earlier file gives way."""
    for _ in range(2):
        ran = burnin(desk)
        assert ran.returncode == 0, ran.stderr
    (written,) = desk.glob("*.html")
    assert written.name.startswith("burnin-nifty-orb.1-20")
    assert written.read_text("utf-8").startswith("<!doctype html>")
    assert f"Wrote {written.name}".encode() in ran.stdout
    assert burnin(desk, "today", "--out", "here.html").returncode == 0
    assert (desk / "here.html").read_text("utf-8").count("<h1>") == 1
    assert burnin(desk, "--out", "-").stdout.startswith(b"<!doctype html>")


def test_what_cannot_be_printed_is_said(desk: Path) -> None:
    """With the exit code for it, and nothing is written."""
    refused = burnin(desk, "burn-in")
    assert (refused.returncode, b"No day of" in refused.stderr) == (4, True)
    assert burnin(desk, "--trader", "nobody").returncode == 2
    assert burnin(desk, "2020-01-01").returncode == 2
    nowhere = burnin(desk, "--out", "no/such/folder.html")
    assert (nowhere.returncode, b"cannot be written" in nowhere.stderr) == (2, True)
    assert list(desk.glob("*.html")) == []
