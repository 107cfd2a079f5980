"""Connections that break and servers that restart: nothing is lost, and nothing is written twice."""

import asyncio
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import closing
from typing import Any

import psycopg
import pytest
from pydantic import SecretStr

from bot.adapters import postgres_ledger, postgres_line
from bot.adapters.postgres_ledger import PostgresLedger
from bot.adapters.postgres_line import LineCut, PostgresLine, Row
from bot.adapters.postgres_rows import PostgresRows
from bot.configuration.ledger_address import PostgresAddress
from bot.domain.entry import BotStopped, Entry
from bot.errors import DuplicateKey, LedgerBroken
from tests.support.drafts import DAY, TRADER, draft, intent, sample
from tests.support.postgres import BrittlePostgres
from tests.support.postgres_proxy import Cut, PostgresProxy


@pytest.fixture
async def proxy(database: str) -> AsyncIterator[PostgresProxy]:
    """A wire to an empty database."""
    made = PostgresProxy(database)
    async with made.serving():
        yield made


@pytest.fixture
async def wired(proxy: PostgresProxy) -> AsyncIterator[PostgresLedger]:
    """A ledger at the end of the wire."""
    made = await PostgresLedger.open(PostgresAddress(url=SecretStr(proxy.url)))
    yield made
    await made.close()


def _reasons(entries: tuple[Entry, ...]) -> list[str]:
    return [entry.body.reason for entry in entries if isinstance(entry.body, BotStopped)]


@pytest.mark.parametrize("when", Cut)
async def test_an_append_whose_connection_breaks_is_written_once(
    wired: PostgresLedger, proxy: PostgresProxy, when: Cut
) -> None:
    """Whether the commit was reached or not: it stands once, as it was answered, and the chain goes on after it."""
    await wired.append(draft(BotStopped(reason="before")))
    proxy.cut(when, "fragile")
    appended = await wired.append(draft(BotStopped(reason="fragile")), draft(BotStopped(reason="too")))
    await wired.append(draft(BotStopped(reason="after")))
    entries = await wired.entries()
    assert _reasons(entries) == ["before", "fragile", "too", "after"]
    assert (entries[1:3], proxy.cuts) == (appended, 1)
    assert (await wired.verify()).entries == 4


@pytest.mark.parametrize("when", Cut)
async def test_a_keyed_append_whose_connection_breaks_is_not_its_own_duplicate(
    wired: PostgresLedger, proxy: PostgresProxy, when: Cut
) -> None:
    """What was written before the connection broke is the answer, not a reason to refuse."""
    proxy.cut(when, "fragile")
    (entry,) = await wired.append(draft(BotStopped(reason="fragile"), key="once"))
    assert await wired.by_key("once") == entry
    with pytest.raises(DuplicateKey):
        await wired.append(draft(BotStopped(reason="again"), key="once"))


async def test_an_append_that_arrives_late_is_written_once(
    wired: PostgresLedger, proxy: PostgresProxy, database: str
) -> None:
    """A server that goes on with a statement whose connection broke is met by the primary key."""
    await wired.append(draft(BotStopped(reason="before")))
    with psycopg.connect(database) as other:
        other.execute(  # whoever appends waits until it is known whether this came first
            "INSERT INTO entries (seq, at, kind, actor, origin, body, prev, hash)"
            " SELECT 2, at, kind, actor, origin, body, hash, '' FROM entries"
        )
        proxy.cut(Cut.UNANSWERED, "fragile")
        appending = asyncio.create_task(wired.append(draft(BotStopped(reason="fragile"))))
        with psycopg.connect(database, autocommit=True) as watcher:
            async with asyncio.timeout(20):
                while _waiting(watcher) < 2:  # noqa: ASYNC110 - the server has no event to wait for
                    await asyncio.sleep(0.01)
        other.rollback()
    (entry,) = await appending
    assert _reasons(await wired.entries()) == ["before", "fragile"]
    assert (await wired.entries())[-1] == entry


def _waiting(watcher: psycopg.Connection) -> int:
    ((count,),) = watcher.execute("SELECT count(*) FROM pg_locks WHERE NOT granted").fetchall()
    return int(count)


class LateLine(PostgresLine):
    """Breaks under the first append, which the server carries out all the same when the open commands are read next."""

    late: tuple[str, Mapping[str, Any]] | None = None
    broke = False

    def execute(self, query: str, values: Mapping[str, Any]) -> psycopg.Cursor[Row]:
        """Execute a statement, but for the first append."""
        if query == "append_entry" and not self.broke:
            self.broke, self.late = True, (query, values)
            raise LineCut
        if query == "open_commands" and self.late is not None:
            late, self.late = self.late, None
            super().execute(*late)
        return super().execute(query, values)


@pytest.mark.parametrize("key", ["once", None])
def test_a_claim_that_came_to_stand_late_is_not_held_against_itself(address: PostgresAddress, key: str | None) -> None:
    """A command is not refused because of its own intent, whose commit was not answered."""
    with closing(LateLine(address)) as line:
        rows = PostgresRows(line)
        rows.bring_up_to_date()
        (entry,) = rows.append([intent(claim="drill:nifty-orb").model_copy(update={"key": key})])
        assert rows.entries(None, None, (), 0, None) == (entry,)


@pytest.mark.parametrize("when", Cut)
async def test_samples_and_seals_survive_a_break(wired: PostgresLedger, proxy: PostgresProxy, when: Cut) -> None:
    """Samples are stored once, a seal is written once, and what it covers is what is there."""
    proxy.cut(when, "bank-orb")
    await wired.store_samples("bank-orb", DAY, [sample(0), sample(1)])
    assert proxy.cuts == 1
    assert await wired.samples("bank-orb", DAY) == (sample(0), sample(1))
    proxy.cut(when, "samples_sealed")
    seal = await wired.seal_samples(sample(2).at, "bank-orb", DAY)
    assert seal is not None
    assert await wired.entries(kinds=("samples_sealed",)) == (seal,)
    assert await wired.samples("bank-orb", DAY, sealed_by=seal.seq) == (sample(0), sample(1))
    assert (await wired.verify()).entries == 1


@pytest.mark.parametrize("when", Cut)
async def test_a_retirement_survives_a_break(wired: PostgresLedger, proxy: PostgresProxy, when: Cut) -> None:
    """The entry and the deletion take effect together, once."""
    await wired.store_samples(TRADER, DAY, [sample(0)])
    proxy.cut(when, "samples_retired")
    retired = await wired.retire_samples(sample(2).at, TRADER, DAY)
    assert await wired.entries() == (retired,)
    assert await wired.samples(TRADER, DAY) == ()
    assert (await wired.verify()).entries == 1


async def test_a_read_whose_connection_breaks_is_asked_again(wired: PostgresLedger, proxy: PostgresProxy) -> None:
    """Reading changes nothing, so nobody hears of it."""
    (entry,) = await wired.append(draft(BotStopped(reason="a"), key="wanted"))
    proxy.cut(Cut.AFTER, "wanted")
    assert await wired.by_key("wanted") == entry
    assert proxy.cuts == 1


class CutLine(PostgresLine):
    """Breaks under each statement."""

    asked = 0

    def execute(self, query: str, values: Mapping[str, Any]) -> psycopg.Cursor[Row]:
        """Break."""
        self.asked += 1
        raise LineCut


def test_a_read_that_breaks_each_connection_is_not_asked_for_ever(address: PostgresAddress) -> None:
    """It is told in words; a server that a query ends is not ended again and again."""
    with closing(CutLine(address)) as line:
        with pytest.raises(LedgerBroken, match="each connection breaks under the query head"):
            line.read("head", {})
        assert 1 < line.asked < 10


async def test_a_server_that_crashes_while_appends_run_loses_and_doubles_nothing(
    brittle_postgres: BrittlePostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Several ledgers append all through two crashes: each append that was answered stands once, and no other does."""
    monkeypatch.setattr(postgres_line, "FOUND_AGAIN_SECONDS", 60.0)  # a busy machine starts a server slowly
    address = PostgresAddress(url=SecretStr(brittle_postgres.create_database("ledger")))
    ledgers = [await PostgresLedger.open(address) for _ in range(3)]
    appended: list[Entry] = []
    over = asyncio.Event()

    async def write(name: int, ledger: PostgresLedger) -> None:
        number = 0
        while not over.is_set():
            appended.extend(await ledger.append(draft(BotStopped(reason=f"{name} {number}"))))
            await ledger.store_samples(f"trader-{name}", DAY, [sample(number)])
            number += 1

    async def many_more() -> None:
        wanted = len(appended) + 60
        while len(appended) < wanted:  # noqa: ASYNC110 - what is waited for has no event to set
            await asyncio.sleep(0.01)

    async with asyncio.timeout(90), asyncio.TaskGroup() as writers:
        for name, ledger in enumerate(ledgers):
            writers.create_task(write(name, ledger))
        for _ in range(2):
            await many_more()
            await asyncio.to_thread(brittle_postgres.crash)
            await asyncio.to_thread(brittle_postgres.start)
        await many_more()
        over.set()
    entries = await ledgers[0].entries()
    assert sorted(entries, key=lambda entry: entry.seq) == sorted(appended, key=lambda entry: entry.seq)
    assert set(Counter(_reasons(entries)).values()) == {1}
    for name, ledger in enumerate(ledgers):
        mine = [reason for reason in _reasons(entries) if reason.startswith(f"{name} ")]
        assert await ledger.samples(f"trader-{name}", DAY) == tuple(sample(number) for number in range(len(mine)))
        await ledger.close()
    again = await PostgresLedger.open(address)
    assert (await again.verify()).entries == len(entries)
    await again.close()


async def test_a_server_that_is_away_is_said_in_words_and_found_again(
    brittle_postgres: BrittlePostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is looked for a while, then the caller is told; when it is back the same ledger works on."""
    monkeypatch.setattr(postgres_line, "FOUND_AGAIN_SECONDS", 0.3)
    address = PostgresAddress(url=SecretStr(brittle_postgres.create_database("ledger")))
    ledger = await PostgresLedger.open(address)
    await ledger.append(draft(BotStopped(reason="a")))
    brittle_postgres.crash()
    for _ in range(2):
        with pytest.raises(LedgerBroken, match=r"The ledger postgresql:///ledger cannot be used .*see whether it runs"):
            await ledger.append(draft(BotStopped(reason="b")))
        with pytest.raises(LedgerBroken, match="see whether it runs"):
            await ledger.head()
    brittle_postgres.start()
    await ledger.append(draft(BotStopped(reason="c")))
    assert _reasons(await ledger.entries()) == ["a", "c"]
    await ledger.close()


async def test_a_commit_that_is_frozen_is_not_waited_for_without_end(
    address: PostgresAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A transaction of several statements is given up like one statement, wherever its server falls silent."""
    monkeypatch.setattr(postgres_line, "ANSWER_SECONDS", 0.2)
    monkeypatch.setattr(postgres_ledger, "LOOK_SECONDS", 0.05)
    ledger = await PostgresLedger.open(address)

    def freeze_at_the_end(rows: PostgresRows) -> None:
        backend = rows._line._connection.info.backend_pid
        try:
            with rows._line.transaction():
                rows._line.execute("head", {})
                os.kill(backend, signal.SIGSTOP)
        finally:
            os.kill(backend, signal.SIGCONT)

    with pytest.raises(LineCut):
        await asyncio.wait_for(ledger._writing.run(freeze_at_the_end), 20.0)
    await ledger.append(draft(BotStopped(reason="a")))
    await ledger.close()


async def test_a_server_that_is_frozen_is_not_waited_for_without_end(
    address: PostgresAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A statement that gets no answer is given up; the entry stands once, over a new connection."""
    monkeypatch.setattr(postgres_line, "ANSWER_SECONDS", 0.2)
    monkeypatch.setattr(postgres_ledger, "LOOK_SECONDS", 0.05)
    ledger = await PostgresLedger.open(address)
    await ledger.append(draft(BotStopped(reason="a")))
    backend = await ledger._writing.run(lambda rows: rows._line._connection.info.backend_pid)
    os.kill(backend, signal.SIGSTOP)
    try:
        await ledger.append(draft(BotStopped(reason="b")))
    finally:
        os.kill(backend, signal.SIGCONT)
    await ledger.append(draft(BotStopped(reason="c")))
    assert _reasons(await ledger.entries()) == ["a", "b", "c"]
    await ledger.close()
