"""Show who ran what, newest first: every command, refused ones too, and what the bot did by itself.

A person, a command, an outcome, a day or a stretch of time and a trader narrow it down, in any order.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from pydantic import Field

from bot.domain.acts import ACTS
from bot.domain.entry import CommandFinished, Entry
from bot.domain.folds import AUDITED, audit_rows
from bot.domain.people import Actor, Role
from bot.domain.results import AuditReport, AuditRow
from bot.domain.session import Session
from bot.errors import Refused, UsageError
from commands.audit_words import OUTCOMES, ActedText, CommandText, FormatText, OutcomeText, PersonText
from commands.command import Call, CommandOptions, Result
from commands.moments import WORDS, MomentText, instant, zone_of
from commands.people import is_meant, shown
from commands.registry import load_commands
from commands.session_day import DayText, date_named
from commands.which_trader import line_with

ROLE = Role.VIEWER
NEEDS_TRADER = False
EXAMPLES = (
    "audit",
    "audit @asha today flatten refused",
    "audit flatten --from 2026-11-20 --to 2026-11-24",
    "audit session opened",
    "audit machine yesterday --last 50",
)

_MOST = 100_000  # rows
_MOST_IN_SLACK = 1000
_USUAL = 20
_AT_ONCE = 2000  # entries
_ANY_CLOCK = timedelta(days=1)  # a clock that was set back wrote earlier times later


class Options(CommandOptions):
    """How many rows, of whom, of what, of when."""

    last: int | None = Field(
        None, ge=1, le=_MOST, description=f"a number of rows from 1 to {_MOST}, {_USUAL} if left out"
    )
    since: MomentText | None = Field(
        None,
        description="from when on (or --from): a day, or an instant as in 2026-11-20T09:20",
        json_schema_extra={"words": WORDS, "also": ["from"]},
    )
    until: MomentText | None = Field(
        None,
        description="up to when (or --to): a day, which is part of it, or an instant",
        json_schema_extra={"words": WORDS, "also": ["to"]},
    )
    format: FormatText = Field(
        "table", description="on the command line: table, json, or csv and jsonl, which have every row and column"
    )
    acts: ActedText | None = Field(
        None, description="people, or machine for what the bot did by itself", json_schema_extra={"positional": True}
    )
    command: CommandText | None = Field(
        None,
        description="a command, as in flatten, or an act, as in session opened",
        json_schema_extra={"positional": True, "words": 3},
    )
    outcome: OutcomeText | None = Field(
        None, description=", ".join(OUTCOMES), json_schema_extra={"positional": True, "choices": [*OUTCOMES]}
    )
    day: DayText | None = Field(
        None,
        description="2026-11-20, 20 Nov, monday, today or yesterday, on the exchange's calendar, with its session",
        json_schema_extra={"positional": True, "words": 4},
    )
    person: PersonText | None = Field(
        None, description="@name, me, scheduler or burnin", json_schema_extra={"positional": True}
    )


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Which rows are meant."""

    options: Options
    asker: Actor
    started: int  # this very command's number
    zone: ZoneInfo
    day: date | None
    session: Session | None  # of that day; one that opens the evening before belongs to it, too
    since: datetime | None
    until: datetime | None

    def __call__(self, row: AuditRow) -> bool:
        options, machine = self.options, row.actor_id.startswith(("scheduler:", "bot:"))
        return (
            row.seq != self.started
            and options.command in (None, row.command)
            and options.outcome in (None, row.outcome)
            and options.acts in (None, "machine" if machine else "people")
            and (self.day is None or self._on_day(row.at))
            and (self.since is None or row.at >= self.since)
            and (self.until is None or row.at <= self.until)
            and (options.person is None or is_meant(options.person, _actor(row), self.asker))
        )

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of entry among which they are."""
        command = self.options.command
        named = tuple(kind for kind, words in ACTS.items() if words == command)
        return named or ("command_finished", *(("command_started",) if command else AUDITED))

    @property
    def earliest(self) -> datetime | None:
        """Before which nothing is meant."""
        begins = datetime.combine(self.day, time(), self.zone) if self.day else None
        if begins and self.session:
            begins = min(begins, self.session.opens)
        return max((at for at in (self.since, begins) if at), default=None)

    @property
    def narrowed(self) -> str:
        """In words, to what the rows were narrowed down."""
        options = self.options
        what = [word for word in (options.trader, options.command) if word]
        parts = [
            f"of {' '.join(what)}" if what else "",
            f"by {shown(options.person)}" if options.person else f"by {options.acts}" if options.acts else "",
            options.outcome or "",
            f"on {self.day}" if self.day else "",
            f"from {self._at(self.since)}" if self.since else "",
            f"to {self._at(self.until)}" if self.until else "",
        ]
        return " ".join(part for part in parts if part)

    def _on_day(self, at: datetime) -> bool:
        held = self.session is not None and self.session.opens <= at <= self.session.closes
        return held or at.astimezone(self.zone).date() == self.day

    def _at(self, at: datetime) -> str:
        return f"{at.astimezone(self.zone):%Y-%m-%d %H:%M:%S %Z}"


async def run(call: Call, options: Options) -> Result:
    """List the audit trail."""
    if call.origin.surface != "cli" and options.format != "table":
        line = f"burnin {line_with(load_commands()['audit'], options)}"
        raise Refused("terminal_only", f"--format is for the command line: {line}, on the bot's host.", hint="audit")
    wanted, most = _wanted(call, options), _most(call, options)
    found = await _found(call, options, wanted, most)
    rows = tuple(_timed(call, found[:most]))
    hint = "audit" if wanted.narrowed and not rows else ""
    report = AuditReport(rows=rows, narrowed=wanted.narrowed, older=len(found) > most, format=options.format)
    return Result(report, hint=hint)


def _most(call: Call, options: Options) -> int:
    """Return how many rows are asked for: what a program reads has all of them, unless it is said otherwise."""
    if call.origin.surface != "cli":
        return min(options.last or _USUAL, _MOST_IN_SLACK)
    return options.last or (_MOST if options.format in ("csv", "jsonl") else _USUAL)


def _wanted(call: Call, options: Options) -> _Wanted:
    """Return which rows are meant.

    Raises:
        UsageError: a day could be two, or the stretch of time ends before it begins.
    """
    now, trader = call.desk.clock.now(), call.trader
    since = instant(trader, options.since, now) if options.since else None
    until = instant(trader, options.until, now, end=True) if options.until else None
    if since and until and since > until:
        turned = line_with(load_commands()["audit"], options, since=options.until, until=options.since)
        said = f"audit: it ends ({options.until}) before it begins ({options.since}). Did you mean '{turned}'?"
        raise UsageError(said, hint=turned)
    day = date_named(trader, options.day, now) if options.day else None
    session = trader.calendar.on(day) if day else None
    return _Wanted(options, call.actor, call.started, zone_of(trader, now), day, session, since, until)


async def _found(call: Call, options: Options, wanted: _Wanted, most: int) -> list[AuditRow]:
    """Return the newest rows that are wanted, newest first, with one more than asked for where there is one.

    The ledger is read from its end as far as needed, a page at a time, for others to come in between.
    """
    whose, number = call.trader.name if options.trader else None, min(2 * most + 10, _AT_ONCE)
    found: list[AuditRow] = []
    ends: tuple[Entry, ...] = ()  # outcomes of which the command was not reached yet
    before: int | None = None
    while True:
        page = await call.desk.ledger.entries(trader=whose, kinds=wanted.kinds, before=before, newest=number)
        found += [row for row in audit_rows((*page, *ends)) if wanted(row)]
        if len(found) > most or len(page) < number or _is_before(page[0], wanted.earliest):
            return found
        begun = {entry.seq for entry in page}
        ends = tuple(e for e in (*page, *ends) if isinstance(e.body, CommandFinished) and e.body.started not in begun)
        before, number = page[0].seq, _AT_ONCE


def _is_before(entry: Entry, earliest: datetime | None) -> bool:
    """Tell whether what is older than an entry cannot be meant any more."""
    return earliest is not None and entry.at + _ANY_CLOCK < earliest


def _actor(row: AuditRow) -> Actor:
    kind, _, identity = row.actor_id.partition(":")
    return Actor.model_validate({"kind": kind, "id": identity, "name": row.actor})


def _timed(call: Call, rows: Sequence[AuditRow]) -> Iterator[AuditRow]:
    """Yield rows with the zone of the exchange whose they are; of what is no trader's, of the one who is meant."""
    now, traders = call.desk.clock.now(), call.desk.traders
    zones = {name: zone_of(traders.get(name, call.trader), now).key for name in {row.trader for row in rows}}
    for row in rows:
        yield row.model_copy(update={"timezone": zones[row.trader]})
