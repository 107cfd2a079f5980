"""What is asked of the trader and of what belongs to it: HTTP, its orders, its Prometheus, the desk's scripts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.domain.evidence import AlertHistory, ControlRun, ReconcileRun
from bot.domain.results import ScriptRun
from bot.domain.sample import Reading, Sample
from bot.domain.session import Session
from bot.domain.value import JsonObject


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
