"""A bot's Slack front over a ledger's file, for what must hold across its end and its next start."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from bot.adapters.sqlite_ledger import SqliteLedger
from bot.ports import Ledger
from bot.sandbox.workspace import Workspace
from commands.command import Command
from commands.dispatcher import Dispatcher
from tests.support.slack_room import FakeTrader, Room, connected_to, desk_with


@asynccontextmanager
async def process(slack: Workspace, path: Path, commands: Mapping[str, Command]) -> AsyncIterator[tuple[Room, Ledger]]:
    """A bot with these commands, from its start to its end."""
    ledger = await SqliteLedger.open(path)
    try:
        desk = replace(desk_with(FakeTrader()), ledger=ledger)
        async with connected_to(slack, dispatcher=Dispatcher(desk, commands)) as room:
            yield room, ledger
    finally:
        await ledger.close()
