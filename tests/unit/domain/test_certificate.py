"""What a certificate says, that everybody builds the same one, and that nothing is certified that is not recorded."""

import asyncio
import json
import re
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from bot.domain.canonical import canonical
from bot.domain.certificate import Issuing, NotCertifiable, build_subject, payload_of, statement_of
from bot.domain.criteria import CRITERIA
from bot.domain.entry import DayClosed, Entry, SelfTested
from bot.domain.people import Actor
from bot.domain.policy import Policy
from bot.domain.standing import ClearanceGranted, ClearanceRevoked, DayVoided
from bot.domain.verdict import Verdict
from tests.support.certified import BUILD_ID, DAYS, POLICY, RULES, cleared_room, sign_off
from tests.support.evidence import clean_self_test

SCHEMA = json.loads(Path("config/clearance.v1.schema.json").read_text("utf-8"))
Change = Callable[[Entry], Entry | None]


@pytest.fixture(scope="module")
def entries() -> tuple[Entry, ...]:
    """Every entry of a trader that is cleared after three days, and signed off."""

    async def lived() -> tuple[Entry, ...]:
        room = await cleared_room()
        assert (await sign_off(room)).outcome == "done"
        return tuple(room.ledger.chain)

    return asyncio.run(lived())


def issuing(entries: Sequence[Entry], at: datetime | None = None) -> Issuing:
    """Return an issuing on the last of these entries, at its time unless said otherwise."""
    last = entries[-1]
    return Issuing("orb", "paper", "XBOM", "0.1.0", (last.seq, last.hash), at or last.at)


def built(entries: Sequence[Entry], at: datetime | None = None) -> dict[str, Any]:
    """Return the statement, having held it to the published schema."""
    statement = statement_of(entries, issuing(entries, at))
    jsonschema.Draft202012Validator(SCHEMA).validate(statement)
    return statement


def changed(entries: Sequence[Entry], change: Change) -> list[Entry]:
    """Return entries as somebody else would have them."""
    return [entry for entry in map(change, entries) if entry is not None]


def in_record(day: int = 1, **fields: Any) -> Change:
    """Return a change of fields in the record of a day."""

    def change(entry: Entry) -> Entry:
        if not isinstance(entry.body, DayClosed) or entry.day != DAYS[day].date:
            return entry
        record = entry.body.record.model_copy(update=fields)
        return entry.model_copy(update={"body": DayClosed.model_construct(record=record)})

    return change


def in_grant(**fields: Any) -> Change:
    """Return a change of fields in the grant of the clearance."""

    def change(entry: Entry) -> Entry:
        if not isinstance(entry.body, ClearanceGranted):
            return entry
        return entry.model_copy(update={"body": entry.body.model_copy(update=fields)})

    return change


def without(kind: str, day: date | None = None) -> Change:
    """Return a change that leaves the entries of a kind out, perhaps those of one day only."""
    return lambda entry: None if entry.body.kind == kind and day in (None, entry.day) else entry


def appended(entries: Sequence[Entry], body: Any, **fields: Any) -> list[Entry]:
    """Return entries with one more."""
    last = entries[-1]
    more = {"seq": last.seq + 1, "body": body, "at": last.at, "key": None, **fields}
    return [*entries, last.model_copy(update=more)]


def refusal(entries: Sequence[Entry], at: datetime | None = None) -> NotCertifiable:
    """Return why there is no certificate."""
    with pytest.raises(NotCertifiable) as raised:
        statement_of(entries, issuing(entries, at))
    return raised.value


def test_everybody_builds_the_same(entries: tuple[Entry, ...]) -> None:
    """The same entries, head and time give the same bytes, whatever else the ledger holds of the trader."""
    whole = payload_of(statement_of(entries, issuing(entries)))
    few = [entry for entry in entries if entry.body.kind not in ("message_queued", "samples_sealed", "streak_counted")]
    assert payload_of(statement_of(few, issuing(entries))) == whole
    assert whole == canonical(json.loads(whole)).encode()


def test_it_names_what_was_burnt_in(entries: tuple[Entry, ...]) -> None:
    """Build, rules file and policy are subjects; the policy's values are those that its digest is of."""
    statement = built(entries)
    predicate = statement["predicate"]
    assert [(each["name"], *each["digest"].items()) for each in statement["subject"]] == [
        ("build", ("gitCommit", BUILD_ID)),
        ("rules", ("sha256", RULES)),
        ("policy", ("sha256", POLICY.digest)),
    ]
    assert (predicate["trader"], predicate["environment"], predicate["calendar"]) == ("orb", "paper", "XBOM")
    assert (predicate["build"], predicate["rules"]) == (BUILD_ID, RULES)
    assert predicate["policy"]["digest"] == sha256(canonical(predicate["policy"]["values"]).encode()).hexdigest()
    head = entries[-1]
    assert predicate["ledger"] == {"seq": head.seq, "hash": head.hash}


def test_its_days_are_the_records(entries: tuple[Entry, ...]) -> None:
    """Each counted day, in order, with its entry, its session, who closed it, and every number as it is recorded."""
    days = built(entries)["predicate"]["days"]
    closes = [entry for entry in entries if isinstance(entry.body, DayClosed)]
    assert [day["date"] for day in days] == [str(session.date) for session in DAYS[:3]]
    for told, entry in zip(days, closes, strict=True):
        assert told["entry"] == {"seq": entry.seq, "hash": entry.hash}
        assert told["closedBy"] == {"kind": "slack", "id": "U01", "name": "Asha"}
        assert told["session"]["opens"] == f"{entry.day}T03:45:00Z"
        assert isinstance(entry.body, DayClosed)
        assert [each["id"] for each in told["criteria"]] == list(CRITERIA)
        for criterion, recorded in zip(told["criteria"], entry.body.record.criteria, strict=True):
            assert numbers(criterion["observed"]) <= numbers(recorded.evidence)
            assert (criterion["reason"], criterion["detail"]) == (recorded.reason, recorded.detail)
        assert told["samples"] == {"expected": 61, "seen": 60, "sources": {"bot": 60}}


def numbers(found: Any) -> set[float]:
    """Return every number in something, at any depth."""
    if isinstance(found, dict):
        return set().union(*map(numbers, found.values()))
    if isinstance(found, list):
        return set().union(*map(numbers, found))
    return {found} if isinstance(found, int | float) else set()


def test_limits_are_the_days_own(entries: tuple[Entry, ...]) -> None:
    """What a criterion was held to comes from the policy that the day was judged by."""
    strict = Policy(heartbeat_limit=timedelta(seconds=3), flatten_limit=timedelta(seconds=1))
    days = list(entries)
    for day in range(3):
        seen = {"policy": strict, "provenance": provenance(entries).model_copy(update={"policy": strict.digest})}
        days = changed(days, in_record(day, **seen))
    days = changed(days, in_grant(provenance=provenance(entries).model_copy(update={"policy": strict.digest})))
    limits = {each["id"]: each["limits"] for each in built(days)["predicate"]["days"][0]["criteria"]}
    assert (limits["heartbeat.scan"]["below"], limits["flatten"]["atMost"]) == (3, 1)


def provenance(entries: Sequence[Entry]) -> Any:
    """Return what the clearance was won with."""
    return next(entry.body.provenance for entry in entries if isinstance(entry.body, ClearanceGranted))


def test_who_answers_for_it(entries: tuple[Entry, ...]) -> None:
    """The sign-off stands with name and time; before it there is none."""
    signed = built(entries)["predicate"]["people"]
    assert signed["signOff"]["by"] == {"kind": "slack", "id": "U02", "name": "Ben"}
    assert built(changed(entries, without("clearance_signed")))["predicate"]["people"]["signOff"] is None


def test_void_days_stand_with_who_approved_them(entries: tuple[Entry, ...]) -> None:
    """A day that the streak passed over is named, with both people; one that it does not name is not."""
    ben = Actor(kind="slack", id="U02", name="Ben")
    asked = entries[-1].actor
    voided = appended(entries, DayVoided(request=9, reason="outage", asked_by=asked), actor=ben, day=DAYS[5].date)
    assert built(voided)["predicate"]["voidDays"] == []
    streak = next(entry.body.streak for entry in entries if isinstance(entry.body, ClearanceGranted))
    passing = changed(voided, in_grant(streak=streak.model_copy(update={"void": (DAYS[5].date,)})))
    predicate = built(passing)["predicate"]
    assert [(each["date"], each["reason"]) for each in predicate["voidDays"]] == [(str(DAYS[5].date), "outage")]
    assert predicate["voidDays"][0]["approvedBy"] == ben.to_json()
    assert predicate["people"]["approvals"][0]["by"] == ben.to_json()
    assert refusal(changed(passing, without("day_voided"))).reason == "not_recorded"


def test_it_is_valid_from_the_grant_on(entries: tuple[Entry, ...]) -> None:
    """A certificate that is issued later is valid no longer; at its end there is none any more."""
    granted = next(entry.at for entry in entries if isinstance(entry.body, ClearanceGranted))
    later = built(entries, granted + timedelta(hours=71))["predicate"]
    assert datetime.fromisoformat(later["notBefore"]) == granted
    assert datetime.fromisoformat(later["expiresAt"]) == granted + timedelta(hours=72)
    assert refusal(entries, granted + timedelta(hours=72)).reason == "expired"


def test_the_self_test_is_the_one_that_was_judged_by(entries: tuple[Entry, ...]) -> None:
    """One that ran after the verdict proves nothing about it."""
    day = DAYS[2].date
    before = built(entries)["predicate"]["days"][2]["selfTest"]
    after = appended(entries, SelfTested(run=clean_self_test(entries[-1].at)), day=day)
    assert built(after)["predicate"]["days"][2]["selfTest"] == before
    assert before == {"at": f"{day}T03:45:00Z", "version": "0", "cases": 33, "checks": 2, "uncontrolled": []}


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (in_record(verdict=Verdict.FAIL), "no PASS day"),
        (in_record(lapsed=True), "lapsed"),
        (in_record(policy=None), "is not on record"),
        (in_record(policy=Policy(max_gap=timedelta(seconds=9))), "is not on record"),
        (in_record(criteria=()), "neither PASS"),
        (in_record(evidence_until=0), "no self-test"),
        (without("day_closed", DAYS[0].date), "is not closed"),
        (without("self_tested", DAYS[0].date), "no self-test"),
        (in_grant(streak=None), "names"),
    ],
)
def test_what_is_not_recorded_is_not_certified(entries: tuple[Entry, ...], change: Change, what: str) -> None:
    """A day must be closed, PASS, in time, judged by a policy on record and held to a self-test."""
    if what == "names":
        streak = next(entry.body.streak for entry in entries if isinstance(entry.body, ClearanceGranted))
        change = in_grant(streak=streak.model_copy(update={"days": streak.days[:2]}))
    found = refusal(changed(entries, change))
    assert found.reason == "not_recorded"
    assert what in str(found)


@pytest.mark.parametrize("criterion", CRITERIA)
def test_no_criterion_is_taken_for_granted(entries: tuple[Entry, ...], criterion: str) -> None:
    """One that failed, is missing, or whose evidence lacks a number is not certified; an excluded one is told so."""
    record = next(e.body.record for e in entries if isinstance(e.body, DayClosed) and e.day == DAYS[1].date)
    others = tuple(result for result in record.criteria if result.id != criterion)
    (result,) = (result for result in record.criteria if result.id == criterion)
    failed = result.model_copy(update={"verdict": Verdict.FAIL})
    bare = result.model_copy(update={"evidence": {}})
    for criteria in (others, (*others, failed), (*record.criteria, failed), (*others, bare)):
        assert refusal(changed(entries, in_record(criteria=criteria))).reason == "not_recorded"
    excluded = in_record(criteria=others, excluded={criterion: "not here"})
    assert built(changed(entries, excluded))["predicate"]["days"][1]["excluded"] == {criterion: "not here"}


def test_days_of_something_else_are_not_certified(entries: tuple[Entry, ...]) -> None:
    """Every day must have had the build, policy and rules file that are cleared."""
    other = provenance(entries).model_copy(update={"build": "other"})
    assert "something else" in str(refusal(changed(entries, in_record(provenance=other))))


def test_a_void_day_is_not_certified(entries: tuple[Entry, ...]) -> None:
    """Whatever the clearance says, a day that it counts must not be void."""
    voided = appended(entries, DayVoided(request=9, reason="x", asked_by=entries[-1].actor), day=DAYS[0].date)
    assert "is void" in str(refusal(voided))


def test_nothing_is_certified_without_a_clearance_or_a_build(entries: tuple[Entry, ...]) -> None:
    """Each refusal has a reason of its own, and says what to do."""
    assert refusal(appended(entries, ClearanceRevoked(why="x"))).reason == "not_cleared"
    nothing = provenance(entries).model_copy(update={"build": ""})
    found = refusal(changed(entries, in_grant(provenance=nothing)))
    assert (found.reason, "trader_build_info" in str(found)) == ("no_build", True)


@pytest.mark.parametrize(
    ("build", "form", "digest"),
    [
        ("registry.example/orb@sha256:" + "ab" * 32, "image", {"sha256": "ab" * 32}),
        ("sha256:" + "0f" * 32, "image", {"sha256": "0f" * 32}),
        ("0f" * 20, "commit", {"gitCommit": "0f" * 20}),
        ("v1.4.2", "text", {"sha256": sha256(b"v1.4.2").hexdigest()}),
        ("0F" * 20, "text", {"sha256": sha256(b"0F" * 20).hexdigest()}),
        ("0f" * 20 + "\n", "text", {"sha256": sha256(b"0f" * 20 + b"\n").hexdigest()}),
        ("a@sha256:" + "ab" * 31, "text", None),
        ("a + b@sha256:" + "ab" * 32, "text", None),
        ("größe", "text", {"sha256": sha256("größe".encode()).hexdigest()}),
    ],
)
def test_a_build_is_an_image_a_commit_or_a_text(build: str, form: str, digest: dict[str, str] | None) -> None:
    """The digest is what the build names, else that of its text; what the trader reports stands beside it verbatim."""
    subject = build_subject(build)
    assert subject["annotations"] == {"reported": build, "form": form}
    assert subject["digest"] == (digest or {"sha256": sha256(build.encode()).hexdigest()})


def objects(schema: Any, path: str = "") -> list[tuple[str, dict[str, Any]]]:
    """Return every part of a schema that describes an object, with where it stands."""
    found = [(path, schema)] if isinstance(schema, dict) and "properties" in schema else []
    parts = schema.items() if isinstance(schema, dict) else enumerate(schema) if isinstance(schema, list) else ()
    for name, part in parts:
        found += objects(part, f"{path}/{name}")
    return found


def test_the_schema_is_closed_and_describes_every_field() -> None:
    """No object takes a field that is not declared, and each that is declared has a sentence about it."""
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    for path, part in objects(SCHEMA):
        assert part["additionalProperties"] is False, path
        assert part.get("description"), path
        for name, field in part["properties"].items():
            assert field.get("description"), f"{path}/{name}"


def test_the_schema_knows_the_policy() -> None:
    """What is demanded of a day and what the schema says is demanded are the same fields."""
    values = SCHEMA["properties"]["predicate"]["properties"]["policy"]["properties"]["values"]
    assert set(values["properties"]) == set(POLICY.demands)
    assert set(values["properties"]["excluded"]["properties"]) == set(CRITERIA)


def test_the_readme_names_every_field() -> None:
    """Whoever reads a certificate by hand finds each of its fields there; a policy's are the configuration's."""
    section = Path("README.md").read_text("utf-8").split("## The certificate\n")[1].split("\n## ")[0]
    named = set(re.findall(r"\w+", " ".join(re.findall(r"`[^`]+`", section))))
    fields = {name for path, part in objects(SCHEMA) if "/values" not in path for name in part["properties"]}
    assert {field for field in fields - set(CRITERIA) if field not in named} == set()
