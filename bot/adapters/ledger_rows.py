"""A ledger's rows, whatever database they are in: what is asked of them, and the drafts that are made from them."""

import json
from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Any, ClassVar, Final

import rfc8785

from bot.adapters.stored_entry import StoredEntry, StoredSample, closed_day, digest_rows
from bot.domain.day import ClosedDay
from bot.domain.entry import GENESIS, CommandStarted, Draft, Entry, SamplesRetired, SamplesSealed
from bot.domain.people import BOT, INSIDE
from bot.domain.sample import Sample
from bot.errors import ClaimHeld, DuplicateKey, LedgerBroken
from bot.ports import Head

NO_END: Final = 2**63 - 1  # no entry has this number
Batch = tuple[str, date, Sequence[Sample]]  # whose samples, of which day


class Unwritable(LedgerBroken):
    """An entry has a number that JSON has not."""


@dataclass(eq=False, slots=True)
class Asked:
    """An append that somebody waits for, and what came of it."""

    drafts: tuple[Draft, ...]
    outcome: tuple[Entry, ...] | Exception | None = None

    def appended(self) -> tuple[Entry, ...]:
        """Return what was appended, or raise why nothing was."""
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome or ()


class LedgerRows(ABC):
    """The ledger over one connection, blocking. Only one thread may call."""

    no_limit: ClassVar[int | None]  # what LIMIT takes where there is none

    def __init__(self) -> None:
        self._closed: dict[str, tuple[int, tuple[ClosedDay, ...]]] = {}  # up to which entry: entries never change

    @abstractmethod
    def append(self, drafts: Sequence[Draft]) -> tuple[Entry, ...]:
        """Append all drafts in one transaction, or none."""

    def append_each(self, several: Sequence[Asked]) -> None:
        """Append what several ask for, in order and each as a whole or not at all, and commit once where that works."""
        try:
            entries = iter(self.append([draft for asked in several for draft in asked.drafts]))
        except (ClaimHeld, DuplicateKey, Unwritable) as refused:
            if len(several) > 1:
                for asked in several:
                    self.append_each([asked])
            else:
                several[0].outcome = refused
        except Exception as error:  # noqa: BLE001 - nothing was appended, and each who waits is told why
            for asked in several:
                asked.outcome = error
        else:
            for asked in several:
                asked.outcome = tuple(islice(entries, len(asked.drafts)))

    @abstractmethod
    def store_samples(self, batches: Iterable[Batch]) -> None:
        """Store the samples of all batches in one transaction; those that are there already stay the only ones."""

    @abstractmethod
    def seal_samples(self, at: datetime, trader: str, day: date) -> Entry | None:
        """Append a seal over the day's samples stored since its last one; None where there are none."""

    @abstractmethod
    def retire_samples(self, at: datetime, trader: str, day: date) -> Entry | None:
        """Append that a day's samples are retired and delete them; None where there are none."""

    @abstractmethod
    def _all(self, query: str, **values: Any) -> Sequence[tuple[Any, ...]]:
        """Return the rows of a query of `sql/ledger/queries`."""

    def entries(
        self,
        trader: str | None,
        day: date | None,
        kinds: Sequence[str],
        after: int,
        newest: int | None,
        *,
        before: int | None = None,
    ) -> tuple[Entry, ...]:
        """Return matching entries, oldest first."""
        if trader is not None and day is not None:
            query = "entries_of_day"
        else:
            query = ("entries_of_kinds" if trader is None else "entries_of_trader") if kinds else "entries"
        rows = self._rows(
            query,
            trader=trader,
            day=day.isoformat() if day else None,
            kinds=json.dumps(list(kinds)) if kinds else None,
            after=after,
            before=NO_END if before is None else before,
            newest=self.no_limit if newest is None else newest,
        )
        return tuple(row.entry() for row in rows)

    def closed_days(self, trader: str) -> tuple[ClosedDay, ...]:
        """Return what of a trader's closed days counts for its streak, the oldest session first."""
        after, known = self._closed.get(trader, (0, ()))
        found = self._all("closed_days", trader=trader, after=after)
        if found:
            known = tuple(sorted((*known, *(closed_day(text) for _, text in found)), key=lambda closed: closed.day))
            self._closed[trader] = max(seq for seq, _ in found), known
        return known

    def days_of(self, trader: str, kind: str) -> frozenset[date]:
        """Return the days on which a trader has an entry of a kind."""
        return frozenset(date.fromisoformat(day) for (day,) in self._all("days_of_kind", trader=trader, kind=kind))

    def by_key(self, key: str) -> Entry | None:
        """Return the entry with a key."""
        return next((row.entry() for row in self._rows("entry_by_key", key=key)), None)

    def unsettled(self, query: str) -> tuple[Entry, ...]:
        """Return what a query such as `open_commands` finds that nothing later has settled."""
        return tuple(row.entry() for row in self._rows(query))

    def sample_days(self, before: date) -> tuple[tuple[str, date], ...]:
        """Return whose samples of which days before a date there are, the oldest day first."""
        found = self._all("sample_days", before=before.isoformat())
        return tuple((trader, date.fromisoformat(day)) for trader, day in found)

    def samples(self, trader: str, day: date, sealed_by: int | None) -> tuple[Sample, ...]:
        """Return a day's samples in order of time; only those sealed by entries up to a number where one is given."""
        rows = self._samples("samples_of_day", trader=trader, day=day.isoformat())
        if sealed_by is None:
            return tuple(row.sample() for row in rows)
        seals = self._seals(trader, day, sealed_by)
        firsts = [seal.first for seal in seals]
        # By number alone, a row that a hand put before or between the sealed ones would count: no seal vouches for it.
        sealed = (row for row in rows if (n := bisect_right(firsts, row.id)) and row.id <= seals[n - 1].last)
        return tuple(row.sample() for row in sealed)

    def head(self) -> Head:
        """Return the end of the chain."""
        return next((Head(*row) for row in self._all("head")), Head(0, GENESIS))

    def _seal(self, at: datetime, trader: str, day: date) -> tuple[Draft, ...]:
        """Return the seal over the day's samples stored since its last one; nothing where there are none."""
        after = max((seal.last for seal in self._seals(trader, day, newest=1)), default=0)
        rows = self._samples("samples_to_seal", trader=trader, day=day.isoformat(), after=after)
        if not rows:
            return ()
        body = SamplesSealed(first=rows[0].id, last=rows[-1].id, count=len(rows), digest=digest_rows(rows))
        return (Draft(at=at, body=body, actor=BOT, origin=INSIDE, trader=trader, day=day),)

    def _retirement(self, at: datetime, trader: str, day: date) -> tuple[Draft, ...]:
        """Return what is said of all the day's samples when they are deleted; nothing where there are none."""
        ((count, last),) = self._all("samples_to_retire", trader=trader, day=day.isoformat())
        if not count:
            return ()
        body = SamplesRetired(last=last, count=count)
        return (Draft(at=at, body=body, actor=BOT, origin=INSIDE, trader=trader, day=day),)

    def _seals(
        self, trader: str, day: date, until: int | None = None, *, newest: int | None = None
    ) -> list[SamplesSealed]:
        """Return the seals of a day's samples by entries up to a number, oldest first."""
        entries = self.entries(trader, day, ("samples_sealed",), 0, newest)
        bodies = (entry.body for entry in entries if until is None or entry.seq <= until)
        return [body for body in bodies if isinstance(body, SamplesSealed)]

    def _rows(self, query: str, **values: Any) -> list[StoredEntry]:
        return [StoredEntry(*row) for row in self._all(query, **values)]

    def _samples(self, query: str, **values: Any) -> list[StoredSample]:
        return [StoredSample(*row) for row in self._all(query, **values)]


def linked(draft: Draft, head: Head) -> tuple[Entry, StoredEntry]:
    """Return the entry that follows the head, and its row.

    Half a character, as a text that was cut off may end in, can be neither hashed nor stored; it becomes a `?`.

    Raises:
        Unwritable: it has a number that JSON has not.
    """
    try:
        row = StoredEntry.following(draft, head.seq + 1, head.hash)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError) as error:
        text = json.dumps(draft.model_dump(mode="json"), ensure_ascii=False)
        if (whole := text.encode(errors="replace").decode()) != text:
            return linked(Draft.model_validate_json(whole), head)
        raise Unwritable(
            f"A {draft.body.kind} cannot be written, for JSON has no such number ({error}): "
            "write it as text where it comes from."
        ) from error
    fields = {name: getattr(draft, name) for name in Draft.model_fields}
    return Entry(**fields, seq=row.seq, prev=row.prev, hash=row.hash), row


def claim_of(intent: Entry) -> str | None:
    """Return what an intent claims for itself."""
    return intent.body.claim if isinstance(intent.body, CommandStarted) else None


def still_runs(intent: Entry, at: datetime) -> bool:
    """Tell whether an intent without an outcome has not expired at an instant."""
    return isinstance(intent.body, CommandStarted) and intent.body.expires_at > at
