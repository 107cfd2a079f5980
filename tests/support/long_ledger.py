"""A ledger as years of use leave it, made within seconds: one real day, told again of other days and other traders."""

import re
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple, Self

import sql
from bot.adapters.sqlite_schema import connect
from bot.adapters.stored_entry import StoredEntry, digest_rows
from bot.domain.entry import GENESIS, Draft, Entry, MessageQueued, MessageSent, SamplesSealed, SessionOpened, link
from bot.domain.people import BOT, INSIDE
from tests.support.simulated_day import SimulatedDay

_IN_A_HURRY = ("PRAGMA synchronous = OFF", "PRAGMA journal_mode = OFF", "PRAGMA cache_size = -500000")
_OTHERS_NUMBER = re.compile(r'("started":|\b(?:command|finished):|\bscript:\w+:|\bstreak:[^:"]+:)(\d+)')


class LikeIt(NamedTuple):
    """An entry of the real day as a pattern: what differs from day to day and from trader to trader is left open."""

    seq: int
    at: str
    trader: str | None
    day: str | None
    kind: str
    actor: str
    origin: str
    key: str | None
    body: str

    @classmethod
    def of(cls, entry: Entry, trader: str, day: date) -> Self:
        """Return the pattern of an entry of a trader's day."""

        def opened(text: str | None) -> str | None:
            if text is None:
                return None
            text = text.replace("%", "%%").replace(day.isoformat(), "%(day)s").replace(trader, "%(trader)s")
            return _OTHERS_NUMBER.sub(r"\1%(\2)d", text)

        row = StoredEntry.of(entry)
        return cls(row.seq, *(opened(text) for text in row[1:9]))  # type: ignore[arg-type]

    def filled(self, seq: int, prev: str, values: dict[str, Any]) -> StoredEntry:
        """Return the entry of another day, linked."""
        texts = [text if text is None or "%" not in text else text % values for text in self[1:]]
        row = StoredEntry(seq, *texts, prev, "")  # type: ignore[arg-type]
        return row._replace(hash=sha256(row.content.encode()).hexdigest())


async def real_day() -> list[Entry]:
    """Return the entries of a trader's day, with commands, a drill, a close, and all that was said of it."""
    day = SimulatedDay(length=100.0)
    for seconds, line in ((5.0, "check"), (60.0, "status"), (80.0, "check")):
        day.at(seconds, lambda line=line: day.begin(line))
    await day.run()
    said = [_said(entry) for entry in day.room.ledger.chain if isinstance(entry.body, MessageQueued)]
    return [*day.room.ledger.chain, *said]


def _said(queued: Entry) -> Entry:
    assert isinstance(queued.body, MessageQueued)
    message = queued.body.announcement.key
    body = MessageSent(message=message, channel="C01", ref="1763869500.000100")
    return _linked(body, queued, key=f"sent:{message}")


def like(day: Sequence[Entry], *, seals: int) -> list[LikeIt]:
    """Return a trader's day as patterns, with so many seals. They are over nothing: nobody needs samples of years."""
    opened = next(entry for entry in day if isinstance(entry.body, SessionOpened))
    seal = _linked(SamplesSealed(first=1, last=0, count=0, digest=digest_rows(())), opened)
    told = [entry for entry in day if not isinstance(entry.body, SamplesSealed)]
    half = len(told) // 2
    told[half:half] = [seal] * seals
    return [LikeIt.of(entry, str(opened.trader), opened.body.session.date) for entry in told]  # type: ignore[union-attr]


def _linked(body: Any, beside: Entry, key: str | None = None) -> Entry:
    draft = Draft(at=beside.at, body=body, actor=BOT, origin=INSIDE, trader=beside.trader, day=beside.day, key=key)
    return link(draft, 1, GENESIS)


def weekdays(before: date, count: int) -> list[date]:
    """Return so many weekdays before a date, oldest first."""
    found: list[date] = []
    while len(found) < count:
        before -= timedelta(days=1)
        if before.weekday() < 5:
            found.append(before)
    return found[::-1]


def long_chain(days: Iterable[date], traders: Sequence[str], like: Sequence[LikeIt]) -> Iterator[StoredEntry]:
    """Yield the rows of those days of those traders, who all live through the same at the same time."""
    seq, prev = 0, GENESIS
    turns = dict.fromkeys(traders, 0)  # each trader's last StreakCounted; the real day had none before it
    for day in days:
        of_trader: list[dict[str, Any]] = [
            {"trader": trader, "day": day.isoformat(), "0": turns[trader]} for trader in traders
        ]
        for pattern in like:
            for values in of_trader:
                seq += 1
                values[str(pattern.seq)] = seq
                if pattern.kind == "streak_counted":
                    turns[values["trader"]] = seq
                row = pattern.filled(seq, prev, values)
                prev = row.hash
                yield row


def write(path: Path, rows: Iterable[StoredEntry]) -> None:
    """Write rows into a new SQLite ledger. Triggers and indices are put back once they are all there."""
    with closing(connect(path)) as connection:
        made = connection.execute(
            "SELECT type, name, sql FROM sqlite_master"
            " WHERE tbl_name = 'entries' AND type IN ('index', 'trigger') AND sql IS NOT NULL"
        ).fetchall()
        _run(connection, (*_IN_A_HURRY, "BEGIN"))
        _run(connection, (f"DROP {kind} {name}" for kind, name, _ in made))
        insert = sql.read("ledger/queries/insert_entry.sql")
        connection.executemany(re.sub(r":\w+", "?", insert), rows)
        _run(connection, (text for *_, text in made))
        _run(connection, ("COMMIT", "PRAGMA journal_mode = WAL"))


def _run(connection: sqlite3.Connection, statements: Iterable[str]) -> None:
    for statement in statements:
        connection.execute(statement)
