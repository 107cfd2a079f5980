"""The shared ledger's reading and writing, blocking: what `PostgresLedger` runs on its own threads.

Nothing is locked while an entry is put together. Its writer remembers the end of the chain, links the entry on it and
sends it in one statement; where another program was faster, the primary key refuses it and it is linked anew.
"""

import json
import random
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from time import sleep
from typing import Any, Final

import psycopg

from bot.adapters.postgres_line import LineCut, PostgresLine
from bot.adapters.sqlite_rows import Batch, claim_of, linked, still_runs
from bot.adapters.stored_entry import StoredEntry, StoredSample, closed_day, digest_rows, sample_columns
from bot.domain.day import ClosedDay
from bot.domain.entry import GENESIS, CommandFinished, CommandStarted, Draft, Entry, SamplesRetired, SamplesSealed
from bot.domain.people import BOT, INSIDE
from bot.domain.sample import Sample
from bot.errors import ClaimHeld, DuplicateKey, LeaseLost, LedgerBroken
from bot.ports import Head

_TURNS: Final = 200  # how often an append may find that another program was faster
_PAUSE: Final = 0.02  # seconds, at most, before the next turn

Compose = Callable[[], Sequence[Draft]]
Then = Callable[[Sequence[Entry]], None]


class PostgresRows:
    """The ledger over one connection. Only one thread may call."""

    def __init__(self, line: PostgresLine) -> None:
        self.epoch: int | None = None
        self._line = line
        self._head: Head | None = None  # as this connection's last append left it
        self._closed: dict[str, tuple[int, tuple[ClosedDay, ...]]] = {}  # up to which entry: entries never change

    def append(self, drafts: Sequence[Draft]) -> tuple[Entry, ...]:
        """Append all drafts, or none."""
        return self._append(lambda: drafts)

    def entries(
        self, trader: str | None, day: date | None, kinds: Sequence[str], after: int, newest: int | None
    ) -> tuple[Entry, ...]:
        """Return matching entries, oldest first."""
        if trader is not None and day is not None:
            query = "entries_of_day"
        else:
            query = ("entries_of_kinds" if trader is None else "entries_of_trader") if kinds else "entries"
        values = {
            "trader": trader,
            "day": day.isoformat() if day else None,
            "after": after,
            "newest": newest,
            **({} if query == "entries" else {"kinds": json.dumps(list(kinds)) if kinds else None}),
        }
        return tuple(row.entry() for row in self._rows(query, **values))

    def closed_days(self, trader: str) -> tuple[ClosedDay, ...]:
        """Return what of a trader's closed days counts for its streak, the oldest session first."""
        after, known = self._closed.get(trader, (0, ()))
        found = self._line.read("closed_days", {"trader": trader, "after": after})
        if found:
            known = tuple(sorted((*known, *(closed_day(text) for _, text in found)), key=lambda closed: closed.day))
            self._closed[trader] = max(seq for seq, _ in found), known
        return known

    def days_of(self, trader: str, kind: str) -> frozenset[date]:
        """Return the days on which a trader has an entry of a kind."""
        return frozenset(
            date.fromisoformat(day) for (day,) in self._line.read("days_of_kind", {"trader": trader, "kind": kind})
        )

    def by_key(self, key: str) -> Entry | None:
        """Return the entry with a key."""
        return next((row.entry() for row in self._rows("entry_by_key", key=key)), None)

    def unsettled(self, query: str) -> tuple[Entry, ...]:
        """Return what a query such as `open_commands` finds that nothing later has settled."""
        return tuple(row.entry() for row in self._rows(query))

    def store_samples(self, batches: Iterable[Batch]) -> None:
        """Store the samples of all batches together; those that are there already stay the only ones."""
        rows = [
            {"trader": trader, "day": day.isoformat(), **sample_columns(sample)}
            for trader, day, samples in batches
            for sample in samples
        ]
        distinct = {tuple(row.values()): row for row in rows}
        values = {"samples": json.dumps(list(distinct.values())), "epoch": self.epoch}
        for _ in range(_TURNS):
            try:
                (held,) = self._line.execute("store_samples", values).fetchall()
            except LineCut:
                self._line.mend()
            except psycopg.errors.UniqueViolation:
                _wait_a_little()
            else:
                return self._refuse_unless(held[0])
        raise LedgerBroken(_CROWDED)

    def seal_samples(self, at: datetime, trader: str, day: date) -> Entry | None:
        """Append a seal over the day's samples stored since its last one; None where there are none."""

        def seal() -> Sequence[Draft]:
            after = max((seal.last for seal in self._seals(trader, day, newest=1)), default=0)
            rows = self._samples("samples_to_seal", trader=trader, day=day.isoformat(), after=after)
            if not rows:
                return ()
            body = SamplesSealed(first=rows[0].id, last=rows[-1].id, count=len(rows), digest=digest_rows(rows))
            return (Draft(at=at, body=body, actor=BOT, origin=INSIDE, trader=trader, day=day),)

        return next(iter(self._append(seal)), None)

    def retire_samples(self, at: datetime, trader: str, day: date) -> Entry | None:
        """Append that a day's samples are retired and delete them; None where there are none."""
        whose = {"trader": trader, "day": day.isoformat()}

        def retire() -> Sequence[Draft]:
            count, last = self._one("samples_to_retire", **whose)
            body = SamplesRetired(last=last or 0, count=count)
            return (Draft(at=at, body=body, actor=BOT, origin=INSIDE, trader=trader, day=day),) if count else ()

        def delete(entries: Sequence[Entry]) -> None:
            for entry in entries:
                if isinstance(entry.body, SamplesRetired):
                    self._line.execute("delete_samples", {**whose, "last": entry.body.last})

        return next(iter(self._append(retire, delete)), None)

    def sample_days(self, before: date) -> tuple[tuple[str, date], ...]:
        """Return whose samples of which days before a date there are, the oldest day first."""
        found = self._line.read("sample_days", {"before": before.isoformat()})
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
        return next((Head(*row) for row in self._line.read("head", {})), Head(0, GENESIS))

    def bring_up_to_date(self) -> None:
        """Make or upgrade the tables where that is due."""
        self._line.bring_up_to_date()

    def _append(self, compose: Compose, then: Then | None = None) -> tuple[Entry, ...]:
        """Append what `compose` says, asked anew each time another program was faster, and do `then` with it."""
        doubted: list[tuple[Entry, ...]] = []  # what was sent when the connection broke: it may stand, now or soon
        for _ in range(_TURNS):
            head, self._head = self._head or self.head(), None
            # After the head was read: what comes to stand later than this is met by the primary key.
            if standing := next(filter(self._stands, doubted), None):
                return standing
            entries = self._linked(compose(), head)
            try:
                self._send(entries, then)
            except LineCut:
                doubted.append(entries)
                self._line.mend()
            except psycopg.errors.UniqueViolation:
                if not any(map(self._stands, doubted)):
                    self._refuse_taken(entry.key for entry in entries)
                    _wait_a_little()
            else:
                self._head = Head(entries[-1].seq, entries[-1].hash) if entries else head
                return entries
        raise LedgerBroken(_CROWDED)

    def _send(self, entries: Sequence[Entry], then: Then | None = None) -> None:
        if then is not None:
            with self._line.transaction():
                self._send(entries)
                return then(entries)
        if not entries:
            return None
        rows = json.dumps([StoredEntry.of(entry)._asdict() for entry in entries])
        sent = self._line.execute("append_entries", {"entries": rows, "epoch": self.epoch})
        return self._refuse_unless(sent.rowcount == len(entries))

    def _linked(self, drafts: Sequence[Draft], head: Head) -> tuple[Entry, ...]:
        entries: list[Entry] = []
        for draft in drafts:
            if draft.key is not None and any(entry.key == draft.key for entry in entries):
                raise DuplicateKey(draft.key)
            self._refuse_held(draft, entries)
            entries.append(linked(draft, head))
            head = Head(entries[-1].seq, entries[-1].hash)
        return tuple(entries)

    def _refuse_held(self, draft: Draft, before: Sequence[Entry]) -> None:
        """Refuse a claim that is held, in the ledger or by what is appended before it."""
        if not isinstance(draft.body, CommandStarted) or draft.body.claim is None:
            return
        settled = {entry.body.started for entry in before if isinstance(entry.body, CommandFinished)}
        for holder in (*self.unsettled("open_commands"), *before):
            if holder.seq not in settled and claim_of(holder) == draft.body.claim and still_runs(holder, draft.at):
                self._refuse_taken([entry.key for entry in before] + [draft.key])
                raise ClaimHeld(holder)

    def _refuse_taken(self, keys: Iterable[str | None]) -> None:
        wanted = [key for key in keys if key is not None]
        taken = {key for (key,) in self._line.read("keys_taken", {"keys": json.dumps(wanted)})} if wanted else set()
        for key in wanted:
            if key in taken:
                raise DuplicateKey(key)

    def _refuse_unless(self, held: bool) -> None:
        if not held:
            raise LeaseLost(f"Another bot has taken the ledger over: the lease has moved on from epoch {self.epoch}.")

    def _stands(self, entries: Sequence[Entry]) -> bool:
        last = entries[-1]
        return bool(self._line.read("stands", {"seq": last.seq, "hash": last.hash})[0][0])

    def _seals(
        self, trader: str, day: date, until: int | None = None, *, newest: int | None = None
    ) -> list[SamplesSealed]:
        """Return the seals of a day's samples by entries up to a number, oldest first."""
        entries = self.entries(trader, day, ("samples_sealed",), 0, newest)
        bodies = (entry.body for entry in entries if until is None or entry.seq <= until)
        return [body for body in bodies if isinstance(body, SamplesSealed)]

    def _one(self, query: str, **values: Any) -> tuple[Any, ...]:
        """Return the one row of a query that always has one."""
        return self._line.read(query, values)[0]

    def _rows(self, query: str, **values: Any) -> list[StoredEntry]:
        return [StoredEntry(*row) for row in self._line.read(query, values)]

    def _samples(self, query: str, **values: Any) -> list[StoredSample]:
        return [StoredSample(*row) for row in self._line.read(query, values)]


_CROWDED: Final = "Too many programs write to the ledger at once; stop what writes so much, then try again."


def _wait_a_little() -> None:
    sleep(random.uniform(0, _PAUSE))  # noqa: S311 - so that two who met do not meet again
