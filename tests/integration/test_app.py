"""The bot as a whole, without Slack: it starts in order, watches, and stops in order."""

import asyncio
import os
import signal
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.adapters.run_lock import run_lock
from bot.adapters.sqlite_ledger import SqliteLedger
from bot.app import _asked_to_stop, run
from bot.domain.entry import Entry
from bot.errors import BurninError, ConfigurationError, Refused
from bot.settings import Settings, load_settings
from tests.support.eventually import eventually


def settings_in(folder: Path, **more: Any) -> Settings:
    """Return the configuration of a desk whose trader is away and whose session is open."""
    now = datetime.now(UTC)
    session = {"date": now.date(), "open": now - timedelta(seconds=2), "close": now + timedelta(hours=1)}
    content = {
        "ledger": f"sqlite:///{folder / 'burnin.db'}",
        "traders": [
            {
                "name": "orb",
                "url": "http://127.0.0.1:1",
                "calendar": {"timezone": "UTC", "sessions": [session]},
            }
        ],
        "policy": {"scrape_interval": "100ms", "max_gap": "500ms"},
        "http": {"host": "127.0.0.1", "port": 0},
        **more,
    }
    path = folder / "burnin.yaml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return load_settings(path, {})


async def recorded(folder: Path) -> tuple[Entry, ...]:
    """Return what stands in the ledger."""
    ledger = await SqliteLedger.open(folder / "burnin.db")
    try:
        return await ledger.entries()
    finally:
        await ledger.close()


async def test_it_watches_tells_and_stops_when_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Start and stop are the first and the last entry; what was queued is said before it ends."""
    running = asyncio.create_task(run(settings_in(tmp_path), slack=False))
    said: list[str] = []

    def heard() -> bool:
        assert not running.done()
        said.append(capsys.readouterr().out)
        return "The trader cannot be read" in "".join(said)

    await eventually(heard)
    os.kill(os.getpid(), signal.SIGTERM)
    await running
    entries = await recorded(tmp_path)
    kinds = [entry.body.kind for entry in entries]
    assert (kinds[0], kinds[-1]) == ("bot_started", "bot_stopped")
    assert {"session_opened", "watch_breached", "message_queued", "message_sent"} <= set(kinds)
    assert kinds.count("message_queued") == kinds.count("message_sent")
    assert entries[-1].body.reason == "asked to stop"  # type: ignore[union-attr]


async def test_a_request_to_stop_is_known_before_the_event_loop_comes_to_it() -> None:
    """A bot that is woken, told to stop and found deposed in one moment ends, rather than begin anew."""
    with _asked_to_stop() as stopping:
        os.kill(os.getpid(), signal.SIGTERM)
        assert stopping.asked
        await asyncio.wait_for(stopping.wait(), 5.0)


async def test_a_bot_that_cannot_serve_never_leads(tmp_path: Path) -> None:
    """Where its port is taken it says so before it has begun anything: another bot on this ledger may lead."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigurationError, match="cannot listen"):
            await run(settings_in(tmp_path, http={"host": "127.0.0.1", "port": port}), slack=False)
    assert await recorded(tmp_path) == ()


async def test_a_start_that_fails_is_on_record_with_its_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What fails once it leads stops what it had started, and the reason is recorded."""
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-1")
    monkeypatch.setenv("SLACK_SIGNING_SECRET", "secret")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        here = {"host": "127.0.0.1", "port": taken.getsockname()[1]}
        slack = {"channel": "C0BURNIN01", "mode": "http", "api_url": "http://127.0.0.1:1/api/", "http": here}
        with pytest.raises(BurninError) as raised:
            await run(settings_in(tmp_path, slack=slack), slack=True)
    last = (await recorded(tmp_path))[-1].body
    assert last.kind == "bot_stopped"
    assert last.reason == f"{type(raised.value).__name__}: {raised.value}"  # type: ignore[union-attr]


async def test_a_second_bot_on_a_file_is_refused_before_anything_else(tmp_path: Path) -> None:
    """On SQLite nobody stands by: a second run is told of the first one, not of a port that is taken as well."""
    with run_lock(tmp_path / "burnin.db"), socket.create_server(("127.0.0.1", 0)) as taken:
        settings = settings_in(tmp_path, http={"host": "127.0.0.1", "port": taken.getsockname()[1]})
        with pytest.raises(Refused, match="Another burnin run"):
            await run(settings, slack=False)


async def test_what_cannot_work_stops_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing token is told at once, not when this bot's turn to lead comes."""
    monkeypatch.delenv("SLACK_BOT_TOKEN", raising=False)
    with pytest.raises(ConfigurationError, match="SLACK_BOT_TOKEN"):
        await run(settings_in(tmp_path, slack={"channel": "C0BURNIN01"}), slack=True)
    assert await recorded(tmp_path) == ()
