"""Every SQL text of the project, loaded by name."""

from functools import cache
from importlib.resources import files


@cache
def read(name: str) -> str:
    """Return the text of `sql/<name>`, for example `read("ledger/queries/head.sql")`.

    Raises:
        FileNotFoundError: no such file is shipped; the name is wrong.
    """
    return files(__name__).joinpath(name).read_text(encoding="utf-8")


def names(folder: str) -> list[str]:
    """Return the names of the `.sql` files of one folder, sorted, without the folder."""
    return sorted(entry.name for entry in files(__name__).joinpath(folder).iterdir() if entry.name.endswith(".sql"))
