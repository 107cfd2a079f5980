"""The order book against a real PostgreSQL."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from bot.adapters.order_book import PostgresOrderBook
from bot.domain.value import JsonObject
from bot.errors import ConfigurationError, DatabaseUnreachable
from tests.support.clock import ManualClock

OPENED = datetime(2026, 11, 23, 3, 45, tzinfo=UTC)
CLOSED = datetime(2026, 11, 23, 10, tzinfo=UTC)
CLOCK = ManualClock(CLOSED + timedelta(minutes=1))


def book(url: str, folder: Path | None = None, timeout: float = 15) -> PostgresOrderBook:
    """Return an order book."""
    return PostgresOrderBook(url, clock=CLOCK, checks_folder=folder, statement_timeout=timedelta(seconds=timeout))


def place(url: str, client_order_id: str, role: str = "entry", parent: int | None = None, at: datetime = OPENED) -> int:
    """Write one order and return its id."""
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(
            "INSERT INTO orders (client_order_id, parent_id, oco_group, role, status, symbol, side, qty, created_at)"
            " VALUES (%s, %s, 'g', %s, 'OPEN', 'NIFTY', 'LONG', 50, %s) RETURNING id",
            (client_order_id, parent, role, at),
        ).fetchone()
    assert row is not None
    return int(row[0])


@pytest.fixture
def plan(orders_database: str) -> str:
    """The URL of a database with one clean plan in it."""
    parent = place(orders_database, "a")
    place(orders_database, "a-t", "target", parent)
    place(orders_database, "a-s", "stop", parent, CLOSED)
    return orders_database


async def test_clean_orders_pass_every_check(plan: str) -> None:
    """Both shipped checks run over the window, both edges counted, and find nothing."""
    run = await book(plan).reconcile(OPENED, CLOSED)
    assert (run.error, run.orders, run.at) == (None, 3, CLOCK.now())
    assert [(check.name, check.rows, check.error) for check in run.checks] == [
        ("duplicate_client_order_id", 0, None),
        ("orphan_oco_children", 0, None),
    ]
    assert all(len(check.digest) == 64 for check in run.checks)


async def test_violations_are_counted_and_shown(plan: str) -> None:
    """A duplicate and an orphan are found, with their rows."""
    place(plan, "a")
    place(plan, "lost", "stop", 4711)
    duplicates, orphans = (await book(plan).reconcile(OPENED, CLOSED)).checks
    assert duplicates.rows == 2
    assert {row["client_order_id"] for row in duplicates.sample} == {"a"}
    assert orphans.rows == 1
    assert orphans.sample[0]["parent_id"] == 4711


async def test_many_rows_are_all_counted(plan: str, tmp_path: Path) -> None:
    """Twenty rows are shown of 2,500 that are counted."""
    (tmp_path / "many.sql").write_text("SELECT n, 50 % 7 AS rest FROM generate_series(1, 2500) AS n;\n-- 100 %")
    check = (await book(plan, tmp_path).reconcile(OPENED, CLOSED)).checks[1]
    assert (check.name, check.rows, len(check.sample)) == ("many", 2500, 20)
    assert check.sample[0] == {"n": 1, "rest": 1}


async def test_a_desks_own_checks_join_and_replace(plan: str, tmp_path: Path) -> None:
    """A desk's file is added, or takes a shipped check's place; a control query is no check."""
    (tmp_path / "own.sql").write_text("SELECT id FROM orders WHERE created_at >= :opened AND created_at <= :closed")
    (tmp_path / "orphan_oco_children.sql").write_text("SELECT 1 AS one WHERE :opened > :closed")
    (tmp_path / "own.control.sql").write_text("nonsense")
    run = await book(plan, tmp_path).reconcile(OPENED, CLOSED)
    assert [(check.name, check.rows) for check in run.checks] == [
        ("duplicate_client_order_id", 0),
        ("orphan_oco_children", 0),
        ("own", 3),
    ]


async def test_a_desk_with_other_tables_brings_its_own_queries(plan: str, tmp_path: Path) -> None:
    """The count and the rows of a plan come from the desk's files where it has them."""
    (tmp_path / "order_book").mkdir()
    (tmp_path / "order_book" / "orders_in_session.sql").write_text("SELECT 42 AS orders WHERE :opened < :closed")
    (tmp_path / "order_book" / "rows_of_plan.sql").write_text(
        "SELECT 7 AS id, 'x' AS client_order_id, NULL AS parent_id, 'entry' AS role, 'FILLED' AS status "
        "WHERE :since > '2000-01-01'"
    )
    own = book(plan, tmp_path)
    assert (await own.reconcile(OPENED, CLOSED)).orders == 42
    assert [order.id for order in await own.recent_orders(OPENED)] == ["7"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("SELECT nonsense", 'column "nonsense" does not exist'),
        ("DELETE FROM orders RETURNING id", "syntax error"),
        ("SELECT 1; SELECT 2", "multiple commands"),
        ("WITH gone AS (DELETE FROM orders RETURNING id) SELECT * FROM gone", ""),
        ("SELECT pg_sleep(20)", "took too long"),
        ("SELECT nextval('orders_id_seq')", "read-only transaction"),
        ("SELECT :unknown", "syntax error"),
        ("", "syntax error"),
    ],
)
async def test_a_failing_check_fails_alone(plan: str, tmp_path: Path, text: str, words: str) -> None:
    """A check that cannot run, or would write, says why; the others run, and no order is changed."""
    (tmp_path / "broken.sql").write_text(text)
    run = await book(plan, tmp_path, timeout=2).reconcile(OPENED, CLOSED)
    broken, *others = run.checks
    assert broken.rows is None
    assert words in str(broken.error)
    assert [check.rows for check in others] == [0, 0]
    assert (run.error, run.orders) == (None, 3)


async def test_missing_tables_are_trouble_in_words(database: str) -> None:
    """Without the orders table nothing is proven, and the run says why."""
    run = await book(database).reconcile(OPENED, CLOSED)
    assert run.orders is None
    assert 'relation "orders" does not exist' in str(run.error)
    with pytest.raises(DatabaseUnreachable, match="lacks what is asked for"):
        await book(database).recent_orders(OPENED)


async def test_missing_folder_is_trouble_in_words(plan: str, tmp_path: Path) -> None:
    """A mistyped folder must not pass as a folder without checks."""
    run = await book(plan, tmp_path / "gone").reconcile(OPENED, CLOSED)
    assert "reconcile_dir: there is no folder" in str(run.error)


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("order_book/orders_in_session.sql", b"SELECT 42 AS n WHERE :opened < :closed", "its columns (n)"),
        ("order_book/orders_in_session.sql", b"SELECT NULL AS orders WHERE :opened < :closed", "its columns (orders)"),
        ("latin.sql", "-- für\nSELECT 1".encode("latin-1"), "cannot be read as UTF-8"),
    ],
)
async def test_a_desks_own_query_that_cannot_be_used_is_trouble_in_words(
    plan: str, tmp_path: Path, name: str, text: bytes, words: str
) -> None:
    """It is no crash, for then no day could be closed any more."""
    (tmp_path / "order_book").mkdir()
    (tmp_path / name).write_bytes(text)
    run = await book(plan, tmp_path).reconcile(OPENED, CLOSED)
    assert run.orders is None
    assert words in (run.error or "")


async def test_a_desks_own_rows_without_the_columns_asked_for_are_trouble_in_words(plan: str, tmp_path: Path) -> None:
    """A drill ends by it as INCONCLUSIVE."""
    (tmp_path / "order_book").mkdir()
    (tmp_path / "order_book" / "rows_of_plan.sql").write_text("SELECT id FROM orders WHERE created_at >= :since")
    with pytest.raises(ConfigurationError, match=r"its columns \(id\)"):
        await book(plan, tmp_path).recent_orders(OPENED)


async def test_a_database_that_is_down_is_trouble_without_its_password() -> None:
    """The error names the place, never the secret."""
    down = book("postgresql://desk:s3cret@127.0.0.1:1/orders")
    run = await down.reconcile(OPENED, CLOSED)
    assert "127.0.0.1:1/orders) did not answer" in str(run.error)
    with pytest.raises(DatabaseUnreachable) as refused:
        await down.describe()
    assert "s3cret" not in f"{run.error}{refused.value}{refused.value.__cause__}"


@pytest.mark.parametrize("url", ["postgresql://u:s3cret@h:port/x?no=1", "mysql://u:s3cret@h/x", "nonsense s3cret"])
def test_unreadable_urls_are_refused_without_their_password(url: str) -> None:
    """What is no PostgreSQL URL is a configuration error that does not repeat it."""
    with pytest.raises(ConfigurationError, match="postgresql://user") as refused:
        book(url)
    assert "s3cret" not in str(refused.value)


async def test_recent_orders_tell_parents_and_children(plan: str) -> None:
    """The rows of a plan are told with their ids as text, parents first."""
    orders = await book(plan).recent_orders(OPENED - timedelta(seconds=1))
    assert all(isinstance(order.id, str) for order in orders)
    assert [order.parent_id for order in orders] == [None, orders[0].id, orders[0].id]
    assert await book(plan).recent_orders(CLOSED + timedelta(seconds=1)) == ()


async def test_describe_tells_server_and_orders(plan: str, tmp_path: Path) -> None:
    """The doctor's line names the server, recent orders and the number of checks, and of those nobody can try."""
    said = await book(plan).describe()
    assert said.startswith("PostgreSQL ")
    assert said.endswith("3 orders in the last 24 h, 2 reconcile checks")
    (tmp_path / "own.sql").write_text("SELECT 1 AS one WHERE :opened > :closed")
    assert (await book(plan, tmp_path).describe()).endswith("3 reconcile checks, 1 of them without a control")


async def test_a_query_that_gives_every_order_there_is_is_refused(plan: str, tmp_path: Path) -> None:
    """A desk's own query that does not heed its window would fill the memory with a table."""
    (tmp_path / "order_book").mkdir()
    every = "SELECT n AS id, NULL AS parent_id FROM generate_series(1, 10001) AS n WHERE :since IS NOT NULL"
    (tmp_path / "order_book" / "rows_of_plan.sql").write_text(every)
    with pytest.raises(
        ConfigurationError, match=r"gives more than 10000 orders since 03:45:00 UTC: see in reconcile_dir"
    ):
        await book(plan, tmp_path).recent_orders(OPENED)


async def test_who_wants_all_rows_is_given_them(plan: str, tmp_path: Path) -> None:
    """Up to 5,000 of a check, as JSON has them; the answer holds the first few all the same."""
    (tmp_path / "many.sql").write_text("SELECT n FROM generate_series(1, 6000) AS n")
    given: list[tuple[str, JsonObject]] = []
    run = await book(plan, tmp_path).reconcile(OPENED, CLOSED, lambda check, row: given.append((check, row)))
    many = next(check for check in run.checks if check.name == "many")
    assert (many.rows, len(many.sample)) == (6000, 20)
    assert [row for check, row in given if check == "many"] == [{"n": n} for n in range(1, 5001)]
