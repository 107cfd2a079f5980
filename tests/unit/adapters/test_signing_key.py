"""The signing key: where it may be, what it signs, and what is said where it cannot be used."""

import asyncio
import base64
import os
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from securesystemslib.dsse import Envelope
from securesystemslib.signer import SSlibKey

from bot.adapters.signing_key import SECRET, SigningKey, is_file, loaded_signer, public_pem
from bot.errors import NoSigningKey

Private = ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey


def _pem(key: Private, encryption: KeySerializationEncryption | None = None) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption or NoEncryption())


def _public(key: Private) -> bytes:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


@pytest.fixture
def key() -> ed25519.Ed25519PrivateKey:
    """A new key."""
    return ed25519.Ed25519PrivateKey.generate()


@pytest.fixture
def file(tmp_path: Path, key: ed25519.Ed25519PrivateKey) -> Path:
    """Its file, which only this user may read."""
    path = tmp_path / "burnin.key"
    path.write_bytes(_pem(key))
    path.chmod(0o600)
    return path


async def test_a_key_in_a_file_signs_what_securesystemslib_verifies(file: Path, key: ed25519.Ed25519PrivateKey) -> None:
    """The envelope has one signature, under the key id that securesystemslib gives, and it verifies there."""
    signed = await SigningKey(str(file), None).sign("text/plain", b"a statement")
    public = SSlibKey.from_crypto(key.public_key())
    assert base64.b64decode(str(signed["payload"])) == b"a statement"
    assert [one["keyid"] for one in signed["signatures"]] == [public.keyid]  # type: ignore[union-attr, index, call-overload]
    assert Envelope.from_dict(dict(signed)).verify([public], 1) == {public.keyid: public}
    assert await SigningKey(str(file), None).keyid() == public.keyid


async def test_a_key_in_the_environment_signs_alike(
    monkeypatch: pytest.MonkeyPatch, file: Path, key: ed25519.Ed25519PrivateKey
) -> None:
    """Where a key is kept does not show in its signature."""
    monkeypatch.setenv("THE_KEY", _pem(key).decode())
    signed = [await SigningKey(spec, None).sign("text/plain", b"a") for spec in ("env:THE_KEY", str(file))]
    assert signed[0] == signed[1]


async def test_a_signer_uri_signs_by_its_public_key(tmp_path: Path, file: Path, key: ed25519.Ed25519PrivateKey) -> None:
    """A signer URI of securesystemslib signs once its public key is named."""
    public = tmp_path / "public.pem"
    public.write_bytes(_public(key))
    by_uri, by_file = SigningKey(f"file2:{file}", public), SigningKey(str(file), None)
    assert await by_uri.sign("text/plain", b"a") == await by_file.sign("text/plain", b"a")


async def test_another_type_of_key_signs_too(tmp_path: Path) -> None:
    """A P-256 key signs, and its public key is PEM as it was."""
    private = ec.generate_private_key(ec.SECP256R1())
    path = tmp_path / "p256.key"
    path.write_bytes(_pem(private))
    path.chmod(0o600)
    signed = await SigningKey(str(path), None).sign("text/plain", b"a")
    public = SSlibKey.from_crypto(private.public_key())
    assert Envelope.from_dict(dict(signed)).verify([public], 1)
    assert public_pem(loaded_signer(str(path), None).public_key) == _public(private).decode()


def test_the_public_key_is_the_pem_that_openssl_writes(file: Path, key: ed25519.Ed25519PrivateKey) -> None:
    """An Ed25519 public key is told as SubjectPublicKeyInfo."""
    assert public_pem(loaded_signer(str(file), None).public_key) == _public(key).decode()


async def test_a_rotated_key_signs_at_once(file: Path) -> None:
    """The file is read for each signature: nobody restarts the bot for a new key."""
    signatory = SigningKey(str(file), None)
    before = await signatory.keyid()
    await asyncio.to_thread(file.write_bytes, _pem(ed25519.Ed25519PrivateKey.generate()))
    assert await signatory.keyid() != before


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660])
def test_a_key_that_others_may_read_is_refused(file: Path, mode: int) -> None:
    """It says the line that mends it."""
    file.chmod(mode)
    with pytest.raises(NoSigningKey, match=f"chmod 600 {file}"):
        loaded_signer(str(file), None)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a file away")
def test_a_mounted_secret_may_be_shared_with_the_group(file: Path) -> None:
    """A file of somebody else's is read through the group; for everybody it may not be."""
    os.chown(file, 65534, os.getgid())
    file.chmod(0o440)
    assert loaded_signer(str(file), None)
    file.chmod(0o444)
    with pytest.raises(NoSigningKey, match="chmod 600"):
        loaded_signer(str(file), None)


def test_an_encrypted_key_asks_for_its_passphrase(
    tmp_path: Path, key: ed25519.Ed25519PrivateKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The environment has it; where it has none or another, that is said."""
    path = tmp_path / "mine.pem"
    path.write_bytes(_pem(key, BestAvailableEncryption(b"secret")))
    path.chmod(0o600)
    with pytest.raises(NoSigningKey, match=f"asks for its passphrase: export {SECRET}"):
        loaded_signer(str(path), None)
    monkeypatch.setenv(SECRET, "secret")
    assert public_pem(loaded_signer(str(path), None).public_key) == _public(key).decode()
    monkeypatch.setenv(SECRET, "another")
    with pytest.raises(NoSigningKey, match="cannot be used"):
        loaded_signer(str(path), None)


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ("nowhere.key", "There is no signing key at .*nowhere.key. Make one with `burnin keys init`"),
        ("env:NOT_THERE", "export NOT_THERE"),
        ("awskms:alias/burnin", "needs its public key too: .*signing.public_key"),
        (".", "cannot be read: Is a directory"),
    ],
)
def test_what_is_missing_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spec: str, says: str) -> None:
    """Every way of having no key says what to do."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(NoSigningKey, match=says):
        loaded_signer(spec, None)


def test_what_cannot_be_used_is_said(tmp_path: Path, file: Path) -> None:
    """Neither text that is no key, nor a public key of another, nor one that is none is used."""
    other = tmp_path / "other.pub"
    other.write_bytes(_public(ed25519.Ed25519PrivateKey.generate()))
    with pytest.raises(NoSigningKey, match="does not match"):
        loaded_signer(f"file2:{file}", other)
    with pytest.raises(NoSigningKey, match=r"public key .*burnin.key cannot be used"):
        loaded_signer("hv:burnin", file)
    file.write_text("no key")
    with pytest.raises(NoSigningKey, match=r"signing key .* cannot be used"):
        loaded_signer(str(file), None)


@pytest.mark.parametrize(
    ("spec", "file"), [("var/burnin.key", True), ("env:KEY", False), ("hsm:2", False), ("key:2026", True)]
)
def test_files_are_told_from_what_is_kept_elsewhere(spec: str, file: bool) -> None:
    """Only a known scheme makes a URI; any other colon may stand in a file's name."""
    assert is_file(spec) is file
