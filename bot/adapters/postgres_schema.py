"""Opening a shared ledger's database: its schema is the sum of the migrations, and it is brought up to date once."""

from typing import Any, Final

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

import sql
from bot.adapters.postgres_troubles import Address
from bot.adapters.sql_parameters import to_driver
from bot.errors import ConfigurationError, LedgerBroken

DIALECT: Final = "postgres"
Connection = psycopg.Connection[tuple[Any, ...]]

_DEFAULTS: Final[dict[str, Any]] = {  # in seconds; an address that says otherwise is followed
    "connect_timeout": 5,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,  # milliseconds
    "target_session_attrs": "read-write",  # of several hosts the primary
    "application_name": "burnin",
    "client_encoding": "UTF8",  # whatever the host or the role is set to
}


def connect(address: Address) -> Connection:
    """Open a connection on which each statement is a transaction of its own.

    Raises:
        ConfigurationError: the address cannot be read.
        LedgerBroken: the database cannot hold every text.
        psycopg.Error: it cannot be opened; `postgres_troubles.in_words` says what to do.
    """
    try:
        url = make_conninfo("", **{**_DEFAULTS, **conninfo_to_dict(address.url.get_secret_value())})
    except psycopg.Error:
        # Its text may quote the address, and with it the password.
        raise ConfigurationError(
            "ledger: write postgresql://user:password@host:port/database, with %25 for a % in the password, and after "
            "a ? only options that libpq knows"
        ) from None
    connection: Connection = psycopg.connect(url, autocommit=True, prepare_threshold=1)
    try:
        if connection.info.parameter_status("server_encoding") != "UTF8":
            raise LedgerBroken(f"The ledger {address} cannot hold every text: make it with ENCODING 'UTF8'.")
        connection.execute(sql.read("ledger/connection.sql", DIALECT).encode())
    except BaseException:
        connection.close()
        raise
    return connection


def bring_up_to_date(connection: Connection, address: Address) -> None:
    """Make or upgrade the ledger where that is due.

    Raises:
        LedgerBroken: a newer burnin made it.
    """
    version, known = schema_version(connection), len(migrations())
    if version > known:
        raise LedgerBroken(
            f"The ledger {address} has schema {version}, and this burnin knows schemas up to {known}: "
            "a newer burnin made it. Install that version, or name another ledger in the configuration."
        )
    if version < known:
        migrate(connection, known)


def migrations() -> list[str]:
    """Return the names of the migrations, oldest first. The schema's version is how many of them were applied."""
    return sql.names("ledger/migrations")


def schema_version(connection: Connection) -> int:
    """Return how many migrations a ledger has seen."""
    return _number(connection, "schema_version") if _number(connection, "has_schema_version") else 0


def migrate(connection: Connection, target: int) -> None:
    """Apply the migrations that are due, up to a version, and make the views; all of it or nothing."""
    with connection.transaction():
        connection.execute(_text("queries/lock_schema.sql"))
        connection.execute(_text("queries/make_schema_version.sql"))
        # Read under the lock: another program may have migrated while this one waited.
        version = _number(connection, "schema_version")
        for number, name in enumerate(migrations()[version:target], start=version + 1):
            connection.execute(_text(f"migrations/{name}"))
            note = to_driver(sql.read("ledger/queries/note_migration.sql", DIALECT), ("version", "name"))
            connection.execute(note.encode(), {"version": number, "name": name.removesuffix(".sql")})
        if target == len(migrations()):  # earlier there are not all the columns that they show
            connection.execute(_text("views.sql"))


def _number(connection: Connection, name: str) -> int:
    ((number,),) = connection.execute(_text(f"queries/{name}.sql")).fetchall()
    return int(number)


def _text(name: str) -> bytes:
    return sql.read(f"ledger/{name}", DIALECT).encode()
