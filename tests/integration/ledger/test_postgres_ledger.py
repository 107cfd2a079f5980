"""What PostgreSQL adds to the contract: refusing triggers, migrations, texts, questions through indexes."""

import asyncio

import psycopg
import pytest
from psycopg.sql import SQL, Identifier
from pydantic import SecretStr

import sql
from bot.adapters import postgres_schema
from bot.adapters.postgres_ledger import PostgresLedger
from bot.adapters.sql_parameters import to_driver
from bot.configuration.ledger_address import PostgresAddress
from bot.domain.entry import BotStopped, CommandFinished, CommandStarted
from bot.errors import ClaimHeld, DuplicateKey, LedgerBroken
from bot.sandbox.postgres import EmbeddedPostgres
from tests.support.drafts import AT, DAY, TRADER, draft, intent, queued, sample, sent

Connection = psycopg.Connection


@pytest.mark.parametrize("table", ["entries", "samples"])
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE {table} SET trader = 'another'",
        "DELETE FROM {table}",
        "TRUNCATE {table}",
        "INSERT INTO {table} SELECT * FROM {table} ON CONFLICT DO NOTHING; DELETE FROM {table}",
        "MERGE INTO {table} USING (SELECT 1) AS one ON TRUE WHEN MATCHED THEN DELETE",
    ],
)
async def test_the_past_cannot_be_changed_by_accident(
    postgres_ledger: PostgresLedger, in_psql: Connection, table: str, statement: str
) -> None:
    """A person with the database open is refused whatever would change or remove a row, in words."""
    await postgres_ledger.append(draft(BotStopped(reason="a"), key="a"))
    await postgres_ledger.store_samples(TRADER, DAY, [sample()])
    with pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="burnin: the ledger is append-only"):
        in_psql.execute(SQL(statement).format(table=Identifier(table)))


async def test_the_surroundings_do_not_say_how_texts_are_encoded(
    address: PostgresAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever encoding a host's clients or a role are set to, every text is written and read as it is."""
    monkeypatch.setenv("PGCLIENTENCODING", "LATIN1")
    ledger = await PostgresLedger.open(address)
    (entry,) = await ledger.append(draft(BotStopped(reason="₹"), key="₹"))
    assert await ledger.entries() == (entry,)
    await ledger.close()


async def test_a_row_cannot_be_replaced(postgres_ledger: PostgresLedger, in_psql: Connection) -> None:
    """ON CONFLICT DO UPDATE is a change like any other."""
    await postgres_ledger.append(draft(BotStopped(reason="a"), key="a"))
    with pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="append-only"):
        in_psql.execute("INSERT INTO entries SELECT * FROM entries ON CONFLICT (seq) DO UPDATE SET kind = 'x'")


@pytest.mark.parametrize(("seq", "prev"), [(2, "hash || 'f'"), (3, "hash"), (-4, "hash"), (1, "prev || '0'")])
async def test_only_what_follows_on_the_chain_is_let_in(
    postgres_ledger: PostgresLedger, in_psql: Connection, seq: int, prev: str
) -> None:
    """An entry is refused where the entry before it is missing, or is another."""
    await postgres_ledger.append(draft(BotStopped(reason="a")))
    with pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="does not follow the entry before it"):
        in_psql.execute(
            "INSERT INTO entries (seq, at, kind, actor, origin, body, prev, hash)"  # noqa: S608 - of this file
            f" SELECT {seq}, at, kind, actor, origin, body, {prev}, '' FROM entries"
        )


async def test_only_what_is_retired_may_be_deleted(postgres_ledger: PostgresLedger, in_psql: Connection) -> None:
    """By its trader, its day and its number: what came later, or belongs to another, stays."""
    await postgres_ledger.store_samples(TRADER, DAY, [sample(0)])
    await postgres_ledger.retire_samples(AT, TRADER, DAY)
    await postgres_ledger.store_samples(TRADER, DAY, [sample(1)])
    await postgres_ledger.store_samples("bank-orb", DAY, [sample(2)])
    for number in (2, 3):
        with pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="append-only"):
            in_psql.execute("DELETE FROM samples WHERE id = %s", (number,))


_SHAPE = (
    "SELECT table_name, column_name, data_type, is_nullable, column_default FROM information_schema.columns"
    " WHERE table_schema = 'public' ORDER BY 1, 2",
    "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1",
    "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1",
    "SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace ORDER BY 1",
    "SELECT viewname, definition FROM pg_views WHERE schemaname = 'public' ORDER BY 1",
)


def _shape(connection: Connection) -> list[object]:
    return [connection.execute(query.encode()).fetchall() for query in _SHAPE]


@pytest.mark.parametrize("version", range(len(postgres_schema.migrations())))
async def test_a_ledger_of_any_age_becomes_like_a_new_one(
    postgres_ledger: PostgresLedger, in_psql: Connection, postgres: EmbeddedPostgres, database: str, version: int
) -> None:
    """The schema is the sum of the migrations: whoever is behind gets the rest, and the same result."""
    older = postgres.create_database(f"{in_psql.info.dbname}_{version}")
    with psycopg.connect(older, autocommit=True) as connection:
        postgres_schema.migrate(connection, version)
        assert postgres_schema.schema_version(connection) == version
        upgraded = await PostgresLedger.open(PostgresAddress(url=SecretStr(older)))
        await upgraded.close()
        assert _shape(connection) == _shape(in_psql)
        assert postgres_schema.schema_version(connection) == len(postgres_schema.migrations())


def test_each_migration_says_it_for_postgresql_too() -> None:
    """A migration has the same number in both dialects, and its own text, for SQLite's ends with a pragma."""
    for name in postgres_schema.migrations():
        text = sql.read(f"ledger/migrations/{name}", "postgres")
        assert text != sql.read(f"ledger/migrations/{name}")
        assert "PRAGMA" not in text


async def test_a_newer_schema_is_refused(postgres_ledger: PostgresLedger, in_psql: Connection, database: str) -> None:
    """An older program keeps its hands off a ledger that it does not understand."""
    in_psql.execute("INSERT INTO schema_version (version, name) VALUES (99, 'from the future')")
    with pytest.raises(LedgerBroken, match=r"has schema 99.*a newer burnin made it\. Install that version"):
        await PostgresLedger.open(PostgresAddress(url=SecretStr(database)))


async def test_bots_that_start_at_once_make_the_ledger_once(address: PostgresAddress) -> None:
    """Each waits for the one that makes the tables, and finds them made."""
    ledgers = await asyncio.gather(*(PostgresLedger.open(address) for _ in range(6)))
    await asyncio.gather(*(ledger.append(draft(BotStopped(reason=str(n)))) for n, ledger in enumerate(ledgers)))
    assert (await ledgers[0].verify()).entries == 6
    for ledger in ledgers:
        await ledger.close()


async def test_a_ledger_lives_in_the_schema_that_its_address_names(database: str) -> None:
    """Two ledgers in one database, each in a schema of the search path, know nothing of each other."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA desk")
    whole = PostgresAddress(url=SecretStr(database))
    desk = PostgresAddress(url=SecretStr(f"{database}&options=-csearch_path%3Ddesk"))
    for address in (whole, desk):
        ledger = await PostgresLedger.open(address)
        (entry,) = await ledger.append(queued("a"))
        assert (entry.seq, await ledger.unsent()) == (1, (entry,))
        await ledger.close()


async def test_a_text_with_a_null_character_is_kept_and_settles(postgres_ledger: PostgresLedger) -> None:
    """PostgreSQL's own JSON cannot hold it; the ledger's text can, and the questions about it are answered."""
    odd = 'a \x00 in "it", and \\u0000 spelled out'
    (started,) = await postgres_ledger.append(intent(odd))
    body = CommandFinished(started=started.seq, command=odd, outcome="done", detail=odd)
    (finished,) = await postgres_ledger.append(draft(body))
    assert await postgres_ledger.entries() == (started, finished)
    assert await postgres_ledger.running(AT) == ()
    await postgres_ledger.append(queued(odd.replace("\x00", "")), sent(odd.replace("\x00", "")))
    assert await postgres_ledger.unsent() == ()
    assert (await postgres_ledger.verify()).entries == 4


async def test_a_number_that_json_does_not_have_is_refused(postgres_ledger: PostgresLedger) -> None:
    """A number that would not come back as it was is not stored; nothing of its append is."""
    body = CommandStarted(command="drill", args={"id": 2**60}, expires_at=AT)
    with pytest.raises(LedgerBroken, match="A command_started cannot be written, for JSON has no such number"):
        await postgres_ledger.append(draft(BotStopped(reason="a")), draft(body))
    assert await postgres_ledger.entries() == ()


async def test_a_duplicate_is_a_duplicate_although_its_claim_is_held(postgres_ledger: PostgresLedger) -> None:
    """Who hears of the same request twice is told that it is known, not that somebody else has the claim."""
    request = intent(claim="drill:nifty-orb", key="request:1")
    await postgres_ledger.append(request)
    with pytest.raises(DuplicateKey):
        await postgres_ledger.append(request)
    with pytest.raises(ClaimHeld):
        await postgres_ledger.append(intent(claim="drill:nifty-orb", key="request:2"))


# Speed through indexes ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "index"),
    [
        ("entries_of_day", "entries_by_day"),
        ("entries_of_kinds", "entries_by_kind"),
        ("entry_by_key", "entries_key_key"),
        ("entries_of_trader", "entries_by_"),
        ("closed_days", "entries_by_"),
        ("open_commands", "unsettled_by_name"),
        ("unsent_messages", "unsettled_by_name"),
        ("samples_of_day", "samples_by_"),
        ("samples_to_seal", "samples_by_number"),
        ("sealed_samples", "samples_by_number"),
        ("store_samples", "samples_by_time"),
        ("store_samples", "retired_by_number"),
    ],
)
async def test_questions_are_answered_through_indexes(
    postgres_ledger: PostgresLedger, in_psql: Connection, query: str, index: str
) -> None:
    """No frequent question reads the whole table, however long the ledger has grown."""
    of_any = query == "entries_of_kinds"
    values = {
        **{
            "trader": None if of_any else TRADER,
            "day": None if of_any else "2026-11-23",
            "kinds": '["a"]',
            "after": 0,
            "before": 9000,
            "newest": 1,
            "key": "k",
        },
        **{"floor": 1, "first": 1, "last": 9000, "samples": "[]", "epoch": None},
    }
    in_psql.execute(
        "INSERT INTO samples SELECT n, CASE n % 20 WHEN 0 THEN 'nifty-orb' ELSE 't' || n % 20 END,"
        " '2026-11-' || 23 + n / 10000, n, 'bot', '{}' FROM generate_series(1, 29999) AS n"
    )
    in_psql.execute("ANALYZE samples")
    in_psql.execute("SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off")
    in_psql.execute("SET enable_material = off")
    text = to_driver(sql.read(f"ledger/queries/{query}.sql", "postgres"), values)
    named = {name: value for name, value in values.items() if f"%({name})s" in text}
    plan = "\n".join(row[0] for row in in_psql.execute(f"EXPLAIN {text}".encode(), named))
    assert index in plan, plan
    assert "Seq Scan" not in plan, plan
