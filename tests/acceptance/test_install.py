"""The README's way from nothing to the first card, each step as it stands there, in the sandbox's workspace."""

import asyncio
import json
import os
import re
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import yaml

from bot.adapters.clock import SystemClock
from bot.sandbox.workspace import Limits, Workspace
from bot.sandbox.workspace.state import APPROVER, CHANNEL_ID, OPERATOR
from tests.support.desk_file import METRICS
from tests.support.http_server import answer, answer_json, http_server
from tests.support.slack_manifest import MANIFEST

pytestmark = pytest.mark.timeout(120)

README = Path(__file__).parents[2] / "README.md"


class Shell:
    """A person's shell in an empty folder: what is exported there, and `burnin` in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("SLACK_", "BURNIN_"))}
        self.exported: dict[str, str] = {**kept, "PYTHONPATH": str(README.parent), "PYTHONUNBUFFERED": "1"}

    async def burnin(self, *words: str) -> tuple[int | None, str]:
        """Run it to its end; its exit code, and what it printed."""
        async with self.running(*words) as process:
            printed, _ = await process.communicate()
            return process.returncode, printed.decode()

    @asynccontextmanager
    async def running(self, *words: str) -> AsyncIterator[asyncio.subprocess.Process]:
        """Run it for as long as the context lasts."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", *words),
            cwd=self.folder,
            env=self.exported,
            stdout=asyncio.subprocess.PIPE,
        )
        try:
            yield process
        finally:
            if process.returncode is None:
                process.terminate()
                await process.communicate()

    def edit(self, changes: Mapping[str, str]) -> None:
        """Change the configuration in an editor: each of these stands in it once."""
        path = self.folder / "config" / "burnin.yaml"
        text = path.read_text("utf-8")
        for written, wanted in changes.items():
            assert text.count(written) == 1, written
            text = text.replace(written, wanted)
        path.write_text(text, encoding="utf-8")


def _lines_of_the_readme() -> list[str]:
    section = README.read_text("utf-8").split("## Install in Slack", 1)[1].split("\n## ", 1)[0]
    return re.findall(r"^ *(burnin .*?)(?: +#.*)?$", section, flags=re.MULTILINE)


def _who_may_and_when() -> Mapping[str, str]:
    now = SystemClock().now()
    session = {"date": str(now.date()), "open": now.isoformat(), "close": (now + timedelta(hours=1)).isoformat()}
    return {
        "  operators: []": f"  operators: [{OPERATOR}]",
        "  approvers: []": f"  approvers: [{APPROVER}]",
        "calendar: XBOM": f"calendar: {json.dumps({'timezone': 'UTC', 'sessions': [session]})}",
    }


async def test_from_nothing_to_the_first_card(tmp_path: Path) -> None:
    """Four commands and four exports lead to the day's card, and to an answer for whoever types `check`."""
    assert _lines_of_the_readme() == ["burnin init", "burnin manifest > manifest.yaml", "burnin doctor", "burnin run"]
    shell = Shell(tmp_path)
    assert (await shell.burnin("init"))[0] == 0
    shell.edit(_who_may_and_when())
    code, printed = await shell.burnin("manifest")
    assert code == 0
    manifest = yaml.safe_load(printed)
    assert list(MANIFEST.iter_errors(manifest)) == []
    scopes = frozenset(manifest["oauth_config"]["scopes"]["bot"])
    async with (
        http_server(
            metrics=answer(METRICS), ready=answer_json({"mode": "paper"}), positions=answer_json({"count": 0})
        ) as trader,
        Workspace(scopes=scopes, limits=Limits.off()) as slack,
    ):
        shell.edit({"# api_url: https://slack.com/api/": f"api_url: {slack.api_url}", "port: 9464": "port: 0"})
        shell.exported |= _exports(slack, trader.url)
        await _doctor_finds_slack_and_the_trader_in_order(shell)
        async with shell.running("run"):
            await slack.wait_connected(30)
            card = await slack.wait_for(lambda: slack.messages(CHANNEL_ID), 30)
            assert "nifty-orb" in card[0]["text"]
            assert (await slack.type_command(OPERATOR, CHANNEL_ID, "/burnin check")).ok
            said = await slack.wait_for(lambda: slack.ephemerals(OPERATOR, CHANNEL_ID), 30)
            assert "nifty-orb" in said[-1]["text"]


def _exports(slack: Workspace, trader: str) -> Mapping[str, str]:
    return {
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_APP_TOKEN": slack.app_token,
        "BURNIN_CHANNEL": CHANNEL_ID,
        "TRADER_URL": trader,
    }


async def _doctor_finds_slack_and_the_trader_in_order(shell: Shell) -> None:
    """Slack wants nothing more; what the trader still lacks for a PASS is named, and holds up no card."""
    code, printed = await shell.burnin("doctor", "--json")
    found = {one["part"]: one["state"] for one in json.loads(printed)["findings"]}
    slack = {part: state for part, state in found.items() if part.startswith("slack ")}
    assert set(slack.values()) == {"ok"}, slack
    assert len(slack) == len(("token", "scopes", "app token", "channel", "people"))
    assert [found[f"nifty-orb: {part}"] for part in ("metrics", "ready", "paper guard", "positions")] == ["ok"] * 4
    assert (code, found["nifty-orb: database"]) == (2, "missing")
