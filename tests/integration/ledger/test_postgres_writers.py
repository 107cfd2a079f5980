"""Several writers of one ledger in PostgreSQL, and the fence against one whose lease moved on."""

import asyncio
import json
from datetime import timedelta

import psycopg
import pytest

import sql
from bot.adapters.postgres_ledger import PostgresLedger
from bot.adapters.sql_parameters import to_driver
from bot.configuration.ledger_address import PostgresAddress
from bot.domain.entry import BotStopped
from bot.errors import LeaseLost
from tests.support.drafts import AT, DAY, TRADER, draft, intent, outcome, sample
from tests.support.eventually import eventually

Connection = psycopg.Connection


# Several writers ------------------------------------------------------------------------------------------------------


async def test_who_was_slower_links_anew(postgres_ledger: PostgresLedger, address: PostgresAddress) -> None:
    """A writer that remembers an older end of the chain goes on from the new one."""
    other = await PostgresLedger.open(address)
    for number in range(5):
        for ledger in (postgres_ledger, other):
            await ledger.append(draft(BotStopped(reason=str(number))))
    assert (await other.verify()).entries == 10
    await other.close()


async def test_a_seal_covers_what_another_has_sealed_no_second_time(
    postgres_ledger: PostgresLedger, address: PostgresAddress
) -> None:
    """Of two that seal at once, one covers the samples; the other finds nothing left."""
    other = await PostgresLedger.open(address)
    for number in range(5):
        await postgres_ledger.store_samples(TRADER, DAY, [sample(number)])
        seals = await asyncio.gather(*(ledger.seal_samples(AT, TRADER, DAY) for ledger in (postgres_ledger, other)))
        assert sum(seal is not None for seal in seals) == 1
    assert (await other.verify()).entries == 5
    await other.close()


async def test_what_is_settled_is_seen_across_ledgers(
    postgres_ledger: PostgresLedger, address: PostgresAddress
) -> None:
    """What one bot remembers as settled never hides what another began."""
    other = await PostgresLedger.open(address)
    (first,) = await postgres_ledger.append(intent(lasts=3600))
    assert await postgres_ledger.running(AT) == (first,)
    await other.append(outcome(first.seq))
    assert await postgres_ledger.running(AT) == ()
    (second,) = await other.append(intent(at=AT + timedelta(seconds=1)))
    assert await postgres_ledger.running(AT) == await other.running(AT) == (second,)
    await other.close()


async def test_samples_of_many_traders_are_one_statement(postgres_ledger: PostgresLedger, in_psql: Connection) -> None:
    """A hundred traders do not wait for the disk a hundred times a second, and everybody's samples are there."""
    names = [f"trader-{number}" for number in range(100)]
    await asyncio.gather(*(postgres_ledger.store_samples(name, DAY, [sample()]) for name in names))
    assert in_psql.execute("SELECT count(DISTINCT xmin::text) FROM samples").fetchone() == (1,)
    assert [await postgres_ledger.samples(name, DAY) for name in names] == [(sample(),)] * 100


# The fence ------------------------------------------------------------------------------------------------------------


async def test_a_ledger_whose_lease_moved_on_writes_nothing(
    postgres_ledger: PostgresLedger, in_psql: Connection
) -> None:
    """Neither entries nor samples, seals or retirements; reading goes on, and who was never fenced writes on."""
    postgres_ledger.fence(0)
    (entry,) = await postgres_ledger.append(draft(BotStopped(reason="a")))
    await postgres_ledger.store_samples(TRADER, DAY, [sample(0)])
    in_psql.execute("UPDATE lease SET epoch = 1")
    for refused in (
        postgres_ledger.append(draft(BotStopped(reason="b"))),
        postgres_ledger.store_samples(TRADER, DAY, [sample(1)]),
        postgres_ledger.store_samples(TRADER, DAY, [sample(0)]),
        postgres_ledger.seal_samples(AT, TRADER, DAY),
        postgres_ledger.retire_samples(AT, TRADER, DAY),
    ):
        with pytest.raises(LeaseLost, match="Another bot has taken the ledger over: the lease has moved on from epoch"):
            await refused
    assert await postgres_ledger.entries() == (entry,)
    assert await postgres_ledger.samples(TRADER, DAY) == (sample(0),)
    postgres_ledger.fence(1)
    assert await postgres_ledger.seal_samples(AT, TRADER, DAY) is not None


async def test_a_takeover_waits_for_an_append_under_way_and_a_heartbeat_does_not(
    postgres_ledger: PostgresLedger, in_psql: Connection, database: str
) -> None:
    """Once the epoch has moved, nothing of the old one can come; and no append keeps the lease from being renewed."""
    with psycopg.connect(database) as appending:
        append = to_driver(sql.read("ledger/queries/append_entries.sql", "postgres"), ("entries", "epoch"))
        appending.execute(append.encode(), {"entries": json.dumps([]), "epoch": 0})
        in_psql.execute("UPDATE lease SET renewed_at = clock_timestamp(), holder = 'me'")
        taking = asyncio.create_task(asyncio.to_thread(in_psql.execute, "UPDATE lease SET epoch = epoch + 1"))
        with psycopg.connect(database, autocommit=True) as watcher:
            await eventually(
                lambda: watcher.execute("SELECT count(*) FROM pg_locks WHERE NOT granted").fetchone() == (1,)
            )
        assert not taking.done()
        appending.commit()
        await taking


async def test_an_append_during_a_takeover_is_refused_after_it(
    postgres_ledger: PostgresLedger, in_psql: Connection, database: str
) -> None:
    """It waits for the takeover, and sees the new epoch."""
    postgres_ledger.fence(0)
    await postgres_ledger.append(draft(BotStopped(reason="a")))
    with psycopg.connect(database) as taking:
        taking.execute("UPDATE lease SET epoch = epoch + 1")
        late = asyncio.create_task(postgres_ledger.append(draft(BotStopped(reason="b"))))
        await eventually(lambda: in_psql.execute("SELECT count(*) FROM pg_locks WHERE NOT granted").fetchone() == (1,))
        taking.commit()
    with pytest.raises(LeaseLost):
        await late
    assert (await postgres_ledger.head()).seq == 1
