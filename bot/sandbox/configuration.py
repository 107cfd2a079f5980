"""The configuration file that the sandbox's bot reads: a desk's own, with seconds where a desk has hours."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bot.domain.session import Session
from bot.sandbox.workspace.state import CHANNEL_ID

TRADER = "paper-orb"
RULES_FILE = Path(__file__).with_name("alerts.yml")
_SECONDS = {"max_gap": "2500ms", "window": "3s", "interval": "1s", "before_open": "4s"}


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the parts of the sandbox are."""

    slack_api: str
    trader: str
    database: str
    prometheus: str


def write_configuration(folder: Path, addresses: Addresses, sessions: Sequence[Session]) -> Path:
    """Write `burnin.yaml` into a folder and return its path."""
    path = folder / "burnin.yaml"
    path.write_text(yaml.safe_dump(_content(folder, addresses, sessions), sort_keys=False), encoding="utf-8")
    return path


def _content(folder: Path, addresses: Addresses, sessions: Sequence[Session]) -> dict[str, Any]:
    return {
        "slack": {"channel": CHANNEL_ID, "mode": "socket", "api_url": addresses.slack_api},
        "ledger": f"sqlite:///{folder / 'burnin.db'}",
        "traders": [_trader(addresses, sessions)],
        "policy": {
            "scrape_interval": "250ms",
            "max_gap": _SECONDS["max_gap"],
            "scan_ticks": {"window": _SECONDS["window"], "min_increase": 1},
            "retries": {"token_refresh": {"window": "5s"}, "rate_limit": {"window": "5s"}},
            "alerts": {"interval": _SECONDS["interval"], "max_gap": "4s"},
        },
        "access": {"operators": ["S0OPERATORS"], "approvers": ["S0APPROVERS"], "channels": [CHANNEL_ID]},
        "http": {"host": "127.0.0.1", "port": 0},
        "reminders": {"before_open": _SECONDS["before_open"], "no_drill_after": 0.3, "close_overdue": "4s"},
        "logging": {"format": "console"},
    }


def _trader(addresses: Addresses, sessions: Sequence[Session]) -> dict[str, Any]:
    listed = [{"date": s.date, "open": s.opens, "close": s.closes} for s in sessions]
    day_script = [sys.executable, "-m", "bot.sandbox.day_scripts"]
    plan = [word for name in ("symbol", "side", "qty", "strategy") for word in (f"--{name}", f"{{{name}}}")]
    return {
        "name": TRADER,
        "url": addresses.trader,
        "database": addresses.database,
        "prometheus": addresses.prometheus,
        "rules_file": str(RULES_FILE),
        "calendar": {"timezone": "Asia/Kolkata", "sessions": listed},
        "commands": {
            "inject_plan": {"argv": [sys.executable, "-m", "bot.sandbox.injector", "--url", addresses.trader, *plan]},
            "report": {"argv": [*day_script, "report", "--url", addresses.trader]},
            "hygiene": {"argv": [*day_script, "hygiene", "--url", addresses.trader]},
        },
    }
