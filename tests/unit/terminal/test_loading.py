"""What a short command loads: the reason for its speed, held without a clock."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from bot.adapters.sqlite_ledger import SqliteLedger

HEAVY = ("aiohttp", "exchange_calendars", "httpx", "pandas", "prometheus_client", "psycopg", "rich", "slack_bolt")

SHOW = """
import sys
from bot.cli import main
try:
    main(sys.argv[1:])
finally:
    sys.stdout.write("loaded: " + " ".join(sys.modules))
"""


@pytest.fixture
async def configuration(tmp_path: Path) -> Path:
    """A desk with every port there is, and a ledger that was made before."""
    await (await SqliteLedger.open(tmp_path / "burnin.db")).close()
    path = tmp_path / "burnin.yaml"
    session = {"date": "2026-11-23", "open": "2026-11-23T09:15:00+05:30", "close": "2026-11-23T15:30:00+05:30"}
    trader = {
        "name": "nifty-orb",
        "url": "http://127.0.0.1:8000",
        "database": "postgresql://127.0.0.1/trader",
        "prometheus": "http://127.0.0.1:9090",
        "rules_file": "ops/alerts.yml",
        "calendar": {"timezone": "Asia/Kolkata", "sessions": [session]},
    }
    path.write_text(yaml.safe_dump({"ledger": f"sqlite:///{tmp_path / 'burnin.db'}", "traders": [trader]}))
    return path


@pytest.mark.parametrize("command", ["status", "history", "audit"])
def test_a_command_that_reads_the_ledger_loads_nothing_heavy(configuration: Path, command: str) -> None:
    """What talks to a trader, a database, Slack or a calendar stays unloaded where nobody is talked to."""
    words = ("--config", str(configuration), command)
    ran = subprocess.run([sys.executable, "-c", SHOW, *words], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    loaded = set(ran.stdout.rsplit("loaded: ", 1)[1].split())
    assert loaded.isdisjoint(HEAVY), loaded.intersection(HEAVY)
