"""`burnin status` beside a process that only imports what it cannot do without."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from pathlib import Path

import pytest
import yaml

from bot.adapters.sqlite_ledger import SqliteLedger
from bot.domain.entry import DayClosed
from tests.support.drafts import TRADER, draft, intent, outcome, record
from tests.support.side_by_side import Comparison

pytestmark = pytest.mark.bench

PAIRS = 9
WARM_UP = 2


@pytest.fixture
def configuration(tmp_path: Path) -> Path:
    """The configuration of a desk whose ledger holds two closed days."""
    ledger = tmp_path / "burnin.db"
    asyncio.run(_close_two_days(ledger))
    path = tmp_path / "burnin.yaml"
    trader = {
        "name": TRADER,
        "url": "http://127.0.0.1:8000",
        "database": "postgresql://127.0.0.1/trader",
        "prometheus": "http://127.0.0.1:9090",
        "rules_file": "ops/alerts.yml",
        "calendar": "XBOM",
    }
    path.write_text(yaml.safe_dump({"ledger": f"sqlite:///{ledger}", "traders": [trader]}), encoding="utf-8")
    return path


async def _close_two_days(path: Path) -> None:
    ledger = await SqliteLedger.open(path)
    try:
        for day in (date(2026, 11, 19), date(2026, 11, 20)):
            (started,) = await ledger.append(intent("close", day=day))
            closed = draft(DayClosed(record=record(day)), day=day, key=f"closed:{TRADER}:{day}")
            at = started.at + timedelta(seconds=2)
            await ledger.append(closed, outcome(started.seq, "close", day=day, at=at))
    finally:
        await ledger.close()


def _ran(words: tuple[str, ...], environment: Mapping[str, str]) -> float:
    """Run Python; return the seconds from start to exit."""
    began = time.perf_counter()
    subprocess.run([sys.executable, *words], env=environment, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def test_status_takes_at_most_two_and_a_half_times_its_bare_imports(
    configuration: Path, environment: Mapping[str, str], hold: Callable[[Comparison], None]
) -> None:
    """From process start to exit, with a calendar that is known, status is held to three imports."""
    status = ("-m", "bot", "--config", str(configuration), "status")
    imports = ("-c", "import pydantic, httpx, click")
    for _ in range(WARM_UP):
        _ran(status, environment)
        _ran(imports, environment)
    pairs = [(_ran(status, environment), _ran(imports, environment)) for _ in range(PAIRS)]
    hold(Comparison("burnin status", "import pydantic, httpx, click", pairs, allowed=2.5))
