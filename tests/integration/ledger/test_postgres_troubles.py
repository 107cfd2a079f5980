"""Troubles with PostgreSQL in words: what is wrong, and what to do about it."""

import psycopg
import pytest
from psycopg.sql import SQL, Identifier
from pydantic import SecretStr

from bot.adapters.postgres_ledger import PostgresLedger
from bot.adapters.postgres_troubles import in_words
from bot.configuration.ledger_address import PostgresAddress
from bot.domain.entry import BotStopped
from bot.errors import ConfigurationError, LedgerBroken
from bot.sandbox.postgres import EmbeddedPostgres
from tests.support.drafts import draft


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (
            "/test_",
            "/nope_",
            r"database .* does not exist\): the database does not exist; make it with CREATE DATABASE",
        ),
        ("postgres:@", "nobody:@", "its user does not exist there; make it with CREATE USER"),
        ("host=", "host=/nowhere", "see whether it runs and can be reached from here"),
        ("host=", "sslmode=verify&host=", "its address has a mistake"),
        (":@/", ":@127.0.0.1:port/", "its address has a mistake"),
        ("postgres:@", "guest:@", "its user may not do this; grant it CREATE on the schema"),
    ],
)
async def test_an_address_that_leads_nowhere_is_said_with_what_to_do(
    database: str, postgres: EmbeddedPostgres, old: str, new: str, words: str
) -> None:
    """The database says what is wrong; the ledger says what to do about it."""
    with psycopg.connect(postgres.uri, autocommit=True) as connection:
        connection.execute("DROP ROLE IF EXISTS guest")
        connection.execute("CREATE ROLE guest LOGIN")
    with pytest.raises(LedgerBroken, match=words):
        await PostgresLedger.open(PostgresAddress(url=SecretStr(database.replace(old, new))))


async def test_an_address_that_cannot_be_read_is_not_repeated() -> None:
    """It may hold a password."""
    with pytest.raises(
        ConfigurationError, match=r"^ledger: write postgresql://user:password@host[^\n]*%25 for a %[^\n]*libpq knows$"
    ):
        await PostgresLedger.open(PostgresAddress(url=SecretStr("postgresql://me:hidden@host/db?no=such")))


async def test_a_read_only_server_is_named(database: str, postgres: EmbeddedPostgres) -> None:
    """A replica takes no ledger; a primary that became one is left."""
    name = psycopg.conninfo.conninfo_to_dict(database)["dbname"]
    with psycopg.connect(postgres.uri, autocommit=True) as connection:
        read_only = SQL("ALTER DATABASE {} SET default_transaction_read_only = {}")
        ledger = await PostgresLedger.open(PostgresAddress(url=SecretStr(database)))
        connection.execute(read_only.format(Identifier(str(name)), SQL("on")))
        with pytest.raises(LedgerBroken, match="it is read-only, as a replica is; name its primary"):
            await PostgresLedger.open(PostgresAddress(url=SecretStr(database)))
        await ledger._writing.run(lambda rows: rows._line._connection.execute("SET default_transaction_read_only = on"))
        connection.execute(read_only.format(Identifier(str(name)), SQL("off")))
    await ledger.append(draft(BotStopped(reason="on the new primary")))
    await ledger.close()


async def test_an_encoding_that_holds_not_every_text_is_refused(postgres: EmbeddedPostgres, database: str) -> None:
    """A text that cannot be written would be found out in the middle of a session."""
    with psycopg.connect(postgres.uri, autocommit=True) as connection:
        connection.execute("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    name = str(psycopg.conninfo.conninfo_to_dict(database)["dbname"])
    with pytest.raises(LedgerBroken, match="cannot hold every text: make it with ENCODING 'UTF8'"):
        await PostgresLedger.open(PostgresAddress(url=SecretStr(database.replace(name, "latin"))))


@pytest.mark.parametrize(
    ("error", "remedy"),
    [
        (psycopg.OperationalError('FATAL:  password authentication failed for user "me"'), "the password is wrong"),
        (psycopg.OperationalError("fe_sendauth: no password supplied"), "it wants a password"),
        (psycopg.OperationalError('FATAL: no pg_hba.conf entry for host "10.0.0.1"'), "allow this host and user"),
        (psycopg.OperationalError("FATAL:  sorry, too many clients already"), "raise its max_connections"),
        (psycopg.errors.DiskFull("could not extend file"), "its disk is full; make room there, then try again"),
        (psycopg.errors.QueryCanceled("statement timeout"), "it took longer than allowed"),
        (psycopg.errors.UndefinedTable('relation "entries"'), "a table is missing; restore the last backup"),
        (psycopg.errors.DataCorrupted("invalid page"), "its files are damaged"),
        (psycopg.errors.OutOfMemory("out of memory"), "it is short of memory"),
        (psycopg.errors.CheckViolation("a check"), "it refused an entry that would break its chain"),
        (psycopg.OperationalError("the connection is lost for hunter2"), r"\(the connection is lost for •••\): see "),
    ],
)
def test_a_trouble_says_what_to_do_and_no_password(error: psycopg.Error, remedy: str) -> None:
    """What cannot be brought about here is told by the error's state, or by what libpq says."""
    address = PostgresAddress(url=SecretStr("postgresql://me:hunter2@db.example/burnin"))
    with pytest.raises(AssertionError, match=remedy):
        raise AssertionError(in_words(error, address))
    assert "hunter2" not in in_words(error, address)
    assert in_words(error, address).startswith("The ledger postgresql://db.example/burnin cannot be used (")
