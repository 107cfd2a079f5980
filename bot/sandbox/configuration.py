"""The configuration file that the sandbox's bot reads: a desk's own, with seconds where a desk has hours."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import yaml

from bot.domain.session import Session
from bot.sandbox.certificate import KEY_FILE
from bot.sandbox.timetable import Timetable
from bot.sandbox.workspace.state import CHANNEL_ID

TRADER = "paper-orb"
RULES_FILE = Path(__file__).with_name("alerts.yml")
# A busy machine stalls for a second or two now and then: that must not be a hole. A heartbeat's limit is 5 s, so no gap
# may be longer than that. A bot that is away looks at no rules; what Prometheus kept of them proves those seconds.
_POLICY = {
    "scrape_interval": "250ms",
    "max_gap": "4s",
    "scan_ticks": {"window": "4s", "min_increase": 1},
    "retries": {"token_refresh": {"window": "5s"}, "rate_limit": {"window": "5s"}},
    "alerts": {"interval": "1s", "max_gap": "20s"},
}
_NO_DRILL_AFTER = 0.2  # as a part of the session


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the parts of the sandbox are."""

    slack_api: str
    trader: str
    database: str
    prometheus: str
    http_port: int | None = None  # where the bot listens in HTTP mode; None is Socket Mode


def write_configuration(folder: Path, addresses: Addresses, sessions: Sequence[Session], timetable: Timetable) -> Path:
    """Write `burnin.yaml` into a folder and return its path."""
    path = folder / "burnin.yaml"
    content = _content(folder, addresses, sessions, timetable.between)
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    return path


def _content(folder: Path, addresses: Addresses, sessions: Sequence[Session], between: timedelta) -> dict[str, Any]:
    between_seconds = between.total_seconds()
    return {
        "slack": {"channel": CHANNEL_ID, "api_url": addresses.slack_api, **_mode(addresses.http_port)},
        "ledger": f"sqlite:///{folder / 'burnin.db'}",
        "traders": [_trader(addresses, sessions)],
        "policy": _POLICY,
        "access": {"operators": ["S0OPERATORS"], "approvers": ["S0APPROVERS"], "channels": [CHANNEL_ID]},
        "http": {"host": "127.0.0.1", "port": 0},
        "signing": {"key": str(folder / KEY_FILE)},
        "reminders": {
            "before_open": between_seconds * 0.6,
            "no_drill_after": _NO_DRILL_AFTER,
            "close_overdue": between_seconds * 0.7,
        },
        "logging": {"format": "console"},
    }


def _mode(http_port: int | None) -> dict[str, Any]:
    if http_port is None:
        return {"mode": "socket"}
    return {"mode": "http", "http": {"host": "127.0.0.1", "port": http_port}}


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
