"""The shipped reconcile checks over a real PostgreSQL: what each must catch, and what it must leave alone."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from psycopg.rows import dict_row

import sql
from bot.sandbox.postgres import EmbeddedPostgres

OPENED = datetime(2026, 11, 23, 3, 45, tzinfo=UTC)
CLOSED = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
INSIDE = OPENED + timedelta(hours=1)
YESTERDAY = OPENED - timedelta(days=1)


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[EmbeddedPostgres]:
    """One embedded server for this module."""
    with EmbeddedPostgres(tmp_path_factory.mktemp("postgres") / "data") as running:
        yield running


class Book:
    """An orders table to plant rows in, holding no column but those the shipped checks expect."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection
        self._connection.execute(
            "CREATE TEMPORARY TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY, client_order_id text,"
            " parent_id bigint, oco_group text, role text, status text, created_at timestamptz)"
        )

    def add(self, client_order_id, role="entry", status="FILLED", *, parent=None, group=None, at=INSIDE):
        """Plant one order and return its id."""
        return self._connection.execute(
            "INSERT INTO orders (client_order_id, role, status, parent_id, oco_group, created_at)"
            " VALUES (%s, %s, %s, %s, %s, %s) RETURNING id",
            (client_order_id, role, status, parent, group, at),
        ).fetchone()[0]

    def plan(self, key: str, *, entry="FILLED", target="CANCELLED", stop="CANCELLED", at=INSIDE):
        """Plant an entry with its two OCO children and return the three ids."""
        parent = self.add(f"{key}-entry", status=entry, at=at)
        children = [
            self.add(f"{key}-{role}", role, status, parent=parent, group=f"{key}-oco", at=at)
            for role, status in (("target", target), ("stop", stop))
        ]
        return parent, *children

    def ask(self, name: str, **parameters) -> list[dict]:
        """Run one shipped query over the session, or over the given parameters."""
        text = re.sub(r"(?<!:):(\w+)", r"%(\1)s", sql.read(name))
        bound = parameters or {"opened": OPENED, "closed": CLOSED}
        return self._connection.cursor(row_factory=dict_row).execute(text, bound).fetchall()

    def duplicates(self) -> list[dict]:
        """Run the check for duplicates."""
        return self.ask("reconcile/duplicate_client_order_id.sql")

    def orphans(self) -> list[dict]:
        """Run the check for orphans."""
        return self.ask("reconcile/orphan_oco_children.sql")


@pytest.fixture
def book(server) -> Iterator[Book]:
    """An empty book."""
    with psycopg.connect(server.uri) as connection:
        yield Book(connection)
        connection.rollback()


def test_clean_book_has_no_violation(book):
    """Plans that filled, were flattened, or still work are no violation."""
    book.plan("flattened")
    book.plan("working", target="OPEN", stop="OPEN")
    book.plan("waiting", entry="OPEN", target="OPEN", stop="OPEN")
    book.plan("rejected", entry="REJECTED")
    book.plan("won", target="FILLED")
    assert book.duplicates() == book.orphans() == []


def test_duplicate_shows_every_twin(book):
    """Two orders with one id are two rows, each telling what is wrong; single orders are not shown."""
    book.add("once")
    twins = [book.add("twice"), book.add("twice")]
    found = book.duplicates()
    assert [row["id"] for row in found] == twins
    assert {row["problem"] for row in found} == {"client_order_id is on 2 orders"}
    assert set(found[0]) == {"id", "client_order_id", "parent_id", "created_at", "problem"}


def test_duplicate_of_an_earlier_session_counts(book):
    """An id of today that an earlier session used is a duplicate; both orders are shown."""
    twins = [book.add("reused", at=YESTERDAY), book.add("reused")]
    assert [row["id"] for row in book.duplicates()] == twins


def test_duplicates_outside_of_the_session_do_not_count(book):
    """Twins of another day, and orders without any id, are no violation of this session."""
    for at in (YESTERDAY, YESTERDAY):
        book.add("old", at=at)
    for _ in range(2):
        book.add(None)
    assert book.duplicates() == []


def test_edges_belong_to_the_session(book):
    """An order at the very open or close is the session's; the moment after is not."""
    for at in (OPENED, CLOSED, CLOSED + timedelta(microseconds=1)):
        book.add("edge", "stop", at=at)
    assert book.ask("order_book/orders_in_session.sql") == [{"orders": 2}]
    assert len(book.orphans()) == 2


@pytest.mark.parametrize("status", ["OPEN", "CANCELLED", None])
def test_child_without_parent_is_an_orphan(book, status):
    """A child whose parent is not in the table, or that names none, is an orphan whatever became of it."""
    book.add("lost", "stop", status, parent=4711, group="g")
    book.add("unnamed", "TARGET", status)
    assert [row["problem"] for row in book.orphans()] == ["parent does not exist", "names no parent"]


@pytest.mark.parametrize("status", ["OPEN", "FILLED", "PENDING_NEW", "open", None])
def test_child_alive_under_a_parent_that_never_filled_is_an_orphan(book, status):
    """A child that works, filled, or is in an unknown state has no position to protect."""
    _, target, _ = book.plan("dead", entry="cancelled", target=status)
    assert [(row["id"], row["problem"]) for row in book.orphans()] == [(target, "alive though its parent never filled")]


def test_child_alive_beside_its_filled_sibling_is_an_orphan(book):
    """The stop that survives its filled target is an orphan; the target is not."""
    _, _, stop = book.plan("won", target="FILLED", stop="OPEN")
    assert [(row["id"], row["problem"]) for row in book.orphans()] == [(stop, "alive though its OCO sibling filled")]


def test_both_legs_filled_are_orphans(book):
    """When both legs filled, each outlived the other: the desk holds a position nobody planned."""
    _, target, stop = book.plan("twice", target="FILLED", stop="FILLED")
    assert [row["id"] for row in book.orphans()] == [target, stop]


def test_group_name_reused_by_another_plan_is_no_sibling(book):
    """A filled target of another plan with the same group name does not make this plan's stop an orphan."""
    book.plan("same", target="FILLED", stop="CANCELLED", at=YESTERDAY)
    book.plan("same", target="OPEN", stop="OPEN")
    assert book.orphans() == []


def test_child_of_another_role_is_known_by_its_group(book):
    """An order with an OCO group and a parent is a child, whatever its role is called."""
    book.add("odd", "trailing", "OPEN", parent=4711, group="g")
    book.add("amended", "amendment", "OPEN", parent=4711)
    assert [row["client_order_id"] for row in book.orphans()] == ["odd"]


def test_rows_of_a_plan_are_its_parent_and_children(book):
    """The drill sees the plan's three orders since it began, and no order that belongs to none."""
    book.plan("before", at=YESTERDAY)
    ids = book.plan("drill")
    book.add("by hand")
    found = book.ask("order_book/rows_of_plan.sql", since=OPENED)
    assert [row["id"] for row in found] == list(ids)
    assert set(found[0]) == {"id", "parent_id"}
