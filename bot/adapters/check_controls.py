"""Tries a reconcile check on planted rows, in temporary tables that hide the real ones.

The transaction is set read only as soon as those tables are there, so that PostgreSQL itself refuses to write to any
other; whoever opened it rolls it back.
"""

import re
from datetime import UTC, datetime
from typing import Final

import psycopg
from psycopg.rows import DictRow

import sql
from bot.adapters.reconcile_checks import Check, Connection, digest_of, first_line, query, run_check
from bot.adapters.sql_parameters import statements
from bot.domain.evidence import PlantedRows

# No real order lies in this window: what a check finds in it was planted.
WINDOW: Final = {"opened": datetime(2000, 1, 3, 4, tzinfo=UTC), "closed": datetime(2000, 1, 3, 10, tzinfo=UTC)}
_CREATES = re.compile(
    r"CREATE\s+(?:LOCAL\s+|GLOBAL\s+)?TEMP(?:ORARY)?\s+TABLE\s+"
    r"(?:IF\s+NOT\s+EXISTS\s+)?(?:pg_temp\s*\.\s*)?(\"[^\"]+\"|\w+)",
    re.IGNORECASE,
)
_WORD = re.compile(r"\w+")
_ENDS_TRANSACTION = re.compile(r"(BEGIN|START|COMMIT|END|ROLLBACK|ABORT|PREPARE\s+TRANSACTION)\b", re.IGNORECASE)


async def try_check(connection: Connection, check: Check, control: str) -> PlantedRows:
    """Plant a control's rows and run its check over them.

    Args:
        connection: in a transaction that may still write, and that will be rolled back.
        check: the check.
        control: leading `CREATE TEMPORARY TABLE` statements, then what plants rows in these tables, then perhaps a
            SELECT whose column `expected` says how many rows the check must find.
    """
    planted = PlantedRows(check=check.name, digest=digest_of(check.text), control=digest_of(control))
    script = statements(control)
    try:
        expected = await _plant(connection, script)
    except (psycopg.Error, ValueError) as error:
        if connection.broken:
            raise
        return planted.model_copy(update={"error": _in_words(error, check)})
    ran = await run_check(connection, check, WINDOW)
    tried = planted.model_copy(update={"expected": expected, "found": ran.rows, "error": ran.error})
    return tried if tried.caught else tried.model_copy(update={"error": _why_not(check, script, ran.error)})


async def _plant(connection: Connection, script: list[str]) -> int | None:
    """Create the tables, plant the rows, and return how many of them must be found, where the script says so."""
    creating = _leading(script)
    try:
        for statement in creating:
            await connection.execute(*query(statement, WINDOW))
    except psycopg.errors.InsufficientPrivilege as error:
        who, where = connection.info.user, connection.info.dbname
        grant = f'GRANT TEMPORARY ON DATABASE "{where}" TO "{who}"'
        raise ValueError(f"{first_line(error)}; {grant}, so that rows can be planted where they harm nobody") from error
    await connection.execute(*query(sql.read("order_book/only_temporary.sql"), {}))
    last: psycopg.AsyncCursor[DictRow] | None = None
    for statement in script[len(creating) :]:
        if _ENDS_TRANSACTION.match(statement):
            raise ValueError("its control begins or ends a transaction; leave that out, nothing of it stays anyway")
        last = await connection.execute(*query(statement, WINDOW))
    return await _expected(last)


def _leading(script: list[str]) -> list[str]:
    other = (number for number, statement in enumerate(script) if not _CREATES.match(statement))
    return script[: next(other, len(script))]


async def _expected(last: psycopg.AsyncCursor[DictRow] | None) -> int | None:
    if last is None or "expected" not in (column.name for column in last.description or ()):
        return None
    row = await last.fetchone()
    expected = row["expected"] if row else None
    if not isinstance(expected, int) or expected < 1:
        raise ValueError(f"its control expects {expected} rows; it must plant at least one, and say how many")
    return expected


def _in_words(error: Exception, check: Check) -> str:
    match error:
        case ValueError():
            return str(error)
        case psycopg.errors.ReadOnlySqlTransaction():
            begin = "begin it with CREATE TEMPORARY TABLE statements, and plant in these tables only"
            return f"its control writes to what is not temporary ({first_line(error)}); {begin}"
    return f"its control cannot run ({first_line(error)}); mend {check.name}.control.sql"


def _why_not(check: Check, script: list[str], error: str | None) -> str | None:
    """Return why a check could not be tried at all; None where it was, and missed what was planted."""
    if error is not None:
        return f"{error}; the tables of {check.name}.control.sql must hold all that the check reads"
    tables = {found[1].strip('"').lower() for found in map(_CREATES.match, script) if found}
    read = set(_WORD.findall(" ".join(statements(check.text)).lower()))
    if tables & read:
        return None
    planted = f"its control plants rows in {', '.join(sorted(tables)) or 'no table'}, which the check does not read"
    return f"{planted}; write a {check.name}.control.sql beside it, for the tables it does read"
