"""The embedded ledger's transactions, blocking: what `SqliteLedger` runs on its own thread."""

import json
import sqlite3
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

import rfc8785

import sql
from bot.adapters.stored_entry import StoredEntry, StoredSample, closed_day, digest_rows, sample_columns
from bot.domain.day import ClosedDay
from bot.domain.entry import GENESIS, CommandStarted, Draft, Entry, SamplesRetired, SamplesSealed, link
from bot.domain.people import BOT, INSIDE
from bot.domain.sample import Sample
from bot.errors import ClaimHeld, DuplicateKey, LedgerBroken
from bot.ports import Head

Batch = tuple[str, date, Sequence[Sample]]  # whose samples, of which day


class SqliteRows:
    """One connection to the ledger's file. Only the thread that made the connection may call."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._closed: dict[str, tuple[int, tuple[ClosedDay, ...]]] = {}  # up to which entry: entries never change

    def append(self, drafts: Sequence[Draft]) -> tuple[Entry, ...]:
        """Append all drafts in one transaction, or none."""
        with self._writing():
            return self._append(drafts)

    def entries(
        self, trader: str | None, day: date | None, kinds: Sequence[str], after: int, newest: int | None
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
            newest=-1 if newest is None else newest,
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

    def store_samples(self, batches: Iterable[Batch]) -> None:
        """Store the samples of all batches in one transaction."""
        rows = (
            {"trader": trader, "day": day.isoformat(), **sample_columns(sample)}
            for trader, day, samples in batches
            for sample in samples
        )
        with self._writing():
            self._connection.executemany(sql.read("ledger/queries/insert_sample.sql"), rows)

    def seal_samples(self, at: datetime, trader: str, day: date) -> Entry | None:
        """Append a seal over the day's samples stored since its last one; None where there are none."""
        with self._writing():
            after = max((seal.last for seal in self._seals(trader, day, newest=1)), default=0)
            rows = self._samples("samples_to_seal", trader=trader, day=day.isoformat(), after=after)
            if not rows:
                return None
            seal = SamplesSealed(first=rows[0].id, last=rows[-1].id, count=len(rows), digest=digest_rows(rows))
            (entry,) = self._append([Draft(at=at, body=seal, actor=BOT, origin=INSIDE, trader=trader, day=day)])
            return entry

    def retire_samples(self, at: datetime, trader: str, day: date) -> Entry | None:
        """Append that a day's samples are retired and delete them; None where there are none."""
        with self._writing():
            count, last = self._one("samples_to_retire", trader=trader, day=day.isoformat())
            if not count:
                return None
            body = SamplesRetired(last=last, count=count)
            (entry,) = self._append([Draft(at=at, body=body, actor=BOT, origin=INSIDE, trader=trader, day=day)])
            self._connection.execute(
                sql.read("ledger/queries/delete_samples.sql"), {"trader": trader, "day": day.isoformat(), "last": last}
            )
            return entry

    def sample_days(self, before: date) -> tuple[tuple[str, date], ...]:
        """Return whose samples of which days before a date there are, the oldest day first."""
        found = self._connection.execute(sql.read("ledger/queries/sample_days.sql"), {"before": before.isoformat()})
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
        row = self._connection.execute(sql.read("ledger/queries/head.sql")).fetchone()
        return Head(*row) if row else Head(0, GENESIS)

    def close(self) -> None:
        """Release the file."""
        self._connection.close()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        self._connection.execute(sql.read("ledger/queries/begin.sql"))
        try:
            yield
            self._connection.commit()
        except BaseException:
            self._connection.rollback()
            raise

    def _append(self, drafts: Sequence[Draft]) -> tuple[Entry, ...]:
        head, appended = self.head(), []
        for draft in drafts:
            self._refuse_duplicate(draft)
            self._refuse_held(draft)
            entry = linked(draft, head)
            self._connection.execute(sql.read("ledger/queries/insert_entry.sql"), StoredEntry.of(entry)._asdict())
            head = Head(entry.seq, entry.hash)
            appended.append(entry)
        return tuple(appended)

    def _refuse_duplicate(self, draft: Draft) -> None:
        if draft.key is not None and self._rows("entry_by_key", key=draft.key):
            raise DuplicateKey(draft.key)

    def _refuse_held(self, draft: Draft) -> None:
        if not isinstance(draft.body, CommandStarted) or draft.body.claim is None:
            return
        for holder in self.unsettled("open_commands"):
            if claim_of(holder) == draft.body.claim and still_runs(holder, draft.at):
                raise ClaimHeld(holder)

    def _seals(
        self, trader: str, day: date, until: int | None = None, *, newest: int | None = None
    ) -> list[SamplesSealed]:
        """Return the seals of a day's samples by entries up to a number, oldest first."""
        entries = self.entries(trader, day, ("samples_sealed",), 0, newest)
        bodies = (entry.body for entry in entries if until is None or entry.seq <= until)
        return [body for body in bodies if isinstance(body, SamplesSealed)]

    def _one(self, query: str, **values: Any) -> tuple[Any, ...]:
        """Return the one row of a query that always has one."""
        return self._all(query, **values)[0]

    def _all(self, query: str, **values: Any) -> list[tuple[Any, ...]]:
        return self._connection.execute(sql.read(f"ledger/queries/{query}.sql"), values).fetchall()

    def _rows(self, query: str, **values: Any) -> list[StoredEntry]:
        return [StoredEntry(*row) for row in self._all(query, **values)]

    def _samples(self, query: str, **values: Any) -> list[StoredSample]:
        return [StoredSample(*row) for row in self._all(query, **values)]


def linked(draft: Draft, head: Head) -> Entry:
    """Return the entry that follows the head.

    Raises:
        LedgerBroken: it has a number that JSON has not.
    """
    try:
        return link(draft, head.seq + 1, head.hash)
    except rfc8785.CanonicalizationError as error:
        raise LedgerBroken(
            f"A {draft.body.kind} cannot be written, for JSON has no such number ({error}): "
            "write it as text where it comes from."
        ) from error


def claim_of(intent: Entry) -> str | None:
    """Return what an intent claims for itself."""
    return intent.body.claim if isinstance(intent.body, CommandStarted) else None


def still_runs(intent: Entry, at: datetime) -> bool:
    """Tell whether an intent without an outcome has not expired at an instant."""
    return isinstance(intent.body, CommandStarted) and intent.body.expires_at > at
