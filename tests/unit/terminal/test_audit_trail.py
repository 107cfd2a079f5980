"""The audit trail on a terminal: a table for people; CSV, JSON and JSON lines with nothing else on standard output."""

import csv
import io
import json
from datetime import UTC, datetime

import pytest

from bot.domain.results import AuditReport, AuditRow
from bot.terminal.audit_trail import asks_for_json, show_trail

AT = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)
ROW = AuditRow(
    seq=7, at=AT, actor="Gus", actor_id="slack:U07", origin="slack #C01", command="flatten", args="=1+1",
    outcome="refused", seconds=0.25, reason="role", detail="Guests, may look.", trader="orb", timezone="Asia/Kolkata",
)  # fmt: skip
STARTED = AuditRow(
    seq=1, at=AT.replace(hour=3), actor="burnin", actor_id="bot:burnin", origin="bot", command="bot started", args="",
    outcome="done", seconds=None,
)  # fmt: skip
COLUMNS = [
    *("seq", "at", "local", "timezone", "actor", "actor_id", "origin", "trader"),
    *("command", "args", "outcome", "verdict", "reason", "detail", "seconds"),
]


def shown(capsys: pytest.CaptureFixture[str], *rows: AuditRow, **more: object) -> tuple[str, str]:
    """Return what stands on standard output and on standard error."""
    show_trail(AuditReport.model_validate({"rows": rows, **more}))
    said = capsys.readouterr()
    return said.out, said.err


def test_csv_has_every_column_and_nothing_beside_it(capsys: pytest.CaptureFixture[str]) -> None:
    """Times in UTC and local; no cell is a formula; that there is more stands on standard error."""
    out, err = shown(capsys, ROW, STARTED, format="csv", older=True)
    header, first, second = csv.reader(io.StringIO(out))
    assert header == COLUMNS
    assert first == [
        *("7", "2026-11-23T20:00:00Z", "2026-11-24T01:30:00+05:30", "Asia/Kolkata", "Gus", "slack:U07", "slack #C01"),
        *("orb", "flatten", "'=1+1", "refused", "", "role", "Guests, may look.", "0.25"),
    ]
    assert second[1:4] == ["2026-11-23T03:00:00Z", "2026-11-23T03:00:00+00:00", "UTC"]
    assert second[-1] == ""
    assert err == "There are older ones: --last N shows more.\n"


def test_json_lines_have_every_column(capsys: pytest.CaptureFixture[str]) -> None:
    """One object a line; a number is a number, and what is not known is null."""
    out, err = shown(capsys, ROW, STARTED, format="jsonl")
    first, second = map(json.loads, out.splitlines())
    assert list(first) == COLUMNS
    assert (first["seq"], first["args"], first["local"]) == (7, "=1+1", "2026-11-24T01:30:00+05:30")
    assert (second["seconds"], err) == (None, "")


@pytest.mark.parametrize(("form", "rest"), [("csv", ",".join(COLUMNS) + "\r\n"), ("jsonl", "")])
def test_of_no_rows_a_program_reads_none(capsys: pytest.CaptureFixture[str], form: str, rest: str) -> None:
    """No sentence stands where rows are expected."""
    assert shown(capsys, format=form) == (rest, "")


def test_a_table_has_both_times(capsys: pytest.CaptureFixture[str]) -> None:
    """UTC, and the exchange's clock with its date where that is another."""
    out, _ = shown(capsys, ROW, STARTED)
    assert "2026-11-23 20:00:00  24 Nov 01:30:00 IST  Gus " in out
    assert "2026-11-23 03:00:00  03:00:00 UTC" in out


@pytest.mark.parametrize(
    ("line", "asked"),
    [
        ("--format json", True),
        ("flatten --format=JSON", True),
        ("today format json", True),
        ("--format jsonl", False),
        ("json", False),
        ("", False),
    ],
)
def test_json_is_asked_for_before_the_line_is_read(line: str, asked: bool) -> None:
    """So that what is wrong with the rest of it is told as JSON too."""
    assert asks_for_json(line.split()) is asked
