"""What a command is: the shape that every module in this room has, and what it is handed when it runs."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from types import ModuleType
from typing import Any, Protocol, TypeVar

from pydantic import Field

from bot.desk import Desk, TraderDesk
from bot.domain.entry import Draft
from bot.domain.people import Actor, Origin, Role
from bot.domain.results import Report
from bot.domain.value import Value

T = TypeVar("T")


class CommandOptions(Value):
    """What every command takes: the trader it is for. A field marked positional may be typed without its name."""

    trader: str | None = Field(
        None, description="which trader; needed where there are several", json_schema_extra={"positional": True}
    )


class StepState(StrEnum):
    """How far a step of a long command is."""

    PENDING = "pending"
    IN_PROGRESS = "in_progress"
    COMPLETE = "complete"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a long command, for whoever watches it."""

    name: str
    state: StepState
    detail: str = ""
    seconds: float | None = None


class Progress(Protocol):
    """Shows how far a long command is. It gets all steps each time, and must not raise."""

    async def __call__(self, steps: tuple[Step, ...]) -> None:
        """Show the steps as they stand."""
        ...


async def to_its_end(work: Awaitable[T]) -> T:
    """Wait until something has been done, however often this task is cancelled meanwhile; then pass that on."""
    task, cancelled = asyncio.ensure_future(work), False
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            cancelled = True
    if cancelled:
        raise asyncio.CancelledError
    return task.result()


async def no_progress(steps: tuple[Step, ...]) -> None:
    """Show nothing: for a front that only wants the end."""


@dataclass(frozen=True, slots=True)
class Call:
    """One run of a command: on which desk, for which trader, by whom. `started` numbers its intent in the ledger."""

    desk: Desk
    trader: TraderDesk
    actor: Actor
    origin: Origin
    role: Role
    started: int
    progress: Progress


@dataclass(frozen=True, slots=True)
class Result:
    """What a command found, and the entries (evidence, messages) that are recorded in one transaction with its end.

    `instead` is asked for what to tell where somebody else recorded the same fact in the meantime.
    """

    report: Report
    drafts: tuple[Draft, ...] = ()
    reason: str = ""
    detail: str = ""
    instead: "Callable[[], Awaitable[Result]] | None" = None


@dataclass(frozen=True, slots=True)
class Command:
    """A command as the fronts see it."""

    name: str
    role: Role
    options: type[CommandOptions]
    run: Callable[[Call, Any], Awaitable[Result]]
    help: str
    claim: bool  # whether only one may run at a time for a trader
    needs_trader: bool  # whether it is about one trader, rather than about all of them

    @property
    def summary(self) -> str:
        """The first sentence of its help."""
        return self.help.split("\n", 1)[0].rstrip(".")

    @property
    def usage(self) -> str:
        """How it is typed: `drill [trader] [--qty QTY]`."""
        parts = [self.name]
        for name, field in self.options.model_fields.items():
            extra = field.json_schema_extra
            positional = isinstance(extra, dict) and extra.get("positional")
            if positional:
                parts.append(f"[{name}]")
            elif field.annotation is bool:
                parts.append(f"[--{name.replace('_', '-')}]")
            else:
                parts.append(f"[--{name.replace('_', '-')} {name.upper()}]")
        return " ".join(parts)


def command_of(module: ModuleType) -> Command:
    """Return the command that a module of this room defines."""
    return Command(
        name=module.__name__.rsplit(".", 1)[-1],
        role=module.ROLE,
        options=module.Options,
        run=module.run,
        help=(module.__doc__ or "").strip(),
        claim=getattr(module, "ONE_AT_A_TIME", False),
        needs_trader=getattr(module, "NEEDS_TRADER", True),
    )
