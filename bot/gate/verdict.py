"""Holds a certificate to everything that was asked for, in the order in which it matters: who signed it comes first."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from bot.gate.arguments import Arguments
from bot.gate.digest import sha256
from bot.gate.envelope import Signer, envelope_in, payload_value, signed_by
from bot.gate.keys import PublicKey
from bot.gate.outcome import (
    BAD_SIGNATURE,
    CLEARED,
    EXPIRED,
    NOT_CLEARED,
    NOT_YET_VALID,
    OTHER_BUILD,
    OTHER_POLICY,
    OTHER_RULES,
    REVOKED,
    Misused,
    Outcome,
    Rejected,
)
from bot.gate.revocations import Revocations, revocations_in
from bot.gate.statement import Clearance, clearance_in

PAYLOAD_TYPE: Final = "application/vnd.in-toto+json"
_WHAT: Final = "the certificate"
_SHOWN: Final = 16  # digits of a digest
_NAMED: Final = 3  # signatures of keys that were not given


class Question(NamedTuple):
    """What is to be answered: the files' contents, and what was asked for."""

    certificate: bytes
    keys: Sequence[PublicKey]
    revocations: bytes | None
    asked: Arguments
    at: datetime


class Answer(NamedTuple):
    """The answer, and what was found on the way; None where it was not got that far."""

    outcome: Outcome
    why: str
    signers: tuple[Signer, ...] = ()
    digest: str | None = None  # the certificate's
    clearance: Clearance | None = None
    revocations: Revocations | None = None

    def as_json(self, question: Question) -> dict[str, object]:
        """Return the answer as JSON types; what nobody trustworthy signed is not told."""
        clearance, revocations = self.clearance, self.revocations
        told = clearance._asdict() if clearance else dict.fromkeys(Clearance._fields)
        return {
            "outcome": self.outcome.words.replace(" ", "_"),
            "exit_code": self.outcome.code,
            "why": self.why,
            "at": _utc(question.at),
            "certificate": self.digest,
            "threshold": question.asked.threshold,
            "signatures": [signer._asdict() for signer in self.signers],
            **{name: _utc(value) if isinstance(value, datetime) else value for name, value in told.items()},
            "revocations_issued_at": _utc(revocations.issued_at) if revocations else None,
        }


def answer(question: Question) -> Answer:
    """Return whether a certificate holds.

    Raises:
        Misused: fewer keys were given than must have signed, or the list of revocations is of no use.
    """
    asked, keys = question.asked, {key.keyid: key for key in question.keys}
    if len(keys) < asked.threshold:
        raise Misused(f"--threshold {asked.threshold} needs as many different keys; there are {len(keys)}.")
    found = Answer(CLEARED, "")
    try:
        statement, found = _signed(question.certificate, [*keys.values()], asked.threshold)
        if question.revocations is not None:
            found = found._replace(revocations=revocations_in(question.revocations, [*keys.values()]))
        _stands(found)
        clearance = clearance_in(statement)
        found = found._replace(clearance=clearance, why=_told(clearance, found))
        _may_be_judged_by(found.revocations, clearance)
        _is_what_was_asked_for(clearance, asked)
        _is_in_time(clearance, question.at)
    except Rejected as error:
        return found._replace(outcome=error.outcome, why=str(error))
    return found


def _signed(text: bytes, keys: Sequence[PublicKey], threshold: int) -> tuple[object, Answer]:
    """Return what a certificate states, and whose signatures it has."""
    envelope = envelope_in(text, _WHAT, PAYLOAD_TYPE)
    signers = signed_by(envelope, keys, _WHAT)
    good = sum(signer.given for signer in signers)
    if good < threshold:
        others = [signer.keyid[:_SHOWN] for signer in signers if not signer.given]
        also = f"; what else stands there is of no given key: {', '.join(others[:_NAMED])}" if others else ""
        also += f" and {len(others) - _NAMED} more" if len(others) > _NAMED else ""
        raise Rejected(BAD_SIGNATURE, f"{good} of the given keys signed it, {threshold} must have{also}")
    return payload_value(envelope, _WHAT), Answer(CLEARED, "", signers, sha256(envelope.payload))


def _stands(found: Answer) -> None:
    why = found.revocations.why.get(found.digest or "") if found.revocations else None
    if why is not None:
        raise Rejected(REVOKED, why)


def _may_be_judged_by(revocations: Revocations | None, clearance: Clearance) -> None:
    """See that a list could name the certificate: it is the trader's, and not from before."""
    if revocations is None:
        return
    if revocations.trader != clearance.trader:
        raise Misused(f"--revocations is the list of {revocations.trader}, and the certificate {clearance.trader}'s.")
    if revocations.issued_at < clearance.issued_at:
        raise Misused("--revocations is older than the certificate. Fetch it anew: burnin clearance revocations")


def _is_what_was_asked_for(clearance: Clearance, asked: Arguments) -> None:
    checks = (
        (NOT_CLEARED, "trader", clearance.trader, asked.trader),
        (NOT_CLEARED, "environment", clearance.environment, asked.environment),
        (OTHER_BUILD, "build", clearance.build, asked.build or None),  # no build is that of no certificate
        (OTHER_POLICY, "policy", clearance.policy, asked.policy),
        (OTHER_RULES, "rules", clearance.rules or "not known", asked.rules),
    )
    for outcome, what, certified, wanted in checks:
        if wanted not in ("", certified):
            raise Rejected(outcome, f"its {what} is {certified}, and not {wanted or 'an empty text'}")


def _is_in_time(clearance: Clearance, at: datetime) -> None:
    if at < clearance.not_before:
        raise Rejected(NOT_YET_VALID, f"valid from {_shown(clearance.not_before)}, and it is {_shown(at)}")
    if at >= clearance.expires_at:
        raise Rejected(EXPIRED, f"valid until {_shown(clearance.expires_at)}, and it is {_shown(at)}")


def _told(clearance: Clearance, found: Answer) -> str:
    signed = " and ".join(signer.keyid[:_SHOWN] for signer in found.signers if signer.given)
    without = f" without {', '.join(clearance.excluded)}" if clearance.excluded else ""
    return (
        f"{clearance.trader} ({clearance.environment}), build {clearance.build},"
        f" {clearance.passed}/{clearance.required} days{without},"
        f" until {_shown(clearance.expires_at)}, signed by {signed}"
    )


def _utc(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def _shown(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"
