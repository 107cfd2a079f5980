"""SQL checks tried on planted rows, in a real PostgreSQL: what they miss is seen, and nothing real is touched."""

from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

import sql
from bot.adapters.order_book import PostgresOrderBook
from bot.domain.evidence import PlantedRows
from bot.sandbox.postgres import EmbeddedPostgres
from tests.support.clock import ManualClock
from tests.support.evidence import OPENS

DUPLICATES, ORPHANS = "duplicate_client_order_id", "orphan_oco_children"
PLANT = "CREATE TEMP TABLE orders (id text, created_at timestamptz);\nINSERT INTO orders VALUES ('a', :opened);\n"
ANOTHER = "INSERT INTO orders VALUES (';', :closed)"
NO_MORE = "DELETE FROM public.orders"
FIND = "SELECT id FROM orders WHERE created_at >= :opened AND created_at <= :closed"
ONE_ORDER = (
    "INSERT INTO orders (client_order_id, role, status, symbol, side, qty) VALUES ('a', 'entry', 'OPEN', 'N', 'L', 1)"
)


def book(url: str, folder: Path | None = None) -> PostgresOrderBook:
    """Return an order book whose statements may take two seconds."""
    return PostgresOrderBook(
        url, clock=ManualClock(OPENS), checks_folder=folder, statement_timeout=timedelta(seconds=2)
    )


def write(folder: Path, **files: str) -> Path:
    """Write a desk's files; `own_control` is `own.control.sql`."""
    for name, text in files.items():
        (folder / f"{name.replace('_control', '.control')}.sql").write_text(text)
    return folder


async def tried(url: str, folder: Path, check: str = "own") -> PlantedRows:
    """Return how one check fared; the shipped ones fare well unless they are replaced."""
    run = await book(url, folder).self_test()
    assert run.error is None
    assert all(rows.caught for rows in run.checks if rows.check not in (check, DUPLICATES, ORPHANS))
    return next(rows for rows in run.checks if rows.check == check)


def orders(url: str) -> int:
    """Return how many orders there are."""
    with psycopg.connect(url) as connection:
        return len(connection.execute("SELECT 1 FROM orders").fetchall())


async def test_the_shipped_checks_catch_all_that_is_planted(database: str, orders_database: str) -> None:
    """With and without a table of orders, whatever its columns' types are; and nothing is left behind."""
    with psycopg.connect(orders_database, autocommit=True) as connection:
        connection.execute(ONE_ORDER)
    for url in (database, orders_database):
        run = await book(url).self_test()
        assert (run.error, run.uncontrolled) == (None, ())
        assert [(rows.check, rows.expected, rows.found, rows.caught) for rows in run.checks] == [
            (DUPLICATES, 6, 6, True),
            (ORPHANS, 9, 9, True),
        ]
        with psycopg.connect(url) as connection:
            left = connection.execute("SELECT relname FROM pg_class WHERE relpersistence = 't'").fetchall()
            assert left == []
    assert orders(orders_database) == 1


async def test_the_digests_are_those_of_what_reconcile_runs(orders_database: str, tmp_path: Path) -> None:
    """A check that was changed in between can be told by them; the control has one of its own."""
    own = book(orders_database, write(tmp_path, own=FIND, own_control=PLANT))
    ran = {check.name: check.digest for check in (await own.reconcile(OPENS, OPENS)).checks}
    rows = (await own.self_test()).checks
    assert {row.check: row.digest for row in rows} == ran
    assert len({row.control for row in rows}) == 3


BLIND = [
    (DUPLICATES, "WHERE client_order_id IN", "WHERE created_at >= :opened AND client_order_id IN"),
    (DUPLICATES, "created_at >= :opened AND", "created_at > :opened AND"),
    (DUPLICATES, "created_at <= :closed", "created_at < :closed - INTERVAL '1 hour'"),
    (DUPLICATES, "HAVING count(*) > 1", "HAVING count(*) > 2"),
    (DUPLICATES, "        SELECT client_order_id FROM orders WHERE created_at >= :opened AND created_at <= :closed",
     "        SELECT client_order_id FROM orders WHERE :opened < :closed"),
    (ORPHANS, "WHEN parent.id IS NULL THEN 'parent does not exist'", ""),
    (ORPHANS, "alive AND upper(parent.status)", "alive AND parent.status"),
    (ORPHANS, "upper(parent.status) IN ('CANCELLED', 'CANCELED', 'REJECTED', 'EXPIRED')",
     "upper(parent.status) IN ('CANCELLED')"),
    (ORPHANS, "upper(coalesce(status, '')) NOT IN", "upper(status) NOT IN"),
    (ORPHANS, "upper(coalesce(status, '')) NOT IN ('CANCELLED', 'CANCELED', 'REJECTED', 'EXPIRED')", "status = 'OPEN'"),
    (ORPHANS, "NOT IN ('CANCELLED', 'CANCELED', 'REJECTED', 'EXPIRED')", "NOT IN ('CANCELLED')"),
    (ORPHANS, "upper(sibling.status) = 'FILLED'", "sibling.status = 'FILLED'"),
    (ORPHANS, "upper(sibling.status) = 'FILLED'", "upper(sibling.status) = 'NEVER'"),
    (ORPHANS, "sibling.id <> child.id", "sibling.id = child.id"),
    (ORPHANS, "OR (oco_group IS NOT NULL AND parent_id IS NOT NULL)", ""),
    (ORPHANS, "OR (oco_group IS NOT NULL AND parent_id IS NOT NULL)", "OR oco_group IS NOT NULL"),
    (ORPHANS, "lower(role) IN ('target', 'stop')", "role = 'target'"),
    (ORPHANS, "created_at >= :opened AND created_at <= :closed", ":opened < :closed"),
]  # fmt: skip


@pytest.mark.parametrize(("check", "sound", "blind"), BLIND)
async def test_a_check_that_is_blind_to_anything_is_found_out(
    orders_database: str, tmp_path: Path, check: str, sound: str, blind: str
) -> None:
    """Every condition of the shipped checks is held by a row; a desk's own version is held to them too."""
    text = sql.read(f"reconcile/{check}.sql")
    assert sound in text
    rows = await tried(orders_database, write(tmp_path, **{check: text.replace(sound, blind)}), check)
    assert (rows.error, rows.caught) == (None, False)


async def test_a_check_that_finds_nothing_any_more_is_found_out(orders_database: str, tmp_path: Path) -> None:
    """It would pass every day."""
    rows = await tried(orders_database, write(tmp_path, **{DUPLICATES: f"{FIND} AND false"}), DUPLICATES)
    assert (rows.found, rows.expected, rows.error, rows.caught) == (0, 6, None, False)


async def test_a_desks_own_checks_have_their_own_controls_or_are_named(orders_database: str, tmp_path: Path) -> None:
    """A control stands beside its check, may take a shipped one's place, and need not name a number."""
    write(tmp_path, own=FIND, own_control=f"-- a;b\n{PLANT}{ANOTHER}", bare=FIND)
    write(tmp_path, **{DUPLICATES: FIND, f"{DUPLICATES}_control": f"{PLANT}; ; SELECT 1 AS expected;\n-- the end"})
    run = await book(orders_database, tmp_path).self_test()
    assert run.uncontrolled == ("bare",)
    assert [(rows.check, rows.expected, rows.found) for rows in run.checks] == [
        (DUPLICATES, 1, 1), (ORPHANS, 9, 9), ("own", None, 2),
    ]  # fmt: skip
    assert all(rows.caught for rows in run.checks)


@pytest.mark.parametrize(
    ("control", "said"),
    [
        (ONE_ORDER, "its control writes to what is not temporary (cannot execute INSERT in a read-only transaction)"),
        (f"CREATE TEMP TABLE other (id text); {ONE_ORDER}", "writes to what is not temporary"),
        (f"{PLANT}{NO_MORE}", "cannot execute DELETE in a read-only transaction"),
        (
            f"{PLANT} SET TRANSACTION READ WRITE; {ONE_ORDER}",
            "transaction read-write mode must be set before any query",
        ),
        (f"{PLANT} COMMIT; {ONE_ORDER}; COMMIT", "its control begins or ends a transaction; leave that out"),
        (f"BEGIN; {PLANT} COMMIT", "its control begins or ends a transaction"),
        (f"{PLANT} /* x */ rollback; {ONE_ORDER}", "its control begins or ends a transaction"),
        (f"{PLANT} CREATE TABLE more (id text)", "begin it with CREATE TEMPORARY TABLE statements"),
        (f"{PLANT} SELECT pg_sleep(20)", "its control cannot run (canceling statement due to statement timeout); mend"),
        (f"{PLANT} SELECT nonsense", 'its control cannot run (column "nonsense" does not exist); mend own.control.sql'),
        (f"{PLANT} SELECT 'two' AS expected", "its control expects two rows; it must plant at least one"),
        (f"{PLANT} SELECT 0 AS expected", "its control expects 0 rows"),
        (f"{PLANT} SELECT 1 AS expected WHERE false", "its control expects None rows"),
        ("", "its control plants rows in no table, which the check does not read; write a own.control.sql"),
        (PLANT.replace("orders", "trades"), "its control plants rows in trades, which the check does not read"),
        (
            "CREATE TEMP TABLE orders (id text)",
            'column "created_at" does not exist; the tables of own.control.sql must',
        ),
    ],
)
async def test_a_control_that_cannot_be_used_says_what_to_do(
    orders_database: str, tmp_path: Path, control: str, said: str
) -> None:
    """And not one real order was written, changed or taken away."""
    with psycopg.connect(orders_database, autocommit=True) as connection:
        connection.execute(ONE_ORDER)
    rows = await tried(orders_database, write(tmp_path, own=FIND, own_control=control))
    assert said in str(rows.error)
    assert not rows.caught
    assert orders(orders_database) == 1


@pytest.mark.parametrize("check", ["SELECT id FROM public.orders", "SELECT id FROM public.orders WHERE false"])
async def test_a_check_that_names_the_real_table_is_not_taken_in(
    orders_database: str, tmp_path: Path, check: str
) -> None:
    """A temporary table cannot hide what is named with its schema, so what was planted is not found."""
    rows = await tried(orders_database, write(tmp_path, own=check, own_control=PLANT))
    assert (rows.found, rows.caught) == (0, False)


async def test_where_a_temporary_table_does_not_hide_the_real_one_nothing_is_planted(
    orders_database: str, tmp_path: Path
) -> None:
    """A role may look into its own schema first; PostgreSQL then refuses to plant there."""
    url = make_conninfo(orders_database, options="-c search_path=public,pg_temp")
    write(tmp_path, own=FIND, own_control=f"CREATE TEMP TABLE orders (id text); {ONE_ORDER}")
    run = await book(url, tmp_path).self_test()
    assert not any(rows.caught for rows in run.checks)
    assert "writes to what is not temporary" in str(run.checks[-1].error)
    assert orders(orders_database) == 0


async def test_a_role_that_only_reads_by_default_may_plant(orders_database: str) -> None:
    """A desk may have set its role read only; temporary tables are no breach of that."""
    url = make_conninfo(orders_database, options="-c default_transaction_read_only=on")
    assert all(rows.caught for rows in (await book(url).self_test()).checks)


async def test_a_role_without_temporary_tables_is_told_what_to_grant(orders_database: str) -> None:
    """The words can be given to whoever keeps the database."""
    name = conninfo_to_dict(orders_database)["dbname"]
    with psycopg.connect(orders_database, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE reader_{name} LOGIN")
        connection.execute(f"REVOKE TEMPORARY ON DATABASE {name} FROM PUBLIC")
        connection.execute(f"GRANT SELECT ON orders TO reader_{name}")
    reader = book(make_conninfo(orders_database, user=f"reader_{name}"))
    run = await reader.self_test()
    assert run.error is None
    grant = f'GRANT TEMPORARY ON DATABASE "{name}" TO "reader_{name}"'
    assert all(grant in str(rows.error) for rows in run.checks)
    with psycopg.connect(orders_database, autocommit=True) as connection:
        connection.execute(f"GRANT TEMPORARY ON DATABASE {name} TO reader_{name}")
    assert all(rows.caught for rows in (await reader.self_test()).checks)


async def test_a_replica_is_told_by_name(tmp_path: Path) -> None:
    """Nothing can be planted there; the primary is where to look."""
    folder = tmp_path / "data"
    with EmbeddedPostgres(folder):
        pass
    (folder / "standby.signal").touch()
    with EmbeddedPostgres(folder) as replica:
        run = await book(replica.uri).self_test()
    assert run.checks == ()
    assert "is a replica, where no temporary table can be made" in str(run.error)


async def test_trouble_is_part_of_the_answer(orders_database: str, tmp_path: Path) -> None:
    """A database that is down, a folder that is not there; never a password."""
    down = await book("postgresql://desk:s3cret@127.0.0.1:1/orders").self_test()
    assert "127.0.0.1:1/orders) did not answer" in str(down.error)
    assert "s3cret" not in str(down.error)
    lost = await book(orders_database, tmp_path / "gone").self_test()
    assert "reconcile_dir: there is no folder" in str(lost.error)
