"""`burnin sandbox`: three days of burn-in in about a minute, then a channel to play with."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click

from bot.daybook import records_of, streak_of
from bot.domain.day import DayRecord
from bot.domain.streak import Streak
from bot.domain.verdict import Verdict
from bot.errors import BurninError
from bot.factory import open_desk
from bot.sandbox import wallclock
from bot.sandbox.configuration import TRADER
from bot.sandbox.gauges import show_gauges
from bot.sandbox.people import Desk
from bot.sandbox.stage import Stage, open_stage
from bot.sandbox.timetable import BOT_RESTART, DAYS, PlannedFault, parse_faults
from bot.sandbox.workspace.feed import Change
from bot.sandbox.workspace.server import Workspace
from bot.sandbox.workspace.state import Json
from bot.sandbox.workspace.transcript import render
from bot.settings import load_settings

DEFAULT_PORT = 3210
_CONNECTED_WITHIN = 30.0  # seconds

# When in its session a fault strikes and when it is over, as parts of the session: early enough to be seen, and over
# before the day is closed. A leader that is lost for a moment, or a bot that crashes, is so in the middle of things.
_STRIKES = {"leader-flap": (0.1, 0.2), BOT_RESTART: (0.65, 0.65)}
_STRIKES_OTHERWISE = (0.12, 0.9)


async def run_sandbox(*, once: bool, faults: Sequence[str], port: int | None) -> int:
    """Run the sandbox and return the exit code: 0 when the trader was cleared, 1 when not.

    Args:
        once: end after the third day instead of keeping the page up.
        faults: `NAME@DAY` texts.
        port: of the page; None takes the default, or any free one with `once`.

    Raises:
        UsageError: a fault or a day does not exist.
        BurninError: a part could not be started.
    """
    planned = parse_faults(faults)
    port = port if port is not None else (0 if once else DEFAULT_PORT)
    with tempfile.TemporaryDirectory(prefix="burnin-sandbox-", ignore_cleanup_errors=True) as folder:
        click.echo("Starting PostgreSQL, a paper trader, a Prometheus stand-in, a Slack workspace and the bot …")
        async with open_stage(Path(folder), port=port, playtime=not once) as stage:
            return await _live(stage, planned, once=once)


async def _live(stage: Stage, planned: Sequence[PlannedFault], *, once: bool) -> int:
    if not once:
        click.echo(f"The channel is at {stage.workspace.url} - open it in a browser and watch.\n")
    transcript = Transcript(stage.workspace)
    async with _beside(transcript.print_changes()), _beside(show_gauges(stage)):
        await _wait_for_bot(stage)
        desk = Desk(stage.workspace, transcript.typed)
        for number in range(1, DAYS + 1):
            await _live_through(stage, desk, number, [fault for fault in planned if fault.day == number])
        cleared = await _tell_result(stage)
        if not once:
            click.echo(f"\nThe page stays up at {stage.workspace.url}: type /burnin help there. Ctrl-C ends it.")
            await asyncio.Event().wait()
    return 0 if cleared else 1


async def _wait_for_bot(stage: Stage) -> None:
    try:
        await stage.workspace.wait_connected(_CONNECTED_WITHIN)
    except TimeoutError:
        log = (stage.folder / "bot.log").read_text(encoding="utf-8", errors="replace").strip()
        raise BurninError(f"The bot did not connect to the workspace. Its last words:\n{log[-2000:]}") from None


async def _live_through(stage: Stage, desk: Desk, number: int, faults: Sequence[PlannedFault]) -> None:
    session = stage.sessions[number - 1]
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(desk.live_through(session, number))
        for fault in faults:
            tasks.create_task(_strike(stage, fault))


async def _strike(stage: Stage, fault: PlannedFault) -> None:
    """Switch a fault on in its session, and off before the session ends."""
    session = stage.sessions[fault.day - 1]
    begins, ends = _STRIKES.get(fault.name, _STRIKES_OTHERWISE)
    await _sleep_until_part(session.opens, session.length, begins)
    click.echo(f"\n*** fault on day {fault.day}: {fault.name} ***\n")
    await stage.set_fault(fault.name, active=True)
    await _sleep_until_part(session.opens, session.length, ends)
    await stage.set_fault(fault.name, active=False)


async def _sleep_until_part(opens: datetime, length: timedelta, part: float) -> None:
    await asyncio.sleep(max((opens + length * part - wallclock.now()).total_seconds(), 0))


async def _tell_result(stage: Stage) -> bool:
    """Read the result from the bot's own ledger, as an auditor would, and tell it."""
    async with open_desk(load_settings(stage.configuration, {})) as desk:
        trader = desk.traders[TRADER]
        records, counted = await records_of(desk, trader), await streak_of(desk, trader)
        verification = await desk.ledger.verify()
    click.echo("\n" + _summary(records, counted))
    click.echo(f"The ledger's chain of {verification.entries} entries verifies up to {verification.head.hash[:12]}.")
    return counted.cleared and verification.broken_at is None


def _summary(records: Sequence[DayRecord], counted: Streak) -> str:
    lines = [line for record in records for line in _day_lines(record)]
    end = "CLEARED for canary LIVE" if counted.cleared else "NOT CLEARED"
    why = f" ({counted.why})" if counted.why and not counted.cleared else ""
    return "\n".join([*lines, f"{end}: {counted.passed} of {counted.required} days{why}."])


def _day_lines(record: DayRecord) -> list[str]:
    reasons = [f"    {r.id}: {r.verdict} - {r.detail}" for r in record.criteria if r.verdict is not Verdict.PASS]
    return [f"{record.day}  {record.verdict}", *reasons]


class Transcript:
    """Prints the channel as it grows."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._names = workspace.names()

    def typed(self, user: str, line: str) -> None:
        """Print what somebody typed: Slack shows a slash command to nobody."""
        at = f"{wallclock.now():%H:%M:%S}"
        click.echo(f"{at} {self._names.get(user, user)} types: {line}")

    async def print_changes(self) -> None:
        """Print until the workspace stops."""
        async for change in self._workspace.subscribe():
            if change.type in ("message", "ephemeral"):
                self._print(change)

    def _print(self, change: Change) -> None:
        message: Json = change.frame["message"]
        click.echo(render(message, self._names) + "\n")


@asynccontextmanager
async def _beside(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
