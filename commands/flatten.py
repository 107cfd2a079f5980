"""Flatten every position now, and measure how long it takes.

Asks the trader to close all positions, then polls them every 50 ms until none is left. The time to zero is an
interval: from the last answer that still saw positions to the first that saw none. Positions must be gone within the
policy's limit (2 s by default).

Only on paper: unless the trader reports paper mode, flatten is refused.
"""

import asyncio
from dataclasses import dataclass
from datetime import date

from bot.desk import TraderDesk
from bot.domain.entry import FlattenMeasured
from bot.domain.evidence import FlattenTiming
from bot.domain.judge import judge_flatten
from bot.domain.people import Role
from bot.domain.results import FlattenReport
from bot.errors import BurninError, Refused
from bot.ports import Clock, FlattenAnswer, Trader
from commands.command import Call, CommandOptions, Result, to_its_end
from commands.session_day import day_now

ROLE = Role.OPERATOR
REASON = "paper_burnin"  # what the trader is told; the protocol's own word

POLL_EVERY = 0.05  # seconds
_WATCH_BEYOND_LIMIT = 3.0  # seconds; long enough to tell late from never


class Options(CommandOptions):
    """Flatten takes nothing but the trader."""


async def run(call: Call, options: Options) -> Result:  # noqa: ARG001 - every command has this shape
    """Flatten on demand. Once it was asked for it is measured to its end: a slow one is evidence, whoever gives up."""
    await refuse_unless_paper(call.trader)
    measuring = asyncio.ensure_future(_measured(call, day_now(call)))
    try:
        return await to_its_end(measuring)
    except asyncio.CancelledError:
        await to_its_end(call.desk.ledger.append(*measuring.result().drafts))
        raise


async def _measured(call: Call, day: date | None) -> Result:
    """Flatten, and return what was measured. The day is that of the start, also where the session ends meanwhile."""
    trader = call.trader
    timing = await measure_flatten(trader, call.desk.clock)
    finding = judge_flatten(trader.policy, timing)
    report = FlattenReport(
        trader=trader.name,
        verdict=finding.verdict,
        reason=finding.reason,
        detail=finding.detail if day else f"{finding.detail} It counts for no day: no session was open.",
        seconds=(timing.low, timing.high),
        positions_before=timing.positions_before,
        positions_after=timing.positions_after,
    )
    drafts = (call.draft(FlattenMeasured(timing=timing), day), call.told(report, day))
    return Result(report, drafts, reason=finding.reason, detail=finding.detail)


async def refuse_unless_paper(trader: TraderDesk) -> None:
    """Refuse what would touch a book with real money in it.

    Raises:
        Refused: the trader does not report paper mode, and the guard is not switched off.
    """
    mode = await trader.trader.paper_mode()
    if not mode.paper:
        words = f"{trader.name} does not report paper mode: {mode.words}. Nothing was sent."
        raise Refused("not_paper", f"{words} If it is on paper, mend how it says so, or traders[].paper_guard.")


async def measure_flatten(desk: TraderDesk, clock: Clock) -> FlattenTiming:
    """Flatten and time it from outside. Once asked for, it is measured to its end; trouble is part of the answer."""
    before = await _positions(desk.trader)
    started_at, sent = clock.now(), clock.monotonic()
    request = asyncio.ensure_future(_ask(desk.trader))
    give_up = sent + desk.policy.flatten_limit.total_seconds() + _WATCH_BEYOND_LIMIT
    seen = await _poll_until_flat(desk.trader, clock, sent, give_up)
    answer = await request
    return FlattenTiming(
        started_at=started_at,
        positions_before=before,
        positions_after=seen.positions,
        low=seen.low,
        high=seen.high,
        status=answer.status if isinstance(answer, FlattenAnswer) else None,
        error=str(answer) if isinstance(answer, BurninError) else _refused(answer) or seen.trouble,
    )


def _refused(answer: FlattenAnswer) -> str | None:
    return f"/flatten answered {answer.status}: {answer.text[:200]}" if answer.status >= 400 else None  # noqa: PLR2004


async def _ask(trader: Trader) -> FlattenAnswer | BurninError:
    try:
        return await trader.flatten(REASON)
    except BurninError as error:
        return error


async def _positions(trader: Trader) -> int | None:
    try:
        return await trader.positions()
    except BurninError:
        return None


@dataclass(slots=True)
class _Seen:
    """What polling saw: the bounds of the time to zero, the last count, and what kept it from seeing."""

    low: float | None = None
    high: float | None = None
    positions: int | None = None
    trouble: str | None = None  # why the newest poll saw nothing


async def _poll_until_flat(trader: Trader, clock: Clock, sent: float, give_up: float) -> _Seen:
    seen = _Seen()
    while (asked := clock.monotonic()) < give_up:
        try:
            seen.positions, seen.trouble = await trader.positions(), None
        except BurninError as error:
            seen.trouble = str(error)
        else:
            if seen.positions == 0:
                seen.high = round(clock.monotonic() - sent, 4)
                return seen
            seen.low = round(asked - sent, 4)
        await clock.sleep(asked + POLL_EVERY - clock.monotonic())
    return seen
