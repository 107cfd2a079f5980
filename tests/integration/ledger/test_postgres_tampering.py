"""Whoever changes the database behind the triggers' back is found out, as in a file."""

import asyncio
from collections.abc import Callable, Iterator
from itertools import count

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.sql import SQL, Identifier
from pydantic import SecretStr

from bot.adapters.postgres_ledger import PostgresLedger
from bot.adapters.stored_entry import StoredEntry
from bot.configuration.ledger_address import PostgresAddress
from bot.domain.entry import BotStopped, Draft
from bot.ports import Verification
from bot.sandbox.postgres import EmbeddedPostgres
from tests.support.any_drafts import DRAFTS, JSON, TEXT
from tests.support.drafts import AT, DAY, TRADER, draft, intent, sample

_COLUMNS = [name for name in StoredEntry._fields if name != "seq"]
_UNLOCKED = "SET session_replication_role = replica"  # triggers sleep
_CHECKED = ("actor", "origin", "body")

Place = Callable[[], tuple[PostgresAddress, psycopg.Connection]]


@pytest.fixture(scope="module")
def place(postgres: EmbeddedPostgres) -> Iterator[Place]:
    """A maker of empty schemas in one database, each with a connection that looks into it."""
    database = postgres.create_database("tampering")
    numbers = count(1)
    with psycopg.connect(database, autocommit=True) as connection:

        def make() -> tuple[PostgresAddress, psycopg.Connection]:
            name = Identifier(f"ledger_{next(numbers)}")
            connection.execute(SQL("CREATE SCHEMA {}").format(name))
            connection.execute(SQL("SET search_path = {}").format(name))
            connection.execute(_UNLOCKED)
            schema = name.as_string().strip('"')
            return PostgresAddress(url=SecretStr(f"{database}&options=-csearch_path%3D{schema}")), connection

        yield make


def _storable(drafts: list[Draft]) -> bool:
    """Tell whether PostgreSQL can hold a trader's name: the configuration lets none have a null character."""
    return not any("\x00" in (draft.trader or "") for draft in drafts)


_SOME = st.lists(DRAFTS, min_size=1, max_size=4).filter(_storable)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(drafts=_SOME)
def test_any_drafts_form_a_chain_that_verifies(place: Place, drafts: list[Draft]) -> None:
    """Whatever is appended is read back the same, and its chain holds."""

    async def play(address: PostgresAddress) -> None:
        ledger = await PostgresLedger.open(address)
        try:
            written = [entry for draft in drafts for entry in await ledger.append(draft)]
            assert await ledger.entries() == tuple(written)
            assert await ledger.verify() == Verification(len(drafts), await ledger.head())
        finally:
            await ledger.close()

    asyncio.run(play(place()[0]))


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(drafts=_SOME, data=st.data())
def test_any_changed_column_of_any_entry_is_found(place: Place, drafts: list[Draft], data: st.DataObject) -> None:
    """One column of one entry changed by hand, to any other value: that entry is named."""
    seq = data.draw(st.integers(1, len(drafts)), label="seq")
    column = data.draw(st.sampled_from(_COLUMNS), label="column")
    address, by_hand = place()

    def tamper() -> None:
        for checked in _CHECKED:
            by_hand.execute(f"ALTER TABLE entries DROP CONSTRAINT entries_{checked}_check".encode())
        for index in ("outcomes_by_intent", "sent_by_message"):
            by_hand.execute(f"DROP INDEX {index}".encode())
        select = f"SELECT {column} FROM entries WHERE seq = {seq}"  # noqa: S608 - of this file
        ((before,),) = by_hand.execute(select.encode()).fetchall()
        after = data.draw(_OTHER_VALUES.filter(lambda value: value != before), label="value")
        by_hand.execute(f"UPDATE entries SET {column} = %s WHERE seq = {seq}".encode(), (after,))  # noqa: S608

    async def play() -> Verification:
        ledger = await PostgresLedger.open(address)
        try:
            await ledger.append(*drafts)
            tamper()
            return await ledger.verify()
        finally:
            await ledger.close()

    assert asyncio.run(play()).broken_at == seq


_OTHER_VALUES = (TEXT | JSON.map(str) | st.sampled_from(["bot_stopped", "2026-11-23", "0" * 64])).filter(
    lambda value: "\x00" not in value
)


@pytest.mark.parametrize(
    ("statement", "broken_at", "problem"),
    [
        ("UPDATE entries SET body = body || ' ' WHERE seq = 2", 2, "entry 2 was changed after it was written"),
        ("UPDATE entries SET at = '2026-11-23T03:45:00+00:00' WHERE seq = 2", 2, "entry 2 was changed"),
        ("UPDATE entries SET trader = NULL WHERE seq = 2", 2, "entry 2 was changed"),
        ("UPDATE entries SET kind = 'day_closed' WHERE seq = 3", 3, "under the kind day_closed, but it is bot_stopped"),
        ("UPDATE entries SET seq = 1000 WHERE seq = 4", 4, "entry 4 is missing; what follows is numbered 1000"),
        ("UPDATE entries SET seq = -5 WHERE seq = 4", 1, "entry 1 is missing; what follows is numbered -5"),
        ("DELETE FROM entries WHERE seq = 2", 2, "entry 2 is missing; what follows is numbered 3"),
        ("UPDATE entries SET prev = hash WHERE seq = 2", 2, "entry 2 does not follow the entry before it"),
        ("UPDATE entries SET hash = prev WHERE seq = 2", 2, "entry 2 was changed"),
        ("UPDATE samples SET readings = replace(readings, '1.0', '2.0') WHERE id = 2", 4, "the samples 1 to 3 of"),
        ("UPDATE samples SET at_us = at_us + 1 WHERE id = 1", 4, "are not those that were sealed"),
        ("UPDATE samples SET trader = 'another' WHERE id = 3", 4, "are not those that were sealed"),
        ("UPDATE samples SET id = 9 WHERE id = 3", 4, "are not those that were sealed"),
        ("DELETE FROM samples WHERE id = 2", 4, "the samples 1 to 3 of nifty-orb on 2026-11-23 are not those"),
    ],
)
async def test_tampering_is_named_in_words(
    postgres_ledger: PostgresLedger, in_psql: psycopg.Connection, statement: str, broken_at: int, problem: str
) -> None:
    """Verification names the first broken entry and says what is wrong with it; the good part before it is counted."""
    await postgres_ledger.append(*(draft(BotStopped(reason=reason)) for reason in "abc"))
    await postgres_ledger.store_samples(TRADER, DAY, [sample(0), sample(1), sample(2)])
    await postgres_ledger.seal_samples(AT, TRADER, DAY)
    assert (await postgres_ledger.verify()).entries == 4
    in_psql.execute(_UNLOCKED)
    in_psql.execute(statement.encode())
    found = await postgres_ledger.verify()
    assert (found.broken_at, found.entries) == (broken_at, broken_at - 1)
    assert problem in found.problem


async def test_what_is_hidden_from_the_recovery_is_found(place: Place) -> None:
    """A command that is gone from the table of what awaits its outcome would be forgotten work."""
    address, by_hand = place()
    ledger = await PostgresLedger.open(address)
    try:
        await ledger.append(draft(BotStopped(reason="a")), intent())
        assert (await ledger.verify()).broken_at is None
        by_hand.execute("DELETE FROM unsettled")
        assert (await ledger.verify()).broken_at == 2
    finally:
        await ledger.close()
