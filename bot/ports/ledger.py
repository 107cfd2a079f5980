"""The ledger, and the right to act on it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from bot.domain.day import ClosedDay
from bot.domain.entry import Draft, Entry
from bot.domain.sample import Sample


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
        before: int | None = None,
        newest: int | None = None,
    ) -> tuple[Entry, ...]:
        """Return matching entries with a number above `after` and below `before`, oldest first.

        `newest` keeps the last so many.
        """
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
