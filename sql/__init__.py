"""Every SQL text of the project, loaded by name."""

from functools import cache
from importlib.resources import files


@cache
def read(name: str, dialect: str = "") -> str:
    """Return the text of `sql/<name>`, for example `read("ledger/queries/head.sql")`.

    Args:
        name: the file.
        dialect: where one is given, such as `postgres`, and it says this otherwise, its sibling is read instead
            (`head.postgres.sql`).

    Raises:
        FileNotFoundError: no such file is shipped; the name is wrong.
    """
    file = files(__name__).joinpath(name)
    sibling = files(__name__).joinpath(f"{name.removesuffix('.sql')}.{dialect}.sql")
    return (sibling if dialect and sibling.is_file() else file).read_text(encoding="utf-8")


def names(folder: str) -> list[str]:
    """Return the names of the `.sql` files of one folder, sorted, without the folder and without dialect siblings."""
    found = (entry.name for entry in files(__name__).joinpath(folder).iterdir())
    return sorted(name for name in found if name.endswith(".sql") and not name.endswith(".postgres.sql"))
