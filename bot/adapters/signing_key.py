"""The bot's signing key where it really is: a file, the environment, or a signer that securesystemslib reaches by URI.

It is read anew for each signature, so that a key which was rotated is the one that signs next.
"""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)
from securesystemslib.dsse import Envelope
from securesystemslib.signer import SIGNER_FOR_URI_SCHEME, CryptoSigner, Key, Signer, SSlibKey

from bot.domain.value import JsonObject
from bot.errors import NoSigningKey

SECRET: Final = "BURNIN_SIGNING_SECRET"  # noqa: S105 - the variable's name: passphrase of a key, or PIN of a token
_ENVIRONMENT: Final = "env:"
_FOR_OTHERS, _FOR_ANYBODY = 0o077, 0o007

T = TypeVar("T")


class SigningKey:
    """The `Signatory` port, by what the configuration says under `signing`."""

    def __init__(self, key: str, public_key: Path | None) -> None:
        self._key = key
        self._public_key = public_key

    async def keyid(self) -> str:
        """Return what names the key: the SHA-256 (hex) that securesystemslib gives a public key.

        Raises:
            NoSigningKey: there is none, or it cannot be used.
        """
        signer = await asyncio.to_thread(loaded_signer, self._key, self._public_key)
        return signer.public_key.keyid

    async def sign(self, payload_type: str, payload: bytes) -> JsonObject:
        """Return a DSSE envelope with one signature over a payload.

        Raises:
            NoSigningKey: there is none, or it cannot be used.
        """
        return await asyncio.to_thread(self._signed, payload_type, payload)

    def _signed(self, payload_type: str, payload: bytes) -> JsonObject:
        signer = loaded_signer(self._key, self._public_key)
        envelope = Envelope(payload, payload_type, {})
        _usable(f"The signing key {self._key}", lambda: envelope.sign(signer))
        signed: JsonObject = envelope.to_dict()
        return signed


def loaded_signer(spec: str, public_key: Path | None) -> Signer:
    """Return the signer that a configuration or an option names. `BURNIN_SIGNING_SECRET` holds its passphrase or PIN.

    Args:
        spec: a file or `env:NAME` (PEM, PKCS#8), or a signer URI of securesystemslib (`awskms:…`, `hsm:…`).
        public_key: its public key as a PEM file; only a signer URI needs it.

    Raises:
        NoSigningKey: there is none, or it cannot be used; the text says what to do.
    """
    if is_uri(spec):
        if public_key is None:
            raise NoSigningKey(f"The signer {spec} needs its public key too: name a PEM file as signing.public_key.")
        public = _public(public_key)
        return _usable(f"The signer {spec}", lambda: Signer.from_priv_key_uri(spec, public, _secret))
    pem = _private_pem(spec)
    return _usable(f"The signing key {spec}", lambda: _crypto_signer(pem))


def is_uri(spec: str) -> bool:
    """Tell whether a key is named by a signer URI of securesystemslib."""
    scheme, colon, _ = spec.partition(":")
    return bool(colon) and scheme in SIGNER_FOR_URI_SCHEME


def is_file(spec: str) -> bool:
    """Tell whether a key is named by a file."""
    return not spec.startswith(_ENVIRONMENT) and not is_uri(spec)


def passphrase_of(spec: str) -> str:
    """Return the passphrase that a key's file is encrypted with; an empty text where it is not.

    Raises:
        NoSigningKey: the file cannot be read, or nobody told the passphrase.
    """
    return _secret("passphrase") if _is_encrypted(_kept_private(Path(spec))) else ""


def public_pem(key: Key) -> str:
    """Return a public key as PEM (SubjectPublicKeyInfo), as the gate takes it."""
    public = str(key.keyval["public"])
    if key.keytype != "ed25519":
        return public
    raw = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public))
    return raw.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def _private_pem(spec: str) -> bytes:
    if spec.startswith(_ENVIRONMENT):
        name = spec.removeprefix(_ENVIRONMENT)
        if not (text := os.environ.get(name)):
            raise NoSigningKey(f"There is no signing key in the environment: export {name} with its PEM text.")
        return text.encode()
    return _kept_private(Path(spec))


def _kept_private(path: Path) -> bytes:
    """Read a key's file. One that is somebody else's, as a mounted secret is, may be shared with this user's group."""
    try:
        with path.open("rb") as file:
            stat = os.fstat(file.fileno())
            others = stat.st_mode & (_FOR_OTHERS if stat.st_uid == os.getuid() else _FOR_ANYBODY)
            if others:
                raise NoSigningKey(f"Others may read the signing key {path}. Keep it private: chmod 600 {path}")
            return file.read()
    except FileNotFoundError:
        text = f"There is no signing key at {path.absolute()}. Make one with `burnin keys init`, or set signing.key."
        raise NoSigningKey(text) from None
    except OSError as error:
        raise NoSigningKey(f"The signing key {path} cannot be read: {error.strerror}.") from error


def _crypto_signer(pem: bytes) -> CryptoSigner:
    return CryptoSigner(load_pem_private_key(pem, _secret("passphrase").encode() if _is_encrypted(pem) else None))


def _is_encrypted(pem: bytes) -> bool:
    return b"ENCRYPTED" in pem


def _public(path: Path) -> SSlibKey:
    return _usable(f"The public key {path}", lambda: SSlibKey.from_crypto(load_pem_public_key(path.read_bytes())))


def _secret(name: str) -> str:
    if not (secret := os.environ.get(SECRET)):
        raise NoSigningKey(f"The signing key asks for its {name}: export {SECRET} with it.")
    return secret


def _usable(what: str, use: Callable[[], T]) -> T:
    """Do something with a key; every signer has errors of its own, documented nowhere, and all mean the same here."""
    try:
        return use()
    except NoSigningKey:
        raise
    except Exception as error:
        raise NoSigningKey(f"{what} cannot be used: {type(error).__name__}: {error}.") from error
