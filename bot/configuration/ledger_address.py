"""Where the ledger is: a SQLite file on this machine, or a PostgreSQL that several bots share."""

import re
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, SecretStr

from bot.domain.value import Value

_SQLITE: Final = re.compile(r"sqlite:///([^:?#]+)")
# A second @ is one of the password, or follows one of its slashes: libpq would take a part of it for the host.
_POSTGRES: Final = re.compile(r"(postgres(?:ql)?)(?:\+\w+)?(://)(?:[^@/]*@)?([^@?]*(?:\?.*)?)")


class SqliteAddress(Value):
    """A SQLite file, relative to the working directory unless it begins with a slash."""

    path: Path

    def __str__(self) -> str:
        return f"sqlite:///{self.path}"


class PostgresAddress(Value):
    """A PostgreSQL database. Its text shows neither user nor password."""

    url: SecretStr

    def __str__(self) -> str:
        return _POSTGRES.sub(r"\1\2\3", self.url.get_secret_value()).partition("?")[0]


def ledger_address(value: Any) -> SqliteAddress | PostgresAddress:
    """Read a ledger's address as it is written in the configuration or on the command line.

    Raises:
        ValueError: it is none; the text says how one looks.
    """
    if isinstance(value, SqliteAddress | PostgresAddress):
        return value
    text = str(value)
    if found := _SQLITE.fullmatch(text):
        return SqliteAddress(path=Path(found[1]))
    if found := _POSTGRES.fullmatch(text):
        return PostgresAddress(url=SecretStr(f"{found[1]}{text[found.start(2) :]}"))  # a driver, as SQLAlchemy has it
    raise ValueError(
        "this should be sqlite:///var/burnin.db, sqlite:////srv/burnin.db for an absolute path, or "
        "postgresql://user:password@host/database, which several bots may share; in a password "
        "%40 stands for @, %2F for / and %25 for %"
    )


LedgerAddress = Annotated[SqliteAddress | PostgresAddress, BeforeValidator(ledger_address)]
