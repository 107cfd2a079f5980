"""All rows that reconcile found: in one file, within what a ledger bears, and counted beyond that."""

from bot.domain.evidence import ReconcileCheck, ReconcileRun
from bot.domain.notice import Placement, RowsFile
from bot.domain.session import Session
from bot.domain.value import JsonObject
from commands import rows_found
from commands.rows_found import RowsFound
from tests.support.evidence import session_of
from tests.support.fakes import World
from tests.support.lived_day import live

SESSION = session_of()


def run(**rows: int | None) -> ReconcileRun:
    """A run whose checks found so many rows."""
    checks = tuple(ReconcileCheck(name=name, rows=count) for name, count in rows.items())
    return ReconcileRun(at=SESSION.closes, opened=SESSION.opens, closed=SESSION.closes, orders=3, checks=checks)


def found(*rows: tuple[str, JsonObject]) -> RowsFound:
    """What took these rows."""
    taken = RowsFound()
    for check, row in rows:
        taken(check, row)
    return taken


def test_rows_of_several_checks_stand_in_one_table() -> None:
    """With the columns of all of them, and values as a person reads them."""
    rows = found(("duplicates", {"id": 7, "at": None}), ("orphans", {"id": "x", "more": {"a": [True]}}))
    file = rows.file(run(duplicates=1, orphans=1), SESSION)
    assert file is not None
    assert file.columns == ("check", "id", "at", "more")
    assert file.rows == (("duplicates", "7", "", ""), ("orphans", "x", "", '{"a": [true]}'))
    assert file.left_out == 0


def test_without_rows_there_is_no_file() -> None:
    """Nor for rows of a check that broke off."""
    assert found().file(run(duplicates=0), SESSION) is None
    assert found(("duplicates", {"id": 1})).file(run(duplicates=None), SESSION) is None


def test_what_is_beyond_the_limits_is_counted() -> None:
    """By rows, and by bytes."""
    many = found(*(("many", {"id": at}) for at in range(rows_found.MOST_ROWS + 1)))
    file = many.file(run(many=20_000), SESSION)
    assert file is not None
    assert (len(file.rows), file.left_out) == (rows_found.MOST_ROWS, 20_000 - rows_found.MOST_ROWS)
    wide = found(*(("wide", {"text": "ह" * 10_000}) for _ in range(100))).file(run(wide=100), SESSION)
    assert wide is not None
    assert 0 < len(wide.rows) < 20
    assert wide.left_out == 100 - len(wide.rows)


def test_the_ledger_is_not_filled_with_the_cells_that_rows_of_other_checks_have() -> None:
    """Each check has columns of its own: as many as the file has in the end count for each row."""
    rows = ((f"check{n}", {f"check{n}_column{c}": "1" for c in range(10)}) for n in range(20) for _ in range(250))
    file = found(*rows).file(run(**{f"check{n}": 250 for n in range(20)}), SESSION)
    assert file is not None
    assert 0 < len(file.rows) == 5000 - file.left_out
    assert len(file.model_dump_json()) < rows_found.MOST_BYTES * 1.05


async def test_the_file_is_queued_for_the_days_thread(desk: World, days: tuple[Session, ...]) -> None:
    """By a reconcile and by a close, each once."""
    at = desk.clock.now()
    check = ReconcileCheck(name="orphans", rows=1, sample=({"id": 7},))
    desk.book.run = ReconcileRun(at=at, opened=at, closed=at, orders=3, checks=(check,))
    desk.book.found = [("orphans", {"id": 7})]
    await desk.ask("reconcile")
    await live(desk, days[0])
    await desk.ask("close")
    queued = [body.announcement for body in desk.ledger.of_kind("message_queued")]
    files = [each for each in queued if isinstance(each.notice, RowsFile)]
    assert [each.placement for each in files] == [Placement.THREAD] * 2
    assert {each.day for each in files} == {days[0].date}
    assert files[0].key != files[1].key
    assert files[0].notice.rows == (("orphans", "7"),)  # type: ignore[union-attr]
