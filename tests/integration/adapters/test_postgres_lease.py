"""The lease of several bots on one real PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest

from bot.adapters.clock import SystemClock
from bot.adapters.lease_row import LeaseRow
from bot.adapters.postgres_lease import PostgresLease, postgres_lease
from bot.domain.lease import HOLDS_FOR, STALE_AFTER
from bot.errors import LedgerBroken
from bot.sandbox.postgres import EmbeddedPostgres
from sql import read
from tests.support.eventually import eventually
from tests.support.postgres import server_folder

CLOCK = SystemClock()
AT_ONCE = 1.0  # seconds

SESSIONS = "SELECT pid FROM pg_stat_activity WHERE application_name = 'burnin lease' AND datname = current_database()"


@pytest.fixture
def ledger(database: str) -> str:
    """The URL of a database with a ledger's tables."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(read("ledger/migrations/0001_entries.postgres.sql"))
    return database


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    """What is open until the test ends."""
    async with AsyncExitStack() as opened:
        yield opened


async def lease_of(stack: AsyncExitStack, url: str, holder: str) -> PostgresLease:
    """Return the lease of one bot."""
    row = LeaseRow(url, place="postgresql://…", holder=holder)
    return await stack.enter_async_context(postgres_lease(row, CLOCK))


def row_of(url: str) -> tuple[int, str]:
    """Return epoch and holder as they stand."""
    with psycopg.connect(url) as connection:
        found = connection.execute("SELECT epoch, holder FROM lease").fetchone()
    assert found is not None
    return found[0], found[1]


def sessions(url: str, command: str = SESSIONS) -> list[int]:
    """Return the server's processes of the leases' connections, or what is done to them."""
    with psycopg.connect(url, autocommit=True) as connection:
        return [row[0] for row in connection.execute(command).fetchall()]  # type: ignore[arg-type]


async def test_the_first_bot_has_it_at_once_and_the_second_waits(ledger: str, stack: AsyncExitStack) -> None:
    """A free lease is taken at once, under a new number; as long as it is renewed nobody else gets it."""
    first, second = await lease_of(stack, ledger, "a:1"), await lease_of(stack, ledger, "b:2")
    assert not first.held()
    assert await asyncio.wait_for(first.take(), AT_ONCE) == 1
    assert first.held()
    assert row_of(ledger) == (1, "a:1")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(second.take(), STALE_AFTER + 1.0)
    assert first.held()
    assert not second.held()


async def test_a_release_is_taken_over_at_once(ledger: str, stack: AsyncExitStack) -> None:
    """Who stands by need not wait for a holder that has let go; the numbers go up."""
    first, second = await lease_of(stack, ledger, "a:1"), await lease_of(stack, ledger, "b:2")
    await first.take()
    waiting = asyncio.create_task(second.take())
    await asyncio.sleep(0.5)
    await first.release()
    assert not first.held()
    await first.close()
    assert await asyncio.wait_for(waiting, AT_ONCE) == 2
    assert row_of(ledger) == (2, "b:2")
    await second.release()
    assert row_of(ledger) == (2, "")


async def test_a_bot_that_let_go_holds_nobody_up(ledger: str, stack: AsyncExitStack) -> None:
    """Whether it is slow to end, or was stopped or cut off between the row and the lock."""
    first, second = await lease_of(stack, ledger, "a:1"), await lease_of(stack, ledger, "b:2")
    await first.take()
    await first.release()
    assert await asyncio.wait_for(second.take(), AT_ONCE) == 2
    await second._row._ask("release", epoch=2)
    await second._stop_renewing()
    third = await lease_of(stack, ledger, "c:3")
    assert await asyncio.wait_for(third.take(), STALE_AFTER + 1.0) == 3


async def test_several_at_once_are_put_in_order(ledger: str, stack: AsyncExitStack) -> None:
    """Of five bots that want a free lease in one moment one has it; each gets it when the one before it has let go."""
    bots = [await lease_of(stack, ledger, f"bot:{number}") for number in range(5)]
    waiting = {asyncio.create_task(bot.take()): bot for bot in bots}
    for epoch in range(1, 6):
        done, _ = await asyncio.wait(waiting, timeout=5.0, return_when=asyncio.FIRST_COMPLETED)
        assert [task.result() for task in done] == [epoch]
        bot = waiting.pop(done.pop())
        assert [other.held() for other in bots].count(True) == 1
        await bot.release()
        await bot.close()


async def test_a_holder_whose_connection_is_cut_goes_on(ledger: str, stack: AsyncExitStack) -> None:
    """It connects again and keeps its number, for nobody else took it; the lock is its own again."""
    first, second = await lease_of(stack, ledger, "a:1"), await lease_of(stack, ledger, "b:2")
    await first.take()
    waiting = asyncio.create_task(second.take())
    await eventually(lambda: len(sessions(ledger)) == 2)
    cut = set(sessions(ledger))
    sessions(ledger, SESSIONS.replace("pid", "pg_terminate_backend(pid)", 1))
    await eventually(lambda: len(found := set(sessions(ledger))) == 2 and not found & cut)
    await asyncio.sleep(STALE_AFTER)
    assert first.held()
    assert not waiting.done()
    assert row_of(ledger) == (1, "a:1")
    with psycopg.connect(ledger) as other:
        assert other.execute(read("ledger/lease/lock.sql")).fetchone() == (False,)
    waiting.cancel()


async def test_a_restart_of_the_server_deposes_nobody() -> None:
    """While it is away nobody holds the lease, and nobody takes it; afterwards the holder goes on with its number."""
    async with AsyncExitStack() as stack:
        server = EmbeddedPostgres(stack.enter_context(server_folder()))
        with server:
            url = server.create_database("ledger")
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute(read("ledger/migrations/0001_entries.postgres.sql"))
            first, second = await lease_of(stack, url, "a:1"), await lease_of(stack, url, "b:2")
            await first.take()
            waiting = asyncio.create_task(second.take())
            await asyncio.sleep(0.5)
        await eventually(lambda: not first.held())
        await asyncio.sleep(STALE_AFTER)
        with server:
            await eventually(first.held)
            await asyncio.sleep(STALE_AFTER + 0.5)
            assert first.held()
            assert not waiting.done()
            assert row_of(url) == (1, "a:1")
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
            await first.close()
            await second.close()


async def test_a_silent_holder_is_ended_and_told_so_when_it_wakes(ledger: str, stack: AsyncExitStack) -> None:
    """A stopped bot's connections, an open hold on the row among them, are cut; it finds its lease lost."""
    first, second = await lease_of(stack, ledger, "a:1"), await lease_of(stack, ledger, "b:2")
    await first.take()
    writing = stack.enter_context(psycopg.connect(ledger))
    writing.execute("SELECT epoch FROM lease FOR KEY SHARE")
    reading = stack.enter_context(psycopg.connect(ledger))  # as a backup does
    reading.execute("SELECT epoch FROM lease")
    assert first._renewing is not None
    first._renewing.cancel()  # it is stopped
    began = CLOCK.monotonic()
    waiting = asyncio.create_task(second.take())
    await eventually(lambda: not first.held())
    assert not waiting.done()
    assert await waiting == 2
    assert STALE_AFTER <= CLOCK.monotonic() - began < STALE_AFTER + 1.5
    with pytest.raises(psycopg.OperationalError):
        writing.execute("SELECT 1")
    reading.execute("SELECT 1")
    first._renewing = asyncio.create_task(first._renew(1))  # it wakes up
    await asyncio.wait_for(first.lost(), 5.0)
    assert not first.held()
    await first.release()
    assert row_of(ledger) == (2, "b:2")
    assert HOLDS_FOR < STALE_AFTER


@pytest.mark.parametrize("first", ["silent", "replica"])
async def test_of_several_hosts_the_primary_is_found(
    ledger: str, stack: AsyncExitStack, request: pytest.FixtureRequest, tmp_path: Path, first: str
) -> None:
    """A host that was lost, or that became a replica, is passed over: the lease is where the ledger is."""
    parts = urlsplit(ledger)
    if first == "silent":
        await stack.enter_async_context(await asyncio.start_unix_server(_say_nothing, tmp_path / ".s.PGSQL.5432"))
        place = str(tmp_path)
    else:
        other = request.getfixturevalue("brittle_postgres").create_database(parts.path.strip("/"))
        with psycopg.connect(other, autocommit=True) as connection:
            connection.execute(f"ALTER DATABASE {parts.path.strip('/')} SET default_transaction_read_only = on")
        place = parse_qs(urlsplit(other).query)["host"][0]
    host = parse_qs(parts.query)["host"][0]
    lease = await lease_of(stack, ledger.replace(host, f"{place},{host}"), "a:1")
    assert await asyncio.wait_for(lease.take(), 8.0) == 1
    await eventually(lease.held)


async def _say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()
    writer.close()


async def test_a_database_without_a_ledger_is_told_in_words(database: str, stack: AsyncExitStack) -> None:
    """What no waiting mends stops the start."""
    lease = await lease_of(stack, database, "a:1")
    with pytest.raises(LedgerBroken, match="refuses the lease"):
        await lease.take()


async def test_a_server_that_is_away_is_waited_for(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A bot that stands by says once that it cannot look, and goes on looking; a release without it is not an error."""
    async with AsyncExitStack() as stack:
        lease = await lease_of(stack, f"postgresql:///nothing?host={tmp_path}", "a:1")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(lease.take(), 1.0)
        await lease.release()
    assert [record.message for record in caplog.records if "nobody can tell who acts" in record.message]
    assert len([record for record in caplog.records if record.levelname == "WARNING"]) == 1
