"""What the use cases need from outside, as protocols. Adapters implement them; tests fake them."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from bot.domain.day import ClosedDay
from bot.domain.entry import Draft, Entry
from bot.domain.evidence import AlertHistory, ControlRun, ReconcileRun
from bot.domain.notice import Announcement, SessionPicture
from bot.domain.results import ScriptRun
from bot.domain.sample import Reading, Sample
from bot.domain.session import Session
from bot.domain.value import JsonObject


class Clock(Protocol):
    """The one source of time."""

    def now(self) -> datetime:
        """Return the wall-clock time, aware, in UTC: for dates and for what people read."""
        ...

    def monotonic(self) -> float:
        """Return seconds that never step back: for durations."""
        ...

    def boot(self) -> str:
        """Return what tells this run of the host from others; its monotonic seconds compare only within it.

        Empty where that is not known.
        """
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait; zero or less returns after other tasks had their turn."""
        ...


@dataclass(frozen=True, slots=True)
class FlattenAnswer:
    """What `POST /flatten` answered. A status of 400 or more is an error answer, not an exception."""

    status: int
    text: str


@dataclass(frozen=True, slots=True)
class PaperMode:
    """What the paper guard found. `paper` is True too where the guard is switched off; `words` says what was seen."""

    paper: bool
    words: str


class Trader(Protocol):
    """The trader over HTTP.

    Every method raises `bot.errors.TraderUnreachable` where there was no answer within the time limit, and
    `bot.errors.BadAnswer` where the answer cannot be used; both say in one sentence what to do.
    """

    async def scrape(self) -> Mapping[str, Reading]:
        """Return a reading for each role present in `/metrics` (roles of `bot.domain.metrics`)."""
        ...

    def read(self, text: str) -> Mapping[str, Reading]:
        """Return what a scrape would, had `/metrics` answered this text.

        Raises:
            BadAnswer: it cannot be read.
        """
        ...

    async def ready(self) -> JsonObject:
        """Return what `/ready` says."""
        ...

    async def supervisor(self) -> JsonObject:
        """Return what `/debug/supervisor/status` says."""
        ...

    async def flatten(self, reason: str) -> FlattenAnswer:
        """Ask for every position to be closed."""
        ...

    async def positions(self) -> int:
        """Return how many positions are open."""
        ...

    async def paper_mode(self) -> PaperMode:
        """Ask whether the trader trades on paper. A trader that does not say so is not on paper."""
        ...


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One order in the trader's database, as the drill looks for it."""

    id: str
    parent_id: str | None


Found = Callable[[str, JsonObject], None]  # takes the name of a reconcile check, and a row that it found


class OrderBook(Protocol):
    """The trader's orders in PostgreSQL, read only. Raises `bot.errors.DatabaseUnreachable`."""

    async def recent_orders(self, since: datetime) -> tuple[OrderRow, ...]:
        """Return the orders created at or after an instant."""
        ...

    async def reconcile(self, opened: datetime, closed: datetime, found: Found | None = None) -> ReconcileRun:
        """Run every check over the orders of a window. Trouble is part of the answer; nothing is raised.

        `found` is given the first 5,000 rows of each check, of which the answer holds a few.
        """
        ...

    async def self_test(self) -> ControlRun:
        """Try every check that has a control on rows planted in temporary tables. Trouble is part of the answer.

        Nothing of it stays: the transaction is rolled back, and it cannot write to a table that is not temporary.
        """
        ...

    async def describe(self) -> str:
        """Return one line on the database (server, orders table, number of checks) for `burnin doctor`."""
        ...


class MetricsHistory(Protocol):
    """The trader's metrics as its Prometheus has kept them."""

    async def samples(self, opened: datetime, closed: datetime) -> tuple[Sample, ...]:
        """Return the raw samples between two instants, both included, in order, with the source PROMETHEUS.

        Raises:
            PrometheusUnreachable, BadAnswer: it could not be asked, or what it holds cannot be told to be this
            trader's, at these times. The text says what to do.
        """
        ...


class AlertSource(Protocol):
    """The alerting rules of the trader's Prometheus, and what became of them."""

    async def look(self) -> Mapping[str, Reading]:
        """Return how the rules stand now: readings with the roles `RULES_PROBLEMS`, `RULES_FIRING`, `RULES_STARTED`.

        Raises:
            PrometheusUnreachable, BadAnswer: it could not be asked.
        """
        ...

    async def alert_history(self, session: Session) -> AlertHistory:
        """Return what its samples say about a whole session. Trouble is part of the answer; nothing is raised."""
        ...

    def rules_digest(self) -> str:
        """Return the SHA-256 (hex) of the rules file, or an empty text where it cannot be read."""
        ...


class Runner(Protocol):
    """The desk's own scripts, as argv lists."""

    def has(self, name: str) -> bool:
        """Tell whether a script of this name (`inject_plan`, `report`, `hygiene`) is configured."""
        ...

    async def run(self, name: str, values: Mapping[str, str]) -> ScriptRun:
        """Run a script to its end or its time limit, placeholders filled. Trouble is part of the answer."""
        ...


class Calendar(Protocol):
    """The sessions of an exchange. Instants in, sessions out."""

    def on(self, day: date) -> Session | None:
        """Return the session of that date, or None on a holiday."""
        ...

    def current(self, at: datetime) -> Session | None:
        """Return the session that is open at an instant."""
        ...

    def following(self, at: datetime) -> Session | None:
        """Return the first session that opens after an instant; None where the calendar ends before it."""
        ...

    def preceding(self, at: datetime) -> Session | None:
        """Return the last session that closed before an instant."""
        ...


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the chain: the last entry's number and hash (0 and GENESIS of an empty ledger)."""

    seq: int
    hash: str


@dataclass(frozen=True, slots=True)
class Verification:
    """What walking the whole chain found. `broken_at` is the number of the first entry that does not fit."""

    entries: int
    head: Head
    broken_at: int | None = None
    problem: str = ""


class Ledger(Protocol):
    """The append-only chain of entries, and the raw samples beside it. Several processes may append at once.

    Every method raises `bot.errors.LedgerBroken` where the ledger cannot be read or written.
    """

    async def append(self, *drafts: Draft) -> tuple[Entry, ...]:
        """Append all drafts in one transaction, or none.

        Raises:
            DuplicateKey: a draft's key is already in the ledger.
            ClaimHeld: a CommandStarted claims what another unfinished, unexpired command holds (as of `draft.at`).
        """
        ...

    async def entries(
        self,
        *,
        trader: str | None = None,
        day: date | None = None,
        kinds: Sequence[str] = (),
        after: int = 0,
        newest: int | None = None,
    ) -> tuple[Entry, ...]:
        """Return matching entries with a number above `after`, oldest first; `newest` keeps the last so many."""
        ...

    async def closed_days(self, trader: str) -> tuple[ClosedDay, ...]:
        """Return what of a trader's closed days counts for its streak, the oldest session first."""
        ...

    async def days_of(self, trader: str, kind: str) -> frozenset[date]:
        """Return the days on which a trader has an entry of a kind."""
        ...

    async def by_key(self, key: str) -> Entry | None:
        """Return the entry with a key."""
        ...

    async def running(self, at: datetime, trader: str | None = None) -> tuple[Entry, ...]:
        """Return the CommandStarted entries without an outcome that have not expired at an instant."""
        ...

    async def dangling(self, at: datetime) -> tuple[Entry, ...]:
        """Return the CommandStarted entries without an outcome, expired or not: work that may have been cut off."""
        ...

    async def unsent(self) -> tuple[Entry, ...]:
        """Return the MessageQueued entries without a MessageSent, oldest first."""
        ...

    async def store_samples(self, trader: str, day: date, samples: Sequence[Sample]) -> None:
        """Store samples durably in one transaction."""
        ...

    async def seal_samples(self, draft_at: datetime, trader: str, day: date) -> Entry | None:
        """Append a SamplesSealed over the day's samples stored since its last seal; None where there are none."""
        ...

    async def retire_samples(self, at: datetime, trader: str, day: date) -> Entry | None:
        """Delete a day's samples, sealed or not, with the SamplesRetired that says so; None where there are none."""
        ...

    async def sample_days(self, before: date) -> tuple[tuple[str, date], ...]:
        """Return whose samples of which days before a date there are, the oldest day first."""
        ...

    async def samples(self, trader: str, day: date, *, sealed_by: int | None = None) -> tuple[Sample, ...]:
        """Return a day's samples, of every source, in order of time.

        Args:
            trader: whose.
            day: the session's date.
            sealed_by: only those that the entries up to this number have sealed; None for all.
        """
        ...

    def fence(self, epoch: int) -> None:
        """Write from now on only while the lease has this number; without one every later write raises `LeaseLost`.

        A ledger that can have one bot only needs no fence, and the command line has none.
        """
        ...

    async def head(self) -> Head:
        """Return the end of the chain."""
        ...

    async def verify(self, samples_of: tuple[str, date] | None = None) -> Verification:
        """Recompute the whole chain and the digests of the sealed samples.

        Args:
            samples_of: the trader and the day whose samples are recomputed; None for all. The chain is in any case.
        """
        ...

    async def close(self) -> None:
        """Release files and connections."""
        ...


class Lease(Protocol):
    """The right to act on a ledger: of any number of bots that share it, one has it at a time."""

    async def take(self) -> int:
        """Wait until this bot may act, and return the number of its lease, higher than any before (0 without others).

        Raises:
            Refused: the ledger can have one bot only, and another one runs.
            LedgerBroken: it cannot be told who acts.
        """
        ...

    def held(self) -> bool:
        """Tell, without waiting, whether this bot may act now. It may come back as long as nobody else took it."""
        ...

    async def lost(self) -> None:
        """Return once another bot has taken the lease: this one must not act again."""
        ...

    async def release(self) -> None:
        """Let go of it, so that another bot need not wait. Never raises for a ledger that is away."""
        ...


@dataclass(frozen=True, slots=True)
class Posted:
    """Where a message stands: the channel, and Slack's message timestamp (empty on a terminal)."""

    channel: str
    ref: str


class Artist(Protocol):
    """Draws what a message shows."""

    async def draw(self, trader: str, picture: SessionPicture) -> bytes:
        """Return the picture of a session as PNG.

        Raises:
            NotDrawn: it could not be drawn.
        """
        ...


class Announcer(Protocol):
    """Where announcements are said.

    Raises `bot.errors.SlackUnreachable` where trying again may help and `bot.errors.DeliveryRefused` where somebody
    must mend something first.
    """

    async def post(self, announcement: Announcement, root: Posted | None, late: timedelta | None = None) -> Posted:
        """Say it.

        Args:
            announcement: what.
            root: the day's root message, where the placement asks for its thread.
            late: how long ago it should have been said, where its reader must know that.
        """
        ...

    async def find(self, announcement: Announcement, root: Posted | None) -> Posted | None:
        """Look for the message whose place an EDIT takes; None where there is none."""
        ...

    async def update(self, announcement: Announcement, posted: Posted) -> None:
        """Show a message again as it should read now."""
        ...


Job = Callable[[], Awaitable[None]]  # what a timer calls


class Timer(Protocol):
    """Calls something at a wall-clock moment."""

    def at(self, moment: datetime, name: str, job: Job) -> None:
        """Call the job once at a moment, or at once where it has passed; a job of the same name is replaced."""
        ...
