"""The reconcile checks: where their texts come from, and how one of them is run."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Final

import psycopg
from psycopg.rows import DictRow

import sql
from bot.adapters.json_rows import json_row
from bot.adapters.sql_parameters import to_driver
from bot.domain.evidence import ReconcileCheck
from bot.domain.value import JsonObject
from bot.errors import ConfigurationError
from bot.ports import Found

_SHIPPED = "reconcile"
_CHECK = ".sql"
_CONTROL = ".control.sql"  # rows that a check must find, planted by the self-test
_SAMPLE: Final = 20  # rows shown; all are counted
_TOLD: Final = 5000  # rows of a check that are given to who wants all; a multiple of the chunk
_CHUNK = 1000

Connection = psycopg.AsyncConnection[DictRow]
Values = Mapping[str, datetime | str]


@dataclass(frozen=True, slots=True)
class Check:
    """A check's name and text, and its control's text; None where it has none."""

    name: str
    text: str
    control: str | None = None


def read_checks(folder: Path | None) -> list[Check]:
    """Return the shipped checks and those of a desk's own folder, by name.

    A desk's file takes the place of a shipped one of the same name. Its control stands beside it; where there is none,
    the shipped control of that name is good for it too.

    Raises:
        ConfigurationError: the folder or a file in it cannot be read.
    """
    texts = {name: sql.read(f"{_SHIPPED}/{name}") for name in sql.names(_SHIPPED)}
    if folder is not None:
        if not folder.is_dir():
            raise ConfigurationError(f"reconcile_dir: there is no folder {folder}; mend it")
        texts |= {file.name: read_text(file) for file in folder.glob(f"*{_CHECK}")}
    names = sorted(name.removesuffix(_CHECK) for name in texts if not name.endswith(_CONTROL))
    return [Check(name, texts[name + _CHECK], texts.get(name + _CONTROL)) for name in names]


def read_text(file: Path) -> str:
    """Return the text of a desk's file.

    Raises:
        ConfigurationError: it cannot be read.
    """
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"reconcile_dir: {file} cannot be read as UTF-8 text ({error}); mend it") from error


async def run_check(connection: Connection, check: Check, window: Values, found: Found | None = None) -> ReconcileCheck:
    """Run a check, leaving the transaction usable whatever becomes of it. `found` is given its first rows."""
    digest = digest_of(check.text)
    try:
        async with connection.transaction(), connection.cursor(name="check") as cursor:
            await cursor.execute(*query(check.text, window))
            rows, sample = 0, list[JsonObject]()
            while chunk := await cursor.fetchmany(_CHUNK):
                told = [json_row(row) for row in chunk[: max(_TOLD - rows, 0)]]
                sample += told[: _SAMPLE - len(sample)]
                rows += len(chunk)
                if found is not None:
                    for row in told:
                        found(check.name, row)
    except psycopg.errors.QueryCanceled as error:
        return ReconcileCheck(
            name=check.name, rows=None, error=f"it took too long ({first_line(error)})", digest=digest
        )
    except psycopg.Error as error:
        if connection.broken:
            raise
        return ReconcileCheck(name=check.name, rows=None, error=first_line(error), digest=digest)
    return ReconcileCheck(name=check.name, rows=rows, sample=tuple(sample), digest=digest)


def digest_of(text: str) -> str:
    """Return the SHA-256 (hex) of a text."""
    return sha256(text.encode()).hexdigest()


def query(text: str, values: Values) -> tuple[bytes, Values]:
    """Return what the driver is asked to execute."""
    return to_driver(text, values).encode(), values


def first_line(error: Exception) -> str:
    """Return what the database says of an error, without the place it points at."""
    return str(error).strip().split("\n", 1)[0]
