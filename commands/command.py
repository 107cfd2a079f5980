"""What a command is: the shape that every module in this room has, and what it is handed when it runs."""

import asyncio
import shlex
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date
from types import ModuleType
from typing import Any, TypeVar

from pydantic import Field
from pydantic.fields import FieldInfo

from bot.daybook import say
from bot.desk import Desk, TraderDesk
from bot.domain.entry import Body, Draft
from bot.domain.notice import CommandDone
from bot.domain.people import Actor, Origin, Role
from bot.domain.results import CheckReport, DrillReport, FlattenReport, ReconcileReport, Report, SelfTestReport
from bot.domain.value import Value
from commands.steps import Progress

T = TypeVar("T")

Found = CheckReport | DrillReport | FlattenReport | ReconcileReport | SelfTestReport


class CommandOptions(Value):
    """What every command takes: the trader it is for. A field marked positional may be typed without its name."""

    trader: str | None = Field(
        None, description="which trader; needed where there are several", json_schema_extra={"positional": True}
    )


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


async def needs_role(role: Role) -> str:
    """Say which role it takes, where a front does not know who has it."""
    return f"It needs the role {role}."


@dataclass(frozen=True, slots=True)
class Call:
    """One run of a command: on which desk, for which trader, by whom. `started` numbers its intent in the ledger."""

    desk: Desk
    trader: TraderDesk
    actor: Actor
    origin: Origin
    role: Role  # what may be done here and now; no more than looking where a refusal stands
    started: int
    progress: Progress
    refusal: str = ""  # why this person, or anybody in this place, may only look
    why_not: Callable[[Role], Awaitable[str]] = needs_role  # says to who lacks a role that they do, and who has it

    def line(self, words: str) -> str:
        """Return a line for this trader, who is named only where there are several."""
        return words if len(self.desk.traders) == 1 else f"{words} {shlex.quote(self.trader.name)}"

    def draft(self, body: Body, day: date | None) -> Draft:
        """Return the entry that puts what this run did or saw on a day of its trader."""
        return Draft(
            at=self.desk.clock.now(),
            body=body,
            actor=self.actor,
            origin=self.origin,
            trader=self.trader.name,
            day=day,
        )

    def told(self, report: Found, day: date | None) -> Draft:
        """Return the entry that queues what this run found for the day's thread."""
        return say(
            CommandDone(actor=self.actor, command=report.kind, report=report),
            key=f"command:{self.started}",
            trader=self.trader.name,
            at=self.desk.clock.now(),
            day=day,
        )


@dataclass(frozen=True, slots=True)
class Result:
    """What a command found, and the entries (evidence, messages) that are recorded in one transaction with its end.

    `instead` is asked what to tell and record where somebody else recorded the same fact in the meantime, or another
    that this one rests on.
    """

    report: Report
    drafts: tuple[Draft, ...] = ()
    reason: str = ""
    detail: str = ""
    hint: str = ""  # the line that may come next, offered only to who may run it
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
        """How it is typed: `close [day] [trader]`, `drill [trader] [--qty QTY]`."""
        fields = [(name, field, _extra(field)) for name, field in self.options.model_fields.items()]
        shown = [(name, field, extra) for name, field, extra in fields if not extra.get("hidden")]
        shown.sort(key=lambda one: (not one[2].get("positional"), one[0] == "trader"))
        return " ".join([self.name, *(_in_usage(name, field) for name, field, _ in shown)])


def command_of(module: ModuleType) -> Command:
    """Return the command that a module of this room defines."""
    return Command(
        name=module.__name__.rsplit(".", 1)[-1],
        role=module.ROLE,
        options=module.Options,
        run=module.run,
        help="\n\n".join([(module.__doc__ or "").strip(), *_explained(module.Options), *_examples(module)]),
        claim=getattr(module, "ONE_AT_A_TIME", False),
        needs_trader=getattr(module, "NEEDS_TRADER", True),
    )


def _explained(options: type[CommandOptions]) -> list[str]:
    """Return a paragraph that says what each option takes; none where there is only the trader."""
    own = {name: field for name, field in options.model_fields.items() if name != "trader" and field.description}
    lines = [f"  {_typed(name, field)}: {field.description}" for name, field in own.items()]
    return ["\n".join(["It takes:", *lines])] if lines else []


def _examples(module: ModuleType) -> list[str]:
    """Return a paragraph of lines to copy, where a command names some."""
    lines = [f"  {line}" for line in getattr(module, "EXAMPLES", ())]
    return ["\n".join(["As in:", *lines])] if lines else []


def _in_usage(name: str, field: FieldInfo) -> str:
    """Return an option as the usage line shows it: in brackets where it may be left out."""
    if _extra(field).get("positional"):
        return name.upper() if field.is_required() else f"[{name}]"
    word = _typed(name, field) if field.annotation is bool else f"{_typed(name, field)} {name.upper()}"
    return word if field.is_required() else f"[{word}]"


def _typed(name: str, field: FieldInfo) -> str:
    return name if _extra(field).get("positional") else f"--{name.replace('_', '-')}"


def _extra(field: FieldInfo) -> dict[str, Any]:
    extra = field.json_schema_extra
    return extra if isinstance(extra, dict) else {}
