"""The loader of SQL texts, and what every shipped text owes its reader."""

from pathlib import Path

import pytest

import sql

_ROOT = Path(sql.__file__).parent
_FILES = sorted(path.relative_to(_ROOT).as_posix() for path in _ROOT.rglob("*.sql"))


def test_a_text_is_read_by_its_name() -> None:
    """The name is the path under `sql/`."""
    assert "FROM entries" in sql.read("ledger/queries/head.sql")


def test_a_wrong_name_is_an_error() -> None:
    """A name that is not shipped fails at once, not as an empty query."""
    with pytest.raises(FileNotFoundError):
        sql.read("ledger/queries/no_such_query.sql")


def test_a_folder_lists_its_texts_in_order() -> None:
    """Migrations are applied in the order of their names, so names are sorted; other files do not count."""
    names = sql.names("ledger/migrations")
    assert names == sorted(names)
    assert names[0] == "0001_entries.sql"
    assert "__init__.py" not in sql.names(".")


@pytest.mark.parametrize("name", _FILES)
def test_every_text_says_what_it_is_for(name: str) -> None:
    """A text begins with a comment, so that who meets it in a database's log knows where it belongs."""
    assert sql.read(name).startswith("-- ")
