"""The signature of an evidence bundle: a DSSE envelope around its manifest, and so over every digest in it."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bot.adapters.evidence_bundle import PAYLOAD_TYPE, SIGNED
from bot.errors import EvidenceBroken, UsageError
from bot.gate.canonical import canonical, value_of
from bot.gate.envelope import Envelope, envelope_in, signed_by
from bot.gate.keys import PublicKey, public_key
from bot.gate.outcome import Misused, Rejected

_KEYID: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature that a bundle has, checked for its form alone. `keyid` names the key that is said to have signed."""

    keyid: str
    envelope: Envelope


def signature_in(content: bytes, payload: bytes) -> Signed:
    """Return the signature that a bundle has.

    Args:
        content: the file, as it stands in the bundle.
        payload: the manifest that it must be around.

    Raises:
        EvidenceBroken: it is no envelope with one signature, or around something else.
    """
    try:
        envelope = envelope_in(content, SIGNED, PAYLOAD_TYPE)
        spelled = canonical(value_of(content)) + b"\n"
    except (Rejected, ValueError) as error:
        raise EvidenceBroken(f"its {SIGNED} is not as burnin writes it: {error}") from None
    (keyid, _), *more = envelope.signatures
    if spelled != content or more or not _KEYID.fullmatch(keyid):
        raise EvidenceBroken(f"its {SIGNED} is not as burnin writes it")
    if envelope.payload != payload:
        raise EvidenceBroken("its manifest is not the one that was signed")
    return Signed(keyid, envelope)


def check_signature(signed: Signed, key: PublicKey, whose: str) -> None:
    """Make sure that a key made a signature.

    Args:
        signed: the signature.
        key: the key.
        whose: the key in words, for example `the key bot.pub`.

    Raises:
        EvidenceBroken: it did not.
    """
    try:
        (signer,) = signed_by(signed.envelope, [key], SIGNED)
        made = signer.given
    except Rejected:
        made = False
    if not made:
        raise EvidenceBroken(f"its signature, under {signed.keyid[:12]}, is not one by {whose}")


def read_key(path: Path) -> PublicKey:
    """Return the public key in a file.

    Raises:
        UsageError: it cannot be read, or is none.
    """
    try:
        return public_key(path.read_bytes(), str(path))
    except OSError as error:
        raise UsageError(f"The key {path} cannot be read: {error.strerror}.") from error
    except Misused as error:
        raise UsageError(str(error)) from error


def recorded_key(pem: str, entry: int) -> PublicKey:
    """Return a public key that an entry records.

    Raises:
        EvidenceBroken: it is none.
    """
    try:
        return public_key(pem.encode(), f"the key of entry {entry}")
    except Misused as error:
        raise EvidenceBroken(f"entry {entry} records no key: {error}") from None
