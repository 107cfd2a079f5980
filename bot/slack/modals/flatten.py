"""Flatten, asked about before it is done: what it would close, and the trader's name to be typed."""

import asyncio
from dataclasses import dataclass

from bot.desk import TraderDesk
from bot.errors import BurninError
from bot.slack.cards.blocks import Block, context, escape, section
from bot.slack.cards.flatten_confirm import NOT_ON_PAPER
from bot.slack.modals.form import Asked, Faults, Filled, Form, field, modal, words
from commands.command import CommandOptions
from commands.parser import line_of

NAME = "flatten"
LOOK_SECONDS = 10.0  # how long the trader is waited for; the modal stands meanwhile
_TYPED = "typed"
_LOOKING = "looking…"


@dataclass(frozen=True, slots=True)
class Seen:
    """What the trader said of itself: positions open now, and its mode in words; None where it did not say."""

    positions: int | None
    mode: str | None
    paper: bool = True


async def seen(trader: TraderDesk, seconds: float) -> Seen:
    """Ask a trader what a flatten would close, for as many seconds."""
    positions, mode = await asyncio.gather(_positions(trader, seconds), _mode(trader, seconds))
    return Seen(positions, mode[0], mode[1]) if mode else Seen(positions, None)


def view(asked: Asked, found: Seen | None = None) -> Block:
    """Which trader, what it holds and in which mode it is, once that is known, and the field for its name."""
    trader = asked.trader.name
    shown = escape(trader, 80)
    held, mode = (_held(found), _mode_words(found)) if found else (_LOOKING, _LOOKING)
    blocks = [
        section(f"*Flatten {shown}?* Every position of this trader is closed at once, and nothing brings it back."),
        section(f"*Positions now:* {held}\n*Mode:* {mode}"),
        field(_TYPED, f"Type the trader's name to confirm: {trader}", words()),
        context("It is measured, and the result is told in the day's thread."),
    ]
    return modal(NAME, "Flatten", "Flatten", asked.reference, blocks)


async def look(asked: Asked) -> Block:
    """The modal with what the trader says of itself."""
    return view(asked, await seen(asked.trader, LOOK_SECONDS))


def read(filled: Filled) -> str | Faults:
    """Return the line where the name is right; phones write its first letter large."""
    if filled.values.get(_TYPED, "").casefold() != filled.trader.casefold():
        return {_TYPED: f"That is not its name. Type {filled.trader}, or cancel: nothing has been closed."}
    return line_of(NAME, filled.trader)


def _always(_: CommandOptions) -> bool:
    return True


def _held(found: Seen) -> str:
    if found.positions is None:
        return "unknown (the trader did not say in time)"
    return f"{found.positions} open" if found.positions else "none open; a flatten counts with positions open"


def _mode_words(found: Seen) -> str:
    if found.mode is None:
        return "unknown (the trader did not say in time)"
    return escape(found.mode, 300) + ("" if found.paper else f"\n{NOT_ON_PAPER}")


async def _positions(trader: TraderDesk, seconds: float) -> int | None:
    try:
        async with asyncio.timeout(seconds):
            return await trader.trader.positions()
    except (BurninError, TimeoutError):
        return None


async def _mode(trader: TraderDesk, seconds: float) -> tuple[str, bool] | None:
    try:
        async with asyncio.timeout(seconds):
            mode = await trader.trader.paper_mode()
    except (BurninError, TimeoutError):
        return None
    return mode.words, mode.paper


FORM = Form(NAME, (_TYPED,), wanted=_always, view=view, read=read, look=look)
