"""The statement that a clearance's certificate signs: what stood in the ledger when it was issued, and nothing else.

It is an in-toto Statement v1. From the same entries, up to the same head and at the same time, everybody builds the
same, byte for byte; what was not recorded is not certified.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Final

from pydantic import JsonValue

from bot.domain.canonical import canonical
from bot.domain.certified_criteria import certified, samples_told
from bot.domain.clearance import Clearance, clearance_standing
from bot.domain.criteria import ALERTS, CRITERIA
from bot.domain.day import DayRecord
from bot.domain.entry import DayClosed, Entry, SelfTested
from bot.domain.evidence import SelfTestRun
from bot.domain.issued import signatures_in
from bot.domain.people import Actor
from bot.domain.policy import Policy
from bot.domain.results import VoidMark
from bot.domain.session import Session
from bot.domain.standing import CertificateIssued
from bot.domain.value import JsonObject, rfc3339
from bot.domain.verdict import Verdict
from bot.domain.void import void_marks

STATEMENT: Final = "https://in-toto.io/Statement/v1"
PREDICATE: Final = "urn:burnin:clearance:v1"
PAYLOAD_TYPE: Final = "application/vnd.in-toto+json"
DAY_KINDS: Final = ("day_closed", "self_tested")  # what it takes of each counted day
_IMAGE: Final = re.compile(r"\S*sha256:([0-9a-f]{64})")
_COMMIT: Final = re.compile(r"[0-9a-f]{40}")


class NotCertifiable(ValueError):
    """There is no certificate. `reason` is machine-readable, the text says what to do."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Issuing:
    """What a certificate names beside the trader's entries: who issues it when, on which head, for what."""

    trader: str
    environment: str
    calendar: str
    version: str  # of the burnin that issues it
    head: tuple[int, str]  # number and hash of the ledger's last entry
    at: datetime


def payload_of(statement: JsonObject) -> bytes:
    """Return what is signed: the statement's canonical JSON (RFC 8785)."""
    return canonical(statement).encode()


def digest_of(payload: bytes) -> str:
    """Return the digest that names a certificate: the SHA-256 (hex) of its payload."""
    return sha256(payload).hexdigest()


def certifiable(entries: Sequence[Entry], trader: str) -> Clearance:
    """Return the clearance that stands after one trader's entries, oldest first.

    Raises:
        NotCertifiable: none does, or it is about no build.
    """
    standing = clearance_standing(entries)
    if standing is None:
        raise NotCertifiable("not_cleared", f"{trader} holds no clearance, so there is nothing to certify.")
    if not standing.provenance.build:
        words = f"{trader} reports no build, so there is nothing that a certificate could be about."
        raise NotCertifiable("no_build", f"{words} Have it name its revision in trader_build_info or in /ready.")
    return standing


def statement_of(entries: Sequence[Entry], issuing: Issuing) -> JsonObject:
    """Return the statement of the clearance that stands after one trader's entries, oldest first, up to the head.

    Raises:
        NotCertifiable: no clearance stands, it is about no build, its time is over, or it rests on what is not
            recorded as it must be.
    """
    standing = certifiable(entries, issuing.trader)
    days = _Days(entries, standing)
    told = [days.told(day) for day in standing.streak.days]
    policy = days.policy
    expires = standing.at + policy.clearance.valid
    if issuing.at >= expires:
        words = f"The clearance was granted at {rfc3339(standing.at)} and valid until {rfc3339(expires)}."
        raise NotCertifiable("expired", f"{words} It takes a new one: policy.clearance.valid says for how long.")
    return {
        "_type": STATEMENT,
        "subject": [*_subjects(standing, policy)],
        "predicateType": PREDICATE,
        "predicate": {
            "issuer": {"name": "burnin", "version": issuing.version},
            "trader": issuing.trader,
            "environment": issuing.environment,
            "calendar": issuing.calendar,
            "build": standing.provenance.build,
            "policy": {"digest": policy.digest, "values": policy.demands},
            "rules": standing.provenance.rules,
            "clearance": {
                "entry": standing.entry,
                "number": standing.number,
                "grantedAt": rfc3339(standing.at),
                "passed": standing.streak.passed,
                "required": standing.streak.required,
            },
            "days": [*told],
            "voidDays": [_void_day(day, mark) for day, mark in days.void],
            "people": _people(standing, days.void),
            "ledger": {"seq": issuing.head[0], "hash": issuing.head[1]},
            "issuedAt": rfc3339(issuing.at),
            "notBefore": rfc3339(standing.at),
            "expiresAt": rfc3339(expires),
            "previous": _previous(entries),
        },
    }


def recorded(statement: JsonObject, envelope: JsonObject) -> CertificateIssued:
    """Return what the ledger records of a statement that is signed in an envelope."""
    predicate, (signature,) = _object(statement["predicate"]), signatures_in(envelope)
    told = {
        "granted": _object(predicate["clearance"])["entry"],
        "digest": digest_of(payload_of(statement)),
        "keyid": signature[0],
        "expires_at": predicate["expiresAt"],
        "previous": predicate["previous"],
        "envelope": envelope,
    }
    return CertificateIssued.model_validate(told)


def _object(value: JsonValue) -> JsonObject:
    return value if isinstance(value, dict) else {}


def build_subject(build: str) -> JsonObject:
    """Return the subject that a build is: an image's digest, a commit, or else the digest of what is reported."""
    if image := _IMAGE.fullmatch(build):
        form, digest = "image", {"sha256": image.group(1)}
    elif _COMMIT.fullmatch(build):
        form, digest = "commit", {"gitCommit": build}
    else:
        form, digest = "text", {"sha256": sha256(build.encode()).hexdigest()}
    return {"name": "build", "digest": {**digest}, "annotations": {"reported": build, "form": form}}


def _subjects(standing: Clearance, policy: Policy) -> list[JsonObject]:
    rules: list[JsonObject] = []
    if standing.provenance.rules:
        rules.append({"name": "rules", "digest": {"sha256": standing.provenance.rules}})
    return [build_subject(standing.provenance.build), *rules, {"name": "policy", "digest": {"sha256": policy.digest}}]


class _Days:
    """The days that a clearance rests on, as they are recorded, and the void days that it passes over."""

    def __init__(self, entries: Sequence[Entry], standing: Clearance) -> None:
        self._standing = standing
        self._closed = {entry.day: (entry, entry.body.record) for entry in entries if isinstance(entry.body, DayClosed)}
        self._tests = [(entry, entry.body.run) for entry in entries if isinstance(entry.body, SelfTested)]
        self._marks = void_marks(entries)
        counted = len(standing.streak.days)
        if not standing.streak.required <= counted == standing.streak.passed:
            raise _not_recorded(f"The clearance counts {standing.streak.passed} days and names {counted}")

    @property
    def policy(self) -> Policy:
        """The policy of the last day, which is that of all of them."""
        return self._record(self._standing.streak.days[-1])[2]

    @property
    def void(self) -> list[tuple[date, VoidMark]]:
        """The void days since the streak began, each with who made it void."""
        if missing := [day for day in self._standing.streak.void if day not in self._marks]:
            raise _not_recorded(f"{missing[0]} is passed over, but nobody made it void")
        return [(day, self._marks[day]) for day in self._standing.streak.void]

    def told(self, day: date) -> JsonObject:
        """Return what the certificate says of a day."""
        entry, record, policy = self._record(day)
        return {
            "date": str(day),
            "session": _session(record.session),
            "verdict": record.verdict.value,
            "closedAt": rfc3339(entry.at),
            "closedBy": _actor(entry.actor),
            "judgedBy": record.version,
            "lapsed": record.lapsed,
            "entry": {"seq": entry.seq, "hash": entry.hash},
            "samples": _samples(record),
            "criteria": [*self._criteria(record, policy)],
            "selfTest": self._self_test(record),
            "excluded": {**record.excluded},
        }

    def _record(self, day: date) -> tuple[Entry, DayRecord, Policy]:
        """Return a day's close, where it is recorded as a day that counts."""
        if day not in self._closed:
            raise _not_recorded(f"{day} is not closed")
        entry, record = self._closed[day]
        if day in self._marks:
            raise _not_recorded(f"{day} is void")
        if record.verdict is not Verdict.PASS or record.lapsed:
            raise _not_recorded(f"{day} is no PASS day: {record.verdict}{', lapsed' if record.lapsed else ''}")
        if record.provenance != self._standing.provenance:
            raise _not_recorded(f"{day} was burnt in with something else than what is cleared")
        if record.policy is None or record.policy.digest != record.provenance.policy:
            raise _not_recorded(f"The policy that {day} was judged by is not on record")
        return entry, record, record.policy

    def _criteria(self, record: DayRecord, policy: Policy) -> list[JsonObject]:
        for name in CRITERIA:
            verdicts = {result.verdict for result in record.criteria if result.id == name}
            if name not in record.excluded and verdicts != {Verdict.PASS}:
                raise _not_recorded(f"{name} is neither PASS on {record.day} nor excluded")
        try:
            return [certified(result, policy) for result in record.criteria]
        except KeyError as missing:
            raise _not_recorded(f"The record of {record.day} does not tell {missing}") from missing

    def _self_test(self, record: DayRecord) -> JsonObject:
        """Return the self-test that the day was held to: the last one before it was judged."""
        runs = [run for e, run in self._tests if e.day == record.day and e.seq <= record.evidence_until]
        if not runs:
            raise _not_recorded(f"{record.day} has no self-test")
        return _tested(runs[-1])


def _tested(run: SelfTestRun) -> JsonObject:
    controls = run.controls
    return {
        "at": rfc3339(run.at),
        "version": run.version,
        "cases": len(run.cases),
        "checks": len(controls.checks) if controls else 0,
        "uncontrolled": [*controls.uncontrolled] if controls else [],
    }


def _samples(record: DayRecord) -> JsonObject | None:
    told = (samples_told(result.evidence) for result in record.criteria if result.id != ALERTS)
    return next((samples for samples in told if samples is not None), None)


def _session(session: Session) -> JsonObject:
    return {"opens": rfc3339(session.opens), "closes": rfc3339(session.closes), "timezone": session.timezone}


def _void_day(day: date, mark: VoidMark) -> JsonObject:
    return {
        "date": str(day),
        "reason": mark.reason,
        "askedBy": _actor(mark.asked_by),
        "approvedBy": _actor(mark.approved_by),
        "at": rfc3339(mark.at),
    }


def _people(standing: Clearance, void: Iterable[tuple[date, VoidMark]]) -> JsonObject:
    signed = standing.signed
    return {
        "signOff": {"by": _actor(signed.actor), "at": rfc3339(signed.at)} if signed else None,
        "approvals": [
            {"of": "void", "date": str(day), "by": _actor(mark.approved_by), "at": rfc3339(mark.at)}
            for day, mark in void
        ],
    }


def _previous(entries: Iterable[Entry]) -> str:
    issued = [entry.body.digest for entry in entries if isinstance(entry.body, CertificateIssued)]
    return issued[-1] if issued else ""


def _actor(actor: Actor) -> JsonObject:
    return actor.to_json()


def _not_recorded(what: str) -> NotCertifiable:
    return NotCertifiable("not_recorded", f"{what}, so the clearance cannot be certified; see `burnin verify`.")
