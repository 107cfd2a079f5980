"""Waiting for the bot by conditions; where one does not come in time, what is known is told."""

import asyncio
from collections.abc import Awaitable, Callable
from inspect import isawaitable

from bot.domain.session import Session
from bot.sandbox import wallclock
from tests.acceptance.chaos import invariants
from tests.acceptance.chaos.stage import ChaosStage

_WITHIN = 45.0  # seconds, on a busy machine
_LOOK_EVERY = 0.02  # seconds
_OPENS_IN = 2.0  # seconds, beside what a start takes


async def until(
    stage: ChaosStage, condition: Callable[[], object] | Callable[[], Awaitable[bool]], *, or_sprung: bool = False
) -> None:
    """Wait for a condition, with a bot that must not end of its own accord meanwhile.

    Args:
        stage: the running parts.
        condition: what is waited for.
        or_sprung: being killed at the armed point will do as well.
    """
    give_up = wallclock.unix() + _WITHIN
    while True:
        if or_sprung and stage.trap.sprung.is_set():
            return
        met = condition()
        if await met if isawaitable(met) else met:
            return
        if not stage.trap.sprung.is_set():
            stage.hold_bot_runs()
        assert wallclock.unix() < give_up, f"{await invariants.owed(stage)}. {stage.told()}"
        await asyncio.sleep(_LOOK_EVERY)


async def is_settled(stage: ChaosStage) -> bool:
    """Tell whether the bot owes nothing any more."""
    return not await invariants.owed(stage)


async def settled(stage: ChaosStage) -> None:
    """Wait until nothing is owed any more, and hold all that must hold then."""
    await until(stage, lambda: is_settled(stage))
    await invariants.hold_nothing_lost(stage)
    await invariants.hold_said_once(stage)
    invariants.hold_one_outcome(stage)
    invariants.hold_clearance(stage)


async def opened(stage: ChaosStage, seconds: float, *, starts: float = 1.0) -> Session:
    """Begin a session of so many seconds; return once it is open, its gate is proven and all of it is said.

    Args:
        stage: the running parts.
        seconds: how long it is.
        starts: how many times what a start takes here the bot has for its own, where it must not be late.
    """
    session = stage.plan_session(_OPENS_IN + starts * stage.starts_in, seconds)
    await stage.bot.start()
    await until(stage, lambda: any(entry.day == session.date for entry in stage.eye.of("self_tested")))
    await settled(stage)
    return session
