"""The shared ledger's reading and writing, blocking: what `PostgresLedger` runs on its own threads.

Nothing is locked while an entry is put together. Its writer remembers the end of the chain, links the entry on it and
sends it in one statement; where another program was faster, the primary key refuses it and it is linked anew.
"""

import json
import random
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from time import sleep
from typing import Any, Final

import psycopg

from bot.adapters.ledger_rows import Batch, LedgerRows, claim_of, linked, still_runs
from bot.adapters.postgres_line import LineCut, PostgresLine
from bot.adapters.stored_entry import StoredEntry, sample_columns
from bot.domain.entry import CommandFinished, CommandStarted, Draft, Entry, SamplesRetired
from bot.errors import ClaimHeld, DuplicateKey, LeaseLost, LedgerBroken
from bot.ports import Head

_TURNS: Final = 200  # how often an append may find that another program was faster
_PAUSE: Final = 0.02  # seconds, at most, before the next turn

Compose = Callable[[], Sequence[Draft]]
Then = Callable[[Sequence[Entry]], None]


class PostgresRows(LedgerRows):
    """The ledger over one connection. Only one thread may call."""

    no_limit = None

    def __init__(self, line: PostgresLine) -> None:
        super().__init__()
        self.epoch: int | None = None
        self._line = line
        self._head: Head | None = None  # as this connection's last append left it

    def append(self, drafts: Sequence[Draft]) -> tuple[Entry, ...]:
        """Append all drafts, or none."""
        return self._append(lambda: drafts)

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
        return next(iter(self._append(lambda: self._seal(at, trader, day))), None)

    def retire_samples(self, at: datetime, trader: str, day: date) -> Entry | None:
        """Append that a day's samples are retired and delete them; None where there are none."""

        def delete(entries: Sequence[Entry]) -> None:
            for entry in entries:
                if isinstance(entry.body, SamplesRetired):
                    whose = {"trader": trader, "day": day.isoformat(), "last": entry.body.last}
                    self._line.execute("delete_samples", whose)

        return next(iter(self._append(lambda: self._retirement(at, trader, day), delete)), None)

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
            try:
                entries = self._linked(compose(), head)
            except (ClaimHeld, DuplicateKey):
                if not any(map(self._stands, doubted)):
                    raise
                continue  # what it met is its own, which came to stand just now
            try:
                self._send(entries, then)
            except LineCut:
                doubted += [entries] if entries else []
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
        rows = [StoredEntry.of(entry)._asdict() for entry in entries]
        if len(rows) == 1:
            sent = self._line.execute("append_entry", {**rows[0], "epoch": self.epoch})
        else:
            sent = self._line.execute("append_entries", {"entries": json.dumps(rows), "epoch": self.epoch})
        return self._refuse_unless(sent.rowcount == len(rows))

    def _linked(self, drafts: Sequence[Draft], head: Head) -> tuple[Entry, ...]:
        entries: list[Entry] = []
        for draft in drafts:
            if draft.key is not None and any(entry.key == draft.key for entry in entries):
                raise DuplicateKey(draft.key)
            self._refuse_held(draft, entries)
            entry, _ = linked(draft, head)
            entries.append(entry)
            head = Head(entry.seq, entry.hash)
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

    def _all(self, query: str, **values: Any) -> Sequence[tuple[Any, ...]]:
        return self._line.read(query, values)


_CROWDED: Final = "Too many programs write to the ledger at once; stop what writes so much, then try again."


def _wait_a_little() -> None:
    sleep(random.uniform(0, _PAUSE))  # noqa: S311 - so that two who met do not meet again
