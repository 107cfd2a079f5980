"""Makes the bot's signing key: a file that only its user may read, and the public key beside it.

A key is written in full before it is put in its place, so that whoever signs meanwhile reads a whole one.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from bot.errors import ConfigurationError, Refused


def public_file(place: Path) -> Path:
    """Return where the public key of a key's file stands."""
    return place.with_name(f"{place.name}.pub")


def kept_file(place: Path, keyid: str) -> Path:
    """Return where a key is kept once another stands in its place."""
    return place.with_name(f"{place.name}.{keyid[:8]}")


@dataclass(frozen=True, slots=True)
class NewKey:
    """An Ed25519 key that is written out, and not in its place yet. `draft` is its file meanwhile."""

    place: Path
    draft: Path

    def put(self) -> None:
        """Put the key, and its public key, in their place."""
        self.draft.replace(self.place)
        public_file(self.draft).replace(public_file(self.place))

    def put_instead(self, kept: Path, public: str) -> None:
        """Put the key in the place of another, which is kept, with its public key (PEM) beside it."""
        _write(kept, self.place.read_bytes(), 0o600)
        _write(public_file(kept), public.encode(), 0o644)
        self.put()


@contextmanager
def new_key(place: Path, passphrase: str = "") -> Iterator[NewKey]:
    """Have a new key, encrypted where there is a passphrase; it is gone with the context unless put in its place.

    Raises:
        ConfigurationError: it cannot be written there.
        Refused: something stands where it, or what it takes the place of, would be put.
    """
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=place.parent, prefix=f".{place.name}.") as folder:
            key = NewKey(place, Path(folder, place.name))
            private = Ed25519PrivateKey.generate()
            public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
            encryption = BestAvailableEncryption(passphrase.encode()) if passphrase else NoEncryption()
            _write(key.draft, private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption), 0o600)
            _write(public_file(key.draft), public, 0o644)
            yield key
    except FileExistsError as error:
        raise Refused("exists", f"{error.filename} is there already and stays as it is. Move it away.") from error
    except OSError as error:
        raise ConfigurationError(f"{place} cannot be written: {error.strerror}. See signing.key.") from error


def _write(place: Path, content: bytes, mode: int) -> None:
    descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(descriptor, mode)  # whatever the user's mask is
        file.write(content)
        file.flush()
        os.fsync(descriptor)
