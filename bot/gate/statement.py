"""What a certificate states, read on its own terms: whether it is a clearance at all, and for whom, what and when.

Fields that nobody asked for are passed over, as in-toto demands; what makes a clearance is looked at one by one.
"""

import re
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Final, NamedTuple, TypeVar

from bot.gate.canonical import canonical
from bot.gate.digest import sha256
from bot.gate.outcome import NOT_CLEARED, Rejected

STATEMENT: Final = "https://in-toto.io/Statement/v1"
PREDICATE: Final = "urn:burnin:clearance:v1"
CRITERIA: Final = frozenset(
    (
        "leader",
        "heartbeat.marketdata",
        "heartbeat.order_stream",
        "heartbeat.scan",
        "scan_ticks",
        "drill",
        "flatten",
        "reconcile",
        "retries.token_refresh",
        "retries.rate_limit",
        "alerts",
    )
)
_INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)", re.ASCII)
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_IMAGE: Final = re.compile(r"\S*sha256:([0-9a-f]{64})")
_COMMIT: Final = re.compile(r"[0-9a-f]{40}")

T = TypeVar("T")


class Clearance(NamedTuple):
    """Who is cleared, for which build, under what, and when."""

    trader: str
    environment: str
    build: str
    policy: str  # digest
    rules: str  # digest; empty where no rules file was seen
    passed: int
    required: int
    not_before: datetime
    expires_at: datetime
    issued_at: datetime
    excluded: tuple[str, ...]  # criteria that a day was not held to


def clearance_in(statement: object) -> Clearance:
    """Return the clearance that a statement is.

    Raises:
        Rejected: it is none; the text says what it lacks.
    """
    if _text(statement, "_type") != STATEMENT or _text(statement, "predicateType") != PREDICATE:
        raise _not(f"it is not an in-toto Statement v1 about {PREDICATE}")
    told = _field(statement, "predicate", dict)
    granted, policy = _field(told, "clearance", dict), _field(told, "policy", dict)
    found = Clearance(
        trader=_name(told, "trader"),
        environment=_name(told, "environment"),
        build=_name(told, "build"),
        policy=_text(policy, "digest"),
        rules=_text(told, "rules"),
        passed=_field(granted, "passed", int),
        required=_field(granted, "required", int),
        not_before=_time(told, "notBefore"),
        expires_at=_time(told, "expiresAt"),
        issued_at=_time(told, "issuedAt"),
        excluded=(),
    )
    _agree(statement, found, policy)
    if not found.not_before == _time(granted, "grantedAt") <= found.issued_at < found.expires_at:
        raise _not("its times are in no order")
    return found._replace(excluded=_days_passed(told, found))


def instant(text: str) -> datetime:
    """Return the instant that RFC 3339 text names.

    Raises:
        ValueError: it names none, or has no time zone.
    """
    if not _INSTANT.fullmatch(text):
        raise ValueError("write it as 2026-11-20T09:15:00Z or 2026-11-20T14:45:00+05:30")
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except OverflowError as error:
        raise ValueError("it is out of all time") from error


def _agree(statement: object, found: Clearance, policy: object) -> None:
    """See that subjects and predicate speak of the same build, rules and policy."""
    rules = [{"name": "rules", "digest": {"sha256": found.rules}}] if found.rules else []
    policies = [{"name": "policy", "digest": {"sha256": found.policy}}]
    if _field(statement, "subject", list) != [_build_subject(found.build), *rules, *policies]:
        raise _not("its subjects are not the build, the rules and the policy that it tells of")
    values = _field(policy, "values", dict)
    if sha256(canonical(values)) != found.policy or values.get("days_required") != found.required:
        raise _not("its policy is not the one of its digest")


def _build_subject(build: str) -> dict[str, object]:
    if image := _IMAGE.fullmatch(build):
        form, digest = "image", {"sha256": image.group(1)}
    elif _COMMIT.fullmatch(build):
        form, digest = "commit", {"gitCommit": build}
    else:
        form, digest = "text", {"sha256": sha256(build.encode())}
    return {"name": "build", "digest": digest, "annotations": {"reported": build, "form": form}}


def _days_passed(told: object, found: Clearance) -> tuple[str, ...]:
    """See that every day passed, and return what one of them was not held to."""
    days = _field(told, "days", list)
    if not 0 < found.required <= found.passed == len(days):
        raise _not(f"it tells of {len(days)} days, counts {found.passed} and needs {found.required}")
    dates = [_date(day) for day in days]
    if any(earlier >= later for earlier, later in pairwise(dates)):
        raise _not("its days are not in order, or one stands there twice")
    if void := set(dates) & {_date(day) for day in _field(told, "voidDays", list)}:
        raise _not(f"it counts {min(void)}, which is void")
    return tuple(sorted({name for day in days for name in _day_passed(day)}))


def _day_passed(day: object) -> frozenset[str]:
    """See that a day passed, and return which criteria were left out of it."""
    what = _text(day, "date")
    if _text(day, "verdict") != "PASS" or _field(day, "lapsed", bool):
        raise _not(f"{what} is no day that passed")
    criteria = _field(day, "criteria", list)
    for criterion in criteria:
        if _text(criterion, "verdict") != "PASS":
            raise _not(f"{_text(criterion, 'id')} is not PASS on {what}")
    seen = [_text(criterion, "id") for criterion in criteria]
    left_out = CRITERIA - set(seen)
    excluded = _field(day, "excluded", dict)
    if missing := left_out - set(excluded):
        raise _not(f"{min(missing)} was not judged on {what}, and not excluded")
    if len(set(seen)) < len(seen) or not CRITERIA.issuperset(seen):
        raise _not(f"the criteria of {what} are not the protocol's")
    if not seen:
        raise _not(f"nothing was judged on {what}")
    return left_out


def _field(holder: object, name: str, kind: type[T]) -> T:
    value = holder.get(name) if isinstance(holder, dict) else None
    if type(value) is not kind:  # a bool is no int here
        raise _not(f"its {name} is missing or of another kind")
    return value


def _text(holder: object, name: str) -> str:
    return _field(holder, name, str)


def _name(holder: object, name: str) -> str:
    if not (text := _text(holder, name)):
        raise _not(f"its {name} is empty")
    return text


def _time(holder: object, name: str) -> datetime:
    text = _text(holder, name)
    try:
        if not text.endswith("Z"):
            raise ValueError("it is not in UTC")
        return instant(text)
    except ValueError as error:
        raise _not(f"its {name} is no time: {error}") from error


def _date(holder: object) -> date:
    text = _text(holder, "date")
    try:
        if not _DATE.fullmatch(text):
            raise ValueError
        return date.fromisoformat(text)
    except ValueError as error:
        raise _not("one of its days has no date") from error


def _not(why: str) -> Rejected:
    return Rejected(NOT_CLEARED, f"the statement is no clearance: {why}")
