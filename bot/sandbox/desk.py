"""`burnin sandbox`: three days of burn-in in about a minute, then a channel to play with."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from datetime import timedelta
from typing import Any

import click

from bot.daybook import records_of, standing_streak
from bot.desk import Desk as TradingDesk
from bot.domain.day import DayRecord
from bot.domain.session import Session
from bot.domain.streak import Streak
from bot.domain.verdict import Verdict
from bot.factory import open_desk
from bot.sandbox import wallclock
from bot.sandbox.certificate import asked_at_gate
from bot.sandbox.configuration import TRADER
from bot.sandbox.gauges import show_gauges
from bot.sandbox.keeper import kept_folder
from bot.sandbox.narrator import Narrator, key_of
from bot.sandbox.people import Desk
from bot.sandbox.stage import Stage, open_stage
from bot.sandbox.timetable import BOT_FAULTS, DAYS, FAULTS, PlannedFault, Timetable, parse_faults
from bot.sandbox.workspace.state import CHANNEL_ID
from bot.settings import load_settings

DEFAULT_PORT = 3210
_PLAYTIME = timedelta(hours=8)
_SAID_WITHIN = 15.0  # seconds for the last day's words to reach the channel
_CERTIFIED_WITHIN = 20.0  # seconds; the bot looks every few
_LOOK_EVERY = 0.1  # seconds

# When in its session a fault strikes and when it is over, as parts of the session: early enough to be seen, and over
# before the day is closed. Those that would stand in the way of a drill wait for its end.
_STRIKES, _IS_OVER = 0.05, 0.9
_AFTER_DRILL = ("leader-flap", *BOT_FAULTS)


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
    click.echo("Starting a Slack workspace, PostgreSQL, a paper trader, a Prometheus stand-in and the bot …")
    timetable = Timetable(playtime=None if once else _PLAYTIME)
    with kept_folder() as folder:
        async with open_stage(folder, timetable, port=port) as stage:
            if not once:
                click.echo(f"The channel is at {stage.workspace.url} - open it in a browser and watch.\n")
            cleared = await live(stage, planned)
            if not once:
                click.echo(f"\nThe page stays up at {stage.workspace.url}: type /burnin help there. Ctrl-C ends it.")
                async with playing(stage):
                    await asyncio.Event().wait()
    return 0 if cleared else 1


async def live(stage: Stage, planned: Sequence[PlannedFault] = ()) -> bool:
    """Live through the three days, telling them on standard output, and return whether the trader was cleared."""
    narrator = Narrator(stage.workspace, click.echo)
    async with _beside(narrator.follow()), _beside(show_gauges(stage)):
        await stage.wait_for_bot()
        desk = Desk(stage.workspace, narrator.typed)
        for number in range(1, DAYS + 1):
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(desk.live_through(stage.sessions[number - 1], number))
                for fault in planned:
                    if fault.day == number:
                        tasks.create_task(_strike(stage, desk, fault))
        return await _tell_result(stage)


def playing(stage: Stage) -> AbstractAsyncContextManager[None]:
    """Keep the page's gauges alive for whoever stays to play."""
    return _beside(show_gauges(stage))


async def _strike(stage: Stage, desk: Desk, fault: PlannedFault) -> None:
    """Switch a fault on in its session, and off before the session ends."""
    session = stage.sessions[fault.day - 1]
    await _sleep_until_part(session, _STRIKES)
    if fault.name in _AFTER_DRILL:
        await desk.drilled.wait()
    click.echo(f"*** Fault on day {fault.day}: {fault.name} - {FAULTS[fault.name]} ***\n")
    await stage.set_fault(fault.name, active=True)
    await _sleep_until_part(session, _IS_OVER)
    await stage.set_fault(fault.name, active=False)


async def _sleep_until_part(session: Session, part: float) -> None:
    at = session.opens + session.length * part
    await asyncio.sleep(max((at - wallclock.now()).total_seconds(), 0))


async def _tell_result(stage: Stage) -> bool:
    """Read the result from the bot's own ledger, as an auditor would, and tell it once all is said in the channel."""
    async with open_desk(load_settings(stage.configuration, {})) as desk:
        trader = desk.traders[TRADER]
        records, counted = await records_of(desk, trader), await standing_streak(desk, trader)
        with suppress(TimeoutError):  # the result stands in the ledger, said or not
            await asyncio.wait_for(_all_said(stage, desk, records), _SAID_WITHIN)
        verification = await desk.ledger.verify()
        may_flip, at_gate = await _at_gate(stage, desk) if counted.cleared else (False, "")
    click.echo(_summary(records, counted))
    if at_gate:
        click.echo(at_gate)
    click.echo(f"The ledger's chain of {verification.entries} entries verifies up to {verification.head.hash[:12]}.")
    return may_flip and verification.broken_at is None


async def _at_gate(stage: Stage, desk: TradingDesk) -> tuple[bool, str]:
    """Ask the gate about the certificate, as the pipeline that flips to LIVE does; return whether it may flip."""
    try:
        code, said = await asked_at_gate(desk, desk.traders[TRADER], stage.folder, _CERTIFIED_WITHIN)
    except TimeoutError:
        return False, f"The clearance has no certificate after {_CERTIFIED_WITHIN:g} s; the bot's log tells why."
    return code == 0, f"The gate's exit code is {code}: {said}"


async def _all_said(stage: Stage, desk: TradingDesk, records: Sequence[DayRecord]) -> None:
    while await desk.ledger.unsent() or not _closed_on_card(stage, records):  # noqa: ASYNC110 - another process's ledger
        await asyncio.sleep(_LOOK_EVERY)


def _closed_on_card(stage: Stage, records: Sequence[DayRecord]) -> bool:
    """Tell whether the last day's root message shows its verdict: it is edited a little later."""
    roots = (said for said in stage.workspace.messages(CHANNEL_ID) if key_of(said).startswith("root:"))
    shown = [said["text"] for said in roots if str(records[-1].day) in said["text"]] if records else []
    return all("closed" in text and "not closed" not in text for text in shown)


def _summary(records: Sequence[DayRecord], counted: Streak) -> str:
    lines = [line for record in records for line in _day_lines(record)]
    end = "CLEARED for canary LIVE" if counted.cleared else "NOT CLEARED"
    unproven = [str(record.day) for record in records if record.verdict is Verdict.INCONCLUSIVE]
    why = counted.why or (f"{' and '.join(unproven)} proved nothing" if unproven else "")
    said = f" ({why})" if why and not counted.cleared else ""
    return "\n".join([*lines, f"{end}: {counted.passed} of {counted.required} days{said}."])


def _day_lines(record: DayRecord) -> list[str]:
    reasons = [f"    {r.id}: {r.verdict} - {r.detail}" for r in record.criteria if r.verdict is not Verdict.PASS]
    return [f"{record.day}  {record.verdict}", *reasons]


@asynccontextmanager
async def _beside(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
