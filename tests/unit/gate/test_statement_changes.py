"""A certificate's statement, changed field by field: a stranger's is never taken, the right key's for what it is."""

import copy
import re
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import pytest
import rfc8785

from tests.support.gated import BOT, BUILD, CRITERIA, PERSON, STRANGER, at_gate, certificate, statement

# What is told for people, and decides nothing: whoever holds the right key may say anything there.
_TOLD = re.compile(
    r"\.predicate\.(issuer|calendar|clearance\.(entry|number)|voidDays|people|ledger|previous|issuedAt)\b"
    r"|\.predicate\.days\[\d\]\.excluded\b"
)
_OTHERS: tuple[Any, ...] = (None, "", "x", "FAIL", 0, 1, 7, -1, 2.5, True, [], {}, ["x"], {"x": "y"})


def changed(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Return a value with each of its fields left out, doubled or made another, and where that was."""
    for other in _OTHERS:
        if type(other) is not type(value) or other != value:
            yield path, other
    if isinstance(value, dict):
        for name in value:
            yield f"{path}.{name}", {each: value[each] for each in value if each != name}
            yield from ((at, {**value, name: new}) for at, new in changed(value[name], f"{path}.{name}"))
    if isinstance(value, list):
        for index, each in enumerate(value):
            at = f"{path}[{index}]"
            yield at, value[:index] + value[index + 1 :]
            yield at, [*value[:index], each, each, *value[index + 1 :]]
            yield from ((at, [*value[:index], new, *value[index + 1 :]]) for at, new in changed(each, at))
    if isinstance(value, str):
        yield path, f"{value}x"


STATED = statement(2)
CHANGES = list(changed(STATED))
ASKED = {
    "trader": "orb",
    "environment": "paper",
    "policy": STATED["predicate"]["policy"]["digest"],
    "rules": STATED["predicate"]["rules"],
}


def test_thousands_of_changes_are_tried() -> None:
    """Every field is among them."""
    assert len(CHANGES) > 2000
    assert at_gate(certificate(STATED), **ASKED).outcome.code == 0


def test_a_strangers_statement_is_never_taken() -> None:
    """Whatever it says: a bad signature, also beside a key that the stranger was not given."""
    assert {at_gate(certificate(stated, STRANGER), (BOT, PERSON)).outcome.code for _, stated in CHANGES} == {13}


def test_a_signature_of_another_statement_is_not_one_of_this() -> None:
    """The right key's signature under a changed statement."""
    signed = certificate(STATED)
    payload = signed[: signed.index(b'", "payloadType"')]
    for _, stated in CHANGES:
        other = certificate(stated)
        moved = other[: other.index(b'", "payloadType"')] + signed[len(payload) :]
        assert at_gate(moved).outcome.code == 13


def test_what_decides_may_not_be_otherwise() -> None:
    """Signed by the right key: no clearance any more, or one for something else; never cleared."""
    deciding = [(path, stated) for path, stated in CHANGES if not _TOLD.match(path)]
    answers = [(path, at_gate(certificate(stated), **ASKED).outcome.code) for path, stated in deciding]
    assert len(answers) > 1500
    assert [(path, code) for path, code in answers if code not in (1, 10, 11, 12)] == []


def test_what_is_only_told_decides_nothing_but_by_being_of_no_kind() -> None:
    """A certificate stays one where the issuer says more, or other things, that nobody asked for."""
    answers: dict[str, set[int]] = {}
    for path, stated in CHANGES:
        if _TOLD.match(path):
            answers.setdefault(path, set()).add(at_gate(certificate(stated), **ASKED).outcome.code)
    strict = {path for path, codes in answers.items() if codes - {0}}
    assert strict == {
        ".predicate.voidDays",
        ".predicate.issuedAt",
        ".predicate.days[0].excluded",
        ".predicate.days[1].excluded",
    }
    assert answers[".predicate.ledger.hash"] == {0}


def _with(**changes: Any) -> dict[str, Any]:
    return statement(2, **changes)


def _policy(**values: Any) -> dict[str, Any]:
    """Return a statement under another policy, in agreement with itself."""
    held = {**STATED["predicate"]["policy"]["values"], **values}
    digest = sha256(rfc8785.dumps(held)).hexdigest()
    stated = _with(policy={"digest": digest, "values": held})
    stated["subject"][2]["digest"]["sha256"] = digest
    return stated


def _rules(digest: str) -> dict[str, Any]:
    stated = _with(rules=digest)
    rules = [{"name": "rules", "digest": {"sha256": digest}}] if digest else []
    stated["subject"] = [stated["subject"][0], *rules, stated["subject"][2]]
    return stated


def _build(build: str, digest: dict[str, str], form: str) -> dict[str, Any]:
    stated = _with(build=build)
    stated["subject"][0] = {"name": "build", "digest": digest, "annotations": {"reported": build, "form": form}}
    return stated


def _grant(stated: dict[str, Any], *, granted: str, expires: str) -> dict[str, Any]:
    told = stated["predicate"]
    told["clearance"]["grantedAt"] = told["notBefore"] = told["issuedAt"] = granted
    told["expiresAt"] = expires
    return stated


def _day(day: int, **changes: Any) -> dict[str, Any]:
    stated = copy.deepcopy(STATED)
    stated["predicate"]["days"][day] |= changes
    return stated


def _judged(name: str, verdict: str) -> list[dict[str, str]]:
    return [{"id": each, "verdict": verdict if each == name else "PASS"} for each in CRITERIA]


OF_TEXT = sha256(b"1.4.2").hexdigest()


@pytest.mark.parametrize(
    ("stated", "code", "says"),
    [
        (_policy(max_gap=9.0), 12, "its policy is"),
        (_policy(days_required=1), 1, "its policy is not the one of its digest"),
        (_rules("a" * 64), 12, "its rules is"),
        (_rules(""), 12, "not known"),
        (_build("1.4.2", {"sha256": OF_TEXT}, "text"), 11, "its build is 1.4.2"),
        (_build(f"x@sha256:{OF_TEXT}", {"sha256": OF_TEXT}, "image"), 11, "its build is x@sha256"),
        (_build(BUILD, {"sha256": sha256(BUILD.encode()).hexdigest()}, "text"), 1, "its subjects are not"),
        (_with(trader="other"), 1, "its trader is other"),
        (_with(environment="live"), 1, "its environment is live"),
        (_grant(_with(), granted="2026-11-27T00:00:00Z", expires="2026-11-29T00:00:00Z"), 10, "valid from"),
        (_grant(_with(), granted="2026-11-20T00:00:00Z", expires="2026-11-22T00:00:00Z"), 10, "valid until"),
        (_grant(_with(), granted="2026-11-25T00:00:00+00:00", expires="2026-11-29T00:00:00Z"), 1, "not in UTC"),
        (_grant(_with(), granted="2026-11-31T00:00:00Z", expires="2026-12-01T00:00:00Z"), 1, "is no time"),
        (_with(issuedAt="2026-11-25T10:00:59Z"), 1, "its times are in no order"),
        (_day(1, verdict="INCONCLUSIVE"), 1, "2026-11-24 is no day that passed"),
        (_day(1, lapsed=True), 1, "2026-11-24 is no day that passed"),
        (_day(1, criteria=_judged("drill", "FAIL")), 1, "drill is not PASS on 2026-11-24"),
        (_day(1, criteria=_judged("drill", "PASS")[1:]), 1, "leader was not judged on 2026-11-24"),
        (_day(1, criteria=[*_judged("x", ""), {"id": "spare", "verdict": "PASS"}]), 1, "are not the protocol's"),
        (_day(1, criteria=[], excluded=dict.fromkeys(CRITERIA, "x")), 1, "nothing was judged on 2026-11-24"),
        (_day(1, date="2026-11-23"), 1, "one stands there twice"),
        (_day(1, date="20261124"), 1, "has no date"),
        (_with(days=STATED["predicate"]["days"][:1]), 1, "it tells of 1 days, counts 2 and needs 2"),
        (_with(voidDays=[{"date": "2026-11-24"}]), 1, "it counts 2026-11-24, which is void"),
        ({**STATED, "predicateType": "https://slsa.dev/provenance/v1"}, 1, "is not an in-toto Statement v1 about"),
        ([STATED], 1, "its _type is missing"),
    ],
)
def test_what_the_right_key_signed_is_told_for_what_it_is(stated: Any, code: int, says: str) -> None:
    """Each reason has its exit code, and words that name it."""
    found = at_gate(certificate(stated), **ASKED)
    assert (found.outcome.code, says in found.why) == (code, True), found.why


def test_an_excluded_criterion_is_not_missing_and_is_told() -> None:
    """The policy left it out, with a reason: it is cleared, and the line says without what."""
    day = _day(1, criteria=_judged("x", "")[:-1], excluded={"alerts": "no Prometheus here"})
    found = at_gate(certificate(day))
    assert (found.outcome.code, found.clearance and found.clearance.excluded) == (0, ("alerts",))
    assert "2/2 days without alerts, until" in found.why
