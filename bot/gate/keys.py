"""The public keys that whoever verifies has given: Ed25519 at once, every other type through securesystemslib."""

from binascii import a2b_base64
from typing import Final, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from bot.gate.digest import sha256
from bot.gate.outcome import Misused

_BEGIN, _END = b"-----BEGIN PUBLIC KEY-----", b"-----END PUBLIC KEY-----"
_ED25519: Final = bytes.fromhex("302a300506032b6570032100")  # RFC 8410: what stands before the 32 bytes of a key
_LENGTH: Final = 32


class PublicKey(Protocol):
    """A key that was given. `keyid` is what securesystemslib calls it."""

    keyid: str

    def made(self, signature: bytes, message: bytes) -> bool:
        """Tell whether a signature over a message was made by this key."""
        ...


def public_key(pem: bytes, place: str) -> PublicKey:
    """Return the key in a PEM file; text around it is no part of it.

    Raises:
        Misused: there is no public key in it that could be used.
    """
    if b"PRIVATE KEY-----" in pem:
        raise Misused(f"{place} is a private key. Give the public one ({place}.pub), and keep this one to its owner.")
    if pem.count(_BEGIN) != 1 or pem.count(_END) != 1:
        raise Misused(f"{place} is not one public key in PEM ({_BEGIN.decode()}). `burnin keys show` prints it.")
    try:
        der = a2b_base64(pem[pem.index(_BEGIN) + len(_BEGIN) : pem.index(_END)])
        if der.startswith(_ED25519) and len(der) == len(_ED25519) + _LENGTH:
            return _Ed25519(der[len(_ED25519) :])
        return _other(pem)
    except Exception as error:
        raise Misused(f"{place} is no key that can be used: {type(error).__name__}: {error}.") from error


class _Ed25519:
    def __init__(self, raw: bytes) -> None:
        self._key = Ed25519PublicKey.from_public_bytes(raw)
        named = f'{{"keytype":"ed25519","keyval":{{"public":"{raw.hex()}"}},"scheme":"ed25519"}}'
        self.keyid = sha256(named.encode())

    def made(self, signature: bytes, message: bytes) -> bool:
        try:
            self._key.verify(signature, message)
        except InvalidSignature:
            return False
        return True


def _other(pem: bytes) -> PublicKey:
    from bot.gate.other_keys import OtherKey  # noqa: PLC0415 - securesystemslib takes longer than all the rest

    return OtherKey(pem)
