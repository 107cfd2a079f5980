"""The audit trail on standard output: a table for people, and CSV or JSON lines, and nothing else, for programs."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import click

from bot.domain.results import AuditReport, AuditRow
from bot.terminal.front import print_json

_COLUMNS: Final = (
    *("seq", "at", "local", "timezone", "actor", "actor_id", "origin", "trader"),
    *("command", "args", "outcome", "verdict", "reason", "detail", "seconds"),
)


def asks_for_json(words: Sequence[str]) -> bool:
    """Tell whether a typed line wants JSON, before it is read: then what is wrong with it is told as JSON too."""
    plain = " ".join(words).lower().replace("=", " ").split()
    return any(pair in (("--format", "json"), ("format", "json")) for pair in pairwise(plain))


def show_trail(report: AuditReport) -> None:
    """Print the rows in the form that was asked for. That there are older ones is never among a program's rows."""
    if report.format == "csv":
        _csv(report.rows)
    elif report.format == "jsonl":
        for row in report.rows:
            print_json(_values(row))
    else:
        _table(report)
    if report.older:
        click.echo("There are older ones: --last N shows more.", err=report.format != "table")


def _values(row: AuditRow) -> dict[str, str | int | float | None]:
    told = {**row.model_dump(mode="json"), "local": row.local.isoformat()}
    return {name: told[name] for name in _COLUMNS}


def _csv(rows: Sequence[AuditRow]) -> None:
    from bot.domain.notice import RowsFile  # noqa: PLC0415 - loaded by whoever asks for it
    from bot.slack.cards.rows_file import csv_of  # noqa: PLC0415

    cells = (tuple("" if cell is None else str(cell) for cell in _values(row).values()) for row in rows)
    file = RowsFile(name="audit", title="Audit trail", columns=_COLUMNS, rows=tuple(cells))
    click.echo(csv_of(file), nl=False)


def _table(report: AuditReport) -> None:
    from bot.terminal.reports import print_table, table_of  # noqa: PLC0415 - it shows this one among others

    if not report.rows:
        click.echo(f"Nothing {report.narrowed} is on record." if report.narrowed else "No command is on record yet.")
        return
    columns = ("seq", "UTC", "local", "who", "where", "command", "outcome", "s", "what came of it")
    print_table(table_of(columns, map(_cells, report.rows)))


def _cells(row: AuditRow) -> tuple[str, ...]:
    same_date = row.at.date() == row.local.date()
    return (
        str(row.seq),
        f"{row.at:%Y-%m-%d %H:%M:%S}",
        f"{row.local:{'%H:%M:%S %Z' if same_date else '%d %b %H:%M:%S %Z'}}",
        row.actor,
        row.origin,
        f"{row.command} {row.args}".strip(),
        row.outcome,
        "-" if row.seconds is None else f"{row.seconds:.1f}",
        f"{row.verdict} {row.detail}".strip(),
    )
