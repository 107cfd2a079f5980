"""A DSSE envelope, read strictly, and who of the given keys' owners signed it."""

from binascii import Error, a2b_base64, b2a_base64
from collections.abc import Sequence
from typing import NamedTuple

from bot.gate.canonical import canonical, value_of
from bot.gate.keys import PublicKey
from bot.gate.outcome import BAD_SIGNATURE, Rejected


class Envelope(NamedTuple):
    """What is signed, and the signatures: each the id of its key, and its bytes."""

    payload: bytes
    payload_type: str
    signatures: tuple[tuple[str, bytes], ...]

    @property
    def message(self) -> bytes:
        """The bytes that are signed: DSSE's pre-authentication encoding."""
        kind = self.payload_type.encode()
        return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(self.payload), self.payload)


class Signer(NamedTuple):
    """One signature: under which key id it stands, and whether a given key made it."""

    keyid: str
    given: bool


def envelope_in(text: bytes, what: str, payload_type: str) -> Envelope:
    """Return the envelope that JSON text is.

    Args:
        text: the JSON text.
        what: what it should be, in words.
        payload_type: of which type its payload should be.

    Raises:
        Rejected: it is none, or its payload is of another type.
    """
    try:
        value = value_of(text)
    except ValueError as error:
        raise Rejected(BAD_SIGNATURE, f"{what} is not JSON as it was signed: {error}") from error
    return envelope_of(value, what, payload_type)


def envelope_of(value: object, what: str, payload_type: str) -> Envelope:
    """Return the envelope that a JSON value is, as `envelope_in` does for text."""
    if not isinstance(value, dict) or value.keys() != {"payload", "payloadType", "signatures"}:
        raise Rejected(BAD_SIGNATURE, f"{what} is not a DSSE envelope of payload, payloadType and signatures")
    if value["payloadType"] != payload_type:
        raise Rejected(BAD_SIGNATURE, f"{what} should have the payloadType {payload_type}")
    listed = value["signatures"]
    if not isinstance(listed, list) or not listed:
        raise Rejected(BAD_SIGNATURE, f"{what} has no signatures")
    envelope = Envelope(_bytes(value["payload"], what), payload_type, tuple(_signature(one, what) for one in listed))
    if len(dict(envelope.signatures)) < len(listed):
        raise Rejected(BAD_SIGNATURE, f"{what} has two signatures under one key id")
    return envelope


def signed_by(envelope: Envelope, keys: Sequence[PublicKey], what: str) -> tuple[Signer, ...]:
    """Return whose the signatures are. Every key is tried on every signature, whatever name that stands under.

    Raises:
        Rejected: one under a given key's id is not that key's, or one that a given key made stands under another id.
    """
    message = envelope.message
    return tuple(_signer(keyid, signature, message, keys, what) for keyid, signature in envelope.signatures)


def payload_value(envelope: Envelope, what: str) -> object:
    """Return what an envelope's payload says.

    Raises:
        Rejected: it is not canonical JSON.
    """
    try:
        value = value_of(envelope.payload)
        if canonical(value) != envelope.payload:
            raise ValueError("its payload could be spelled another way")
    except (ValueError, RecursionError) as error:
        raise Rejected(BAD_SIGNATURE, f"{what} is not canonical JSON (RFC 8785): {error}") from error
    return value


def _signer(keyid: str, signature: bytes, message: bytes, keys: Sequence[PublicKey], what: str) -> Signer:
    makers = {key.keyid for key in keys if key.made(signature, message)}
    named = {key.keyid for key in keys if key.keyid == keyid}
    if makers != named:
        wrong = "is not that key's" if named else "was made by another of the given keys"
        raise Rejected(BAD_SIGNATURE, f"a signature of {what} under the key id {keyid[:16]} {wrong}")
    return Signer(keyid, given=bool(makers))


def _signature(value: object, what: str) -> tuple[str, bytes]:
    if not isinstance(value, dict) or value.keys() != {"keyid", "sig"} or not isinstance(value["keyid"], str):
        raise Rejected(BAD_SIGNATURE, f"a signature of {what} is not a keyid and a sig")
    return value["keyid"], _bytes(value["sig"], what)


def _bytes(value: object, what: str) -> bytes:
    """Decode base64 of which there is one spelling only."""
    try:
        text = value.encode("ascii") if isinstance(value, str) else b"?"
        found = a2b_base64(text, strict_mode=True)
    except (Error, ValueError) as error:
        raise Rejected(BAD_SIGNATURE, f"{what} has something that is not base64") from error
    if b2a_base64(found, newline=False) != text:
        raise Rejected(BAD_SIGNATURE, f"{what} has base64 that could be spelled another way")
    return found
