"""`burnin verify --slack` as an auditor types it: a ledger beside the workspace that was told of it."""

import asyncio
import json
import os
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

import sql
from bot.adapters.sqlite_ledger import SqliteLedger
from bot.adapters.stored_entry import StoredEntry
from bot.ports import Head
from bot.sandbox.workspace import Fault, Limits, Refusal, Workspace
from bot.slack.clients import posting_client
from bot.slack.standing import metadata_of
from tests.support.certified import cleared_room
from tests.support.slack_room import ROOM


@dataclass
class Auditor:
    """Somebody with the ledger, the configuration and the bot's token."""

    folder: Path
    workspace: Workspace
    heads: list[Head]

    async def tell(self, *seqs: int) -> None:
        """Have the bot say what entries of these numbers asked for."""
        client = posting_client(self.workspace.bot_token, self.workspace.api_url)
        for seq in seqs:
            said = metadata_of(f"k{seq}", self.heads[seq - 1])
            await client.chat_postMessage(channel=ROOM, text=str(seq), metadata=said)

    async def verify(self, *words: str, token: bool = True) -> tuple[int, dict[str, Any]]:
        """Return the exit code, and what is printed as JSON."""
        secret = {"SLACK_BOT_TOKEN": self.workspace.bot_token} if token else {}
        environment = {name: value for name, value in os.environ.items() if not name.startswith("SLACK_")} | secret
        argv = ["-m", "bot", "--config", str(self.folder / "burnin.yaml"), "verify", "--slack", "--json", *words]
        pipe = asyncio.subprocess.PIPE
        done = await asyncio.create_subprocess_exec(sys.executable, *argv, env=environment, stdout=pipe, stderr=pipe)
        said, errors = await done.communicate()
        return done.returncode or 0, json.loads(said or b"{}") | {"errors": errors.decode()}

    def by_hand(self, *statements: str) -> None:
        """Change the ledger behind the program's back, and leave no trace but in what it says."""
        with closing(sqlite3.connect(self.folder / "burnin.db", isolation_level=None)) as connection:
            guards = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
            for name, _ in guards:
                connection.execute(f"DROP TRIGGER {name}")
            for statement in statements:
                connection.execute(statement)
            for _, text in guards:
                connection.execute(text)


@pytest.fixture
async def auditor(tmp_path: Path) -> AsyncIterator[Auditor]:
    """An auditor of a burn-in that was cleared."""
    ledger = await SqliteLedger.open(tmp_path / "burnin.db")
    await cleared_room(ledger)
    heads = [Head(entry.seq, entry.hash) for entry in await ledger.entries()]
    await ledger.close()
    async with Workspace(limits=Limits.off()) as workspace:
        trader = {"name": "orb", "url": "http://127.0.0.1:9", "calendar": "XBOM"}
        other = {**trader, "name": "gap", "channel": "C0ELSEWHERE"}
        slack = {"channel": ROOM, "api_url": workspace.api_url}
        content = {"ledger": f"sqlite:///{tmp_path / 'burnin.db'}", "slack": slack, "traders": [trader, other]}
        (tmp_path / "burnin.yaml").write_text(json.dumps(content), encoding="utf-8")
        yield Auditor(tmp_path, workspace, heads)


async def test_what_slack_was_told_is_held_against_the_ledger(auditor: Auditor) -> None:
    """Whole and as it was said: 0. Cut off behind a message's entry, though whole in itself: 1."""
    last = len(auditor.heads)
    await auditor.tell(3, last - 1, last)
    code, found = await auditor.verify("--trader", "orb")
    assert (code, found["whole"]) == (0, True), found
    told = found["slack"]
    assert (told["heads"], told["first"]["seq"], told["last"]["seq"]) == (3, 3, last)
    auditor.by_hand(f"DELETE FROM entries WHERE seq = {last}", f"DELETE FROM unsettled WHERE seq = {last}")  # noqa: S608
    code, found = await auditor.verify("--trader", "orb")
    assert code == 1
    assert [each["seq"] for each in found["slack"]["cut_off"]] == [last]


async def test_a_chain_that_was_rewritten_whole_is_found_by_what_slack_was_told(auditor: Auditor) -> None:
    """Its last entry is another one with a hash that fits: 1."""
    last = auditor.heads[-1]
    await auditor.tell(last.seq)
    with closing(sqlite3.connect(auditor.folder / "burnin.db")) as connection:
        (values,) = connection.execute(sql.read("ledger/queries/chain.sql"), {"after": last.seq - 1, "batch": 1})
    row = StoredEntry(*values)
    row = row._replace(at=row.at.replace("2026", "2025"))
    digest = sha256(row.content.encode()).hexdigest()
    auditor.by_hand(f"UPDATE entries SET at = '{row.at}', hash = '{digest}' WHERE seq = {last.seq}")  # noqa: S608
    code, found = await auditor.verify("--trader", "orb")
    assert (code, found["whole"]) == (1, True)
    assert [each["seq"] for each in found["slack"]["rewritten"]] == [last.seq]


async def test_without_a_message_nothing_is_proven(auditor: Auditor) -> None:
    """3; where the history cannot be read, 5; without a token, or for a trader that there is not, 2."""
    assert (await auditor.verify("--trader", "orb"))[0] == 3
    assert (await auditor.verify("--trader", "orb", token=False))[0] == 2
    assert (await auditor.verify("--trader", "nobody"))[0] == 2
    auditor.workspace.faults.add(Fault(Refusal("missing_scope"), "conversations.*"))
    code, found = await auditor.verify("--trader", "orb")
    assert code == 5
    assert "channels:history" in found["errors"]
