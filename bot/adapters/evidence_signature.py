"""The signature of an evidence bundle: a DSSE envelope around its manifest, and so over every digest in it."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bot.adapters.evidence_bundle import PAYLOAD_TYPE, SIGNED, as_line
from bot.errors import EvidenceBroken, UsageError

if TYPE_CHECKING:
    from securesystemslib.dsse import Envelope
    from securesystemslib.signer import SSlibKey

_KEYID: Final = re.compile(r"[0-9a-f]{64}")
_NOT_OURS: Final = f"its {SIGNED} is not written as burnin writes it"


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature that a bundle has, checked for its form alone. `keyid` names the key that is said to have signed."""

    keyid: str
    envelope: "Envelope"


def signed_by(content: bytes, payload: bytes) -> Signed:
    """Return the signature that a bundle has.

    Args:
        content: the file, as it stands in the bundle.
        payload: the manifest that it must be around.

    Raises:
        EvidenceBroken: it is no envelope with one signature, or around something else.
    """
    from securesystemslib.dsse import Envelope  # noqa: PLC0415 - a bundle without a signature has no use for it

    try:
        envelope = Envelope.from_dict(json.loads(content))
        same = as_line(envelope.to_dict()) == content and all(map(_KEYID.fullmatch, envelope.signatures))
    except Exception:  # noqa: BLE001 - the library names no error of its own for what is no envelope
        same = False
    if not same or len(envelope.signatures) != 1 or envelope.payload_type != PAYLOAD_TYPE:
        raise EvidenceBroken(_NOT_OURS)
    if envelope.payload != payload:
        raise EvidenceBroken("its manifest is not the one that was signed")
    return Signed(next(iter(envelope.signatures)), envelope)


def check_signature(signed: Signed, pem: bytes, whose: str) -> None:
    """Make sure that a key made a signature.

    Args:
        signed: the signature.
        pem: the public key.
        whose: the key in words, for example `the key bot.pub`.

    Raises:
        UsageError: it is no public key.
        EvidenceBroken: it did not sign it.
    """
    from securesystemslib.exceptions import VerificationError  # noqa: PLC0415 - see above

    key = _public(pem, whose)
    try:
        signed.envelope.verify([key], 1)
    except VerificationError:
        raise EvidenceBroken(f"its signature, under {signed.keyid[:12]}, is not one by {whose}") from None


def read_public(path: Path) -> bytes:
    """Return a public key's PEM text.

    Raises:
        UsageError: it cannot be read, or is none.
    """
    try:
        pem = path.read_bytes()
    except OSError as error:
        raise UsageError(f"The key {path} cannot be read: {error.strerror}.") from error
    _public(pem, f"the key {path}")
    return pem


def _public(pem: bytes, whose: str) -> "SSlibKey":
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415 - see above
    from cryptography.hazmat.primitives.serialization import load_pem_public_key  # noqa: PLC0415 - see above
    from securesystemslib.signer import SSlibKey  # noqa: PLC0415 - see above

    try:
        return SSlibKey.from_crypto(load_pem_public_key(pem))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise UsageError(f"{whose[:1].upper()}{whose[1:]} is no public key in PEM: {error}.") from error
