"""The stable JSON of the command line: exactly the contract's keys, whatever else a report carries for people."""

import json
from collections.abc import Mapping
from typing import Any, Final

from pydantic import JsonValue

from bot.domain.results import AuditReport, DayReport, Report
from commands.dispatcher import Outcome

# A key with its own shape keeps only that shape's keys; True keeps what is there.
_Shape = Mapping[str, Any]

_DAY: Final[_Shape] = {
    "trader": True,
    "date": True,
    "state": True,
    "verdict": True,
    "criteria": {"id": True, "verdict": True, "reason": True, "detail": True, "evidence": True},
    "excluded": True,
    "streak": {"passed": True, "required": True, "cleared": True},
}
_CHECK: Final[_Shape] = {
    "trader": True,
    "at": True,
    "verdict": True,
    "readings": {"name": True, "metric": True, "value": True, "target": True, "verdict": True, "reason": True},
    "ready": True,
    "supervisor": True,
}
_DRILL: Final[_Shape] = {
    "trader": True,
    "verdict": True,
    "reason": True,
    "steps": {"name": True, "verdict": True, "seconds": True, "detail": True},
    "flatten_seconds": True,
}
_FLATTEN: Final[_Shape] = dict.fromkeys(
    ("trader", "verdict", "reason", "seconds", "positions_before", "positions_after"), True
)
_RECONCILE: Final[_Shape] = {
    "trader": True,
    "verdict": True,
    "checks": {"name": True, "rows": True, "verdict": True, "sample": True},
}
_SELF_TEST: Final[_Shape] = {
    "trader": True,
    "at": True,
    "verdict": True,
    "reason": True,
    "cases": {"criterion": True, "case": True, "wanted": True, "found": True, "reason": True, "beside": True},
    "checks": {"check": True, "expected": True, "found": True, "error": True},
    "uncontrolled": True,
}
_AUDIT_ROW: Final[_Shape] = dict.fromkeys(
    ("seq", "at", "actor", "origin", "command", "args", "outcome", "seconds"), True
)
_SHAPES: Final[Mapping[str, _Shape]] = {
    "day": _DAY,
    "check": _CHECK,
    "drill": _DRILL,
    "flatten": _FLATTEN,
    "reconcile": _RECONCILE,
    "selftest": _SELF_TEST,
}


def as_json(outcome: Outcome) -> JsonValue:
    """Return what `--json` prints for an outcome: its report, or why there is none."""
    if outcome.report is None:
        return error_json(outcome.reason, outcome.message, outcome.hint)
    return report_json(outcome.report)


def report_json(report: Report) -> JsonValue:
    """Return a report in the contract's shape; `status`, `history` and `help` keep everything they carry.

    Only a void day has `void`: why, who asked for it, who approved it and when.
    """
    values = json.loads(report.model_dump_json())  # through text: what JSON cannot say (NaN) becomes null
    if isinstance(report, AuditReport):
        return [_picked(row, _AUDIT_ROW) for row in values["rows"]]
    if isinstance(report, DayReport) and report.void is not None:
        return _picked(values, {**_DAY, "void": True})
    if report.kind in _SHAPES:
        return _picked(values, _SHAPES[report.kind])
    return _without_kinds(values)


def error_json(reason: str, message: str, hint: str = "") -> JsonValue:
    """Return a refusal or a failure."""
    return {"error": {"reason": reason, "message": message, "hint": hint}}


def _picked(value: Any, shape: Any) -> JsonValue:
    if shape is True or not isinstance(value, dict | list):
        return value  # type: ignore[no-any-return]  # it came out of json.loads
    if isinstance(value, list):
        return [_picked(item, shape) for item in value]
    return {key: _picked(value[key], part) for key, part in shape.items()}


def _without_kinds(value: Any) -> JsonValue:
    """Drop `kind`, by which reports are told apart inside and nowhere else."""
    if isinstance(value, list):
        return [_without_kinds(item) for item in value]
    if isinstance(value, dict):
        return {key: _without_kinds(item) for key, item in value.items() if key != "kind"}
    return value  # type: ignore[no-any-return]  # it came out of json.loads
