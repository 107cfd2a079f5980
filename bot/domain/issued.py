"""The certificates that a trader's entries hold: each with all its signatures, and which of them are revoked."""

import json
from base64 import b64decode
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from bot.domain.canonical import canonical
from bot.domain.clearance import CLEARANCE_KINDS
from bot.domain.entry import Entry
from bot.domain.standing import CertificateIssued, CertificateSigned, ClearanceGranted, ClearanceRevoked
from bot.domain.value import JsonObject, UtcDatetime, Value, rfc3339

REVOCATIONS: Final = "urn:burnin:revocations:v1"
REVOCATIONS_TYPE: Final = "application/vnd.burnin.revocations+json"
CERTIFICATE_KINDS: Final = (*CLEARANCE_KINDS, "certificate_issued", "certificate_signed")
REPLACED: Final = "another clearance took its place"


class Revocation(Value):
    """A certificate, by its digest, that holds no more: since when and why."""

    certificate: str
    at: UtcDatetime
    why: str


class Certificate(Value):
    """A certificate as it is handed out.

    `entry` is the number of the entry that issued it, `granted` of the one that it certifies. `envelope` has every
    signature that the ledger holds, the bot's first.
    """

    entry: int
    at: UtcDatetime
    granted: int
    digest: str
    expires_at: UtcDatetime
    previous: str
    envelope: JsonObject
    revoked: Revocation | None = None

    @property
    def payload(self) -> bytes:
        """What is signed."""
        return b64decode(str(self.envelope["payload"]))

    @property
    def signatures(self) -> tuple[tuple[str, str], ...]:
        """The key id and the signature (base64) of each who signed it."""
        return signatures_in(self.envelope)

    def state(self, now: datetime) -> str:
        """Return whether it holds at an instant: `valid`, `expired` or `revoked`."""
        if self.revoked is not None:
            return "revoked"
        return "valid" if now < self.expires_at else "expired"


def signatures_in(envelope: JsonObject) -> tuple[tuple[str, str], ...]:
    """Return the key id and the signature (base64) of each signature in an envelope."""
    found = envelope["signatures"]
    listed = found if isinstance(found, list) else []
    return tuple((str(each["keyid"]), str(each["sig"])) for each in listed if isinstance(each, dict))


def with_signature(envelope: JsonObject, keyid: str, signature: str) -> JsonObject:
    """Return an envelope with one more signature, unless that key signed it before."""
    signed = dict(signatures_in(envelope))
    signed.setdefault(keyid, signature)
    return {**envelope, "signatures": [{"keyid": name, "sig": sig} for name, sig in signed.items()]}


def file_of(envelope: JsonObject) -> bytes:
    """Return an envelope as a file: one line of JSON, and nothing that is not in it."""
    return (json.dumps(envelope, sort_keys=True, separators=(",", ":")) + "\n").encode()


def certificates_in(entries: Sequence[Entry]) -> tuple[Certificate, ...]:
    """Return the certificates among one trader's entries, the oldest first."""
    fallen = _fallen(entries)
    found: dict[str, Certificate] = {}
    for entry in entries:
        body = entry.body
        if isinstance(body, CertificateIssued):
            told = {name: getattr(body, name) for name in ("granted", "digest", "expires_at", "previous", "envelope")}
            fell = fallen.get(body.granted)
            revoked = Revocation(certificate=body.digest, at=fell[0], why=fell[1]) if fell else None
            found[body.digest] = Certificate(entry=entry.seq, at=entry.at, revoked=revoked, **told)
        elif isinstance(body, CertificateSigned) and body.digest in found:
            one = found[body.digest]
            signed = with_signature(one.envelope, body.keyid, body.signature)
            found[body.digest] = one.model_copy(update={"envelope": signed})
    return tuple(found.values())


def _fallen(entries: Iterable[Entry]) -> dict[int, tuple[datetime, str]]:
    """Return the clearances that stand no more, by the number of the entry that granted them: since when and why."""
    fallen: dict[int, tuple[datetime, str]] = {}
    standing: int | None = None
    for entry in entries:
        body = entry.body
        if not isinstance(body, ClearanceGranted | ClearanceRevoked):
            continue
        if standing is not None:
            fallen[standing] = entry.at, body.why if isinstance(body, ClearanceRevoked) else REPLACED
        standing = entry.seq if isinstance(body, ClearanceGranted) else None
    return fallen


def revocations_payload(trader: str, at: datetime, certificates: Iterable[Certificate]) -> bytes:
    """Return the list of a trader's revoked certificates, as it is signed: canonical JSON."""
    revoked = [
        {"certificate": each.digest, "at": rfc3339(each.revoked.at), "why": each.revoked.why}
        for each in certificates
        if each.revoked is not None
    ]
    return canonical({"_type": REVOCATIONS, "trader": trader, "issuedAt": rfc3339(at), "revoked": revoked}).encode()
