"""Whose signatures count, in which forms an envelope may come, and where the bounds are."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key
from securesystemslib.dsse import Envelope
from securesystemslib.signer import CryptoSigner, SSlibKey

from bot.gate.keys import public_key
from bot.gate.outcome import Misused
from bot.gate.verdict import Question, answer
from tests.support.gated import (
    BOT,
    NOW,
    PERSON,
    STRANGER,
    Key,
    asked,
    at_gate,
    certificate,
    envelope,
    list_file,
    revocations,
    statement,
)

BOTH = json.loads(certificate(None, BOT, PERSON))
DEEP = b"[" * 600 + b"]" * 600
GRANTED, EXPIRES = datetime(2026, 11, 25, 10, 1, tzinfo=UTC), datetime(2026, 11, 28, 10, 1, tzinfo=UTC)


def code(text: bytes | dict[str, Any], *keys: Key, **asked_for: Any) -> int:
    """Return the exit code for a certificate."""
    written = text if isinstance(text, bytes) else json.dumps(text).encode()
    return at_gate(written, keys or (BOT, PERSON), **asked_for).outcome.code


@pytest.mark.parametrize("key", [BOT, PERSON, STRANGER])
def test_a_keyid_is_what_securesystemslib_says(key: Key) -> None:
    """Of Ed25519, which the gate reckons itself."""
    named = SSlibKey.from_crypto(load_pem_public_key(key.pem)).keyid
    assert public_key(key.pem, "key.pub").keyid == named == key.keyid


@pytest.mark.parametrize("indent", [None, 0, 2, 7])
@pytest.mark.parametrize("names", [("payload", "payloadType", "signatures"), ("signatures", "payloadType", "payload")])
def test_a_valid_envelope_is_taken_however_it_is_laid_out(indent: int | None, names: tuple[str, ...]) -> None:
    """On one line or indented, its fields and its signatures in any order."""
    for signatures in (BOTH["signatures"], BOTH["signatures"][::-1]):
        laid_out = {name: {**BOTH, "signatures": signatures}[name] for name in names}
        text = json.dumps(laid_out, indent=indent).encode()
        for threshold in (1, 2):
            assert code(text, threshold=threshold) == 0
            assert code(text, PERSON, BOT, threshold=threshold) == 0


@pytest.mark.parametrize(
    ("signers", "given", "threshold", "expected"),
    [
        ((BOT,), (BOT,), 1, 0),
        ((BOT,), (PERSON,), 1, 13),
        ((BOT,), (BOT, PERSON), 1, 0),
        ((BOT,), (BOT, PERSON), 2, 13),
        ((BOT, PERSON), (PERSON,), 1, 0),
        ((BOT, STRANGER), (BOT,), 1, 0),
        ((BOT, STRANGER), (BOT, PERSON), 2, 13),
        ((STRANGER, PERSON, BOT), (BOT, PERSON), 2, 0),
        ((BOT,), (BOT, BOT), 1, 0),
    ],
)
def test_so_many_of_the_given_keys_must_have_signed(
    signers: tuple[Key, ...], given: tuple[Key, ...], threshold: int, expected: int
) -> None:
    """Others' signatures neither help nor harm."""
    assert code(certificate(None, *signers), *given, threshold=threshold) == expected


@pytest.mark.parametrize("given", [(BOT,), (BOT, BOT)])
def test_a_threshold_beyond_the_keys_is_a_mistake(given: tuple[Key, ...]) -> None:
    """One key given twice is one."""
    with pytest.raises(Misused, match="--threshold 2 needs as many different keys; there are 1"):
        code(certificate(), *given, threshold=2)


def _renamed(old: Key, new: str) -> dict[str, Any]:
    named = [{**one, "keyid": new if one["keyid"] == old.keyid else one["keyid"]} for one in BOTH["signatures"]]
    return {**BOTH, "signatures": named}


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param(_renamed(PERSON, STRANGER.keyid), id="a given key's signature under a stranger's name"),
        pytest.param(_renamed(PERSON, ""), id="a given key's signature under no name"),
        pytest.param(_renamed(PERSON, BOT.keyid), id="two under one name"),
        pytest.param({**BOTH, "signatures": [BOTH["signatures"][0]] * 2}, id="one signature twice"),
        pytest.param({**BOTH, "signatures": []}, id="no signature"),
        pytest.param({**BOTH, "signatures": {}}, id="signatures that are no list"),
        pytest.param({**BOTH, "note": ""}, id="one more field"),
        pytest.param({**BOTH, "payloadType": "application/json"}, id="another type"),
        pytest.param({**BOTH, "payload": BOTH["payload"] + "\n"}, id="base64 with a line's end"),
        pytest.param({**BOTH, "payload": ""}, id="nothing signed"),
        pytest.param({**BOTH, "payload": None}, id="a payload that is no text"),
        pytest.param({**BOTH, "payload": "é"}, id="a payload that is no base64"),
        pytest.param({**BOTH, "signatures": [{**BOTH["signatures"][0], "x": 1}]}, id="one more field in a signature"),
        pytest.param({**BOTH, "signatures": ["sig"]}, id="a signature that is none"),
        pytest.param(b"[]", id="no envelope at all"),
        pytest.param(b"", id="an empty file"),
        pytest.param(b"[" * 50_000, id="depths without end"),
    ],
)
def test_what_is_no_sound_envelope_is_a_bad_signature(changed: bytes | dict[str, Any]) -> None:
    """Also where the signature that is needed is good."""
    assert code(changed) == 13


def test_a_signed_payload_that_could_be_spelled_otherwise_is_refused() -> None:
    """The right key's signature over JSON that is not canonical, or no JSON."""
    for payload in (json.dumps(statement()).encode(), rfc8785.dumps(statement()) + b"\n", b"x", b"\xff", DEEP):
        assert code(envelope(payload, BOT)) == 13


def test_a_key_in_another_spelling_is_the_same_key() -> None:
    """A point compressed, text around it, other lines' ends: with --threshold 2 it counts once."""
    public = ec.generate_private_key(ec.SECP256R1()).public_key()
    plain = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    point = public.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    der = bytes.fromhex("3039301306072a8648ce3d020106082a8648ce3d030107032200") + point
    compressed = b"-----BEGIN PUBLIC KEY-----\n" + base64.b64encode(der) + b"\n-----END PUBLIC KEY-----\n"
    for pems in ((plain, compressed), (BOT.pem, b"key id x\r\n" + BOT.pem.replace(b"\n", b"\r\n"))):
        assert len({public_key(pem, "key.pub").keyid for pem in pems}) == 1


def test_signatures_of_others_are_named_a_few_at_a_time() -> None:
    """The gate cannot tell whose they are, and a thousand of them fill no screen."""
    strangers = [Key(number) for number in range(10, 20)]
    why = at_gate(certificate(None, *strangers), (BOT,)).why
    assert why.startswith("0 of the given keys signed it, 1 must have; what else stands there is of no given key: ")
    assert why.endswith(f"{strangers[2].keyid[:16]} and 7 more")


@pytest.mark.parametrize(
    "private", [ec.generate_private_key(ec.SECP256R1()), rsa.generate_private_key(65537, 2048)], ids=["ECDSA", "RSA"]
)
def test_a_key_of_another_type_signs_too(private: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> None:
    """By securesystemslib, beside Ed25519."""
    pem = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    signed = Envelope(rfc8785.dumps(statement()), "application/vnd.in-toto+json", {})
    signed.sign(CryptoSigner(private))
    good = signed.to_dict()
    good["signatures"] += json.loads(certificate())["signatures"]
    bad = {
        **good,
        "signatures": [{**good["signatures"][0], "sig": good["signatures"][1]["sig"]}, good["signatures"][1]],
    }
    keys = [public_key(pem, "p256.pub"), public_key(BOT.pem, "bot.pub")]
    found = [
        answer(Question(json.dumps(one).encode(), keys, None, asked(threshold=2), NOW)).outcome.code
        for one in (good, bad)
    ]
    assert found == [0, 13]


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (GRANTED - timedelta(microseconds=1), 10),
        (GRANTED, 0),
        (EXPIRES - timedelta(microseconds=1), 0),
        (EXPIRES, 10),
    ],
)
def test_it_is_valid_from_its_first_instant_until_its_last(at: datetime, expected: int) -> None:
    """From notBefore on, and before expiresAt."""
    assert code(certificate(), at=at) == expected


@pytest.mark.parametrize("build", ["", " ", "0123456", "0123456789ABCDEF0123456789abcdef01234567"])
def test_only_the_same_build_is_cleared(build: str) -> None:
    """Letter for letter; an empty text, as of a variable that is not set, is none."""
    assert code(certificate(), build=build) == 11


DIGEST = at_gate(certificate()).digest or ""


def test_what_is_revoked_is_told() -> None:
    """By a list of its own, or by the answer of the bot's HTTP; one that names others revokes nothing."""
    listed = revocations("0" * 64, DIGEST)
    inside = json.dumps({"cleared": False, "revocations": json.loads(list_file(listed))}).encode()
    for text in (list_file(listed), inside, list_file(listed, PERSON, BOT)):
        found = at_gate(certificate(), listed=text)
        assert (found.outcome.code, found.why) == (14, "since 2026-11-26 07:00 UTC: another build")
    assert code(certificate(), BOT, listed=list_file(revocations("0" * 64))) == 0


@pytest.mark.parametrize(
    "text",
    [
        list_file(revocations(), STRANGER),
        certificate(),
        b'{"revocations":null}',
        b"{}",
        b"",
        list_file({**revocations(), "_type": "urn:burnin:revocations:v2"}),
        list_file({**revocations(), "revoked": [{"at": "2026-11-26T07:00:00Z"}]}),
        list_file({**revocations(), "revoked": [None]}),
        list_file({**revocations(), "revoked": None}),
        list_file({**revocations(), "issuedAt": "yesterday"}),
        list_file([revocations()]),
    ],
)
def test_a_list_that_nobody_given_signed_is_a_bad_signature(text: bytes) -> None:
    """Nor is another file one, or a list of another form."""
    assert code(certificate(), BOT, listed=text) == 13


@pytest.mark.parametrize(
    ("listed", "says"),
    [
        (revocations(trader="other"), "is the list of other"),
        (revocations(issued="2026-11-25T10:01:00Z"), "is older than the certificate"),
    ],
)
def test_a_list_that_cannot_tell_is_a_mistake(listed: dict[str, Any], says: str) -> None:
    """Another trader's, or one from before the certificate."""
    with pytest.raises(Misused, match=says):
        code(certificate(), BOT, listed=list_file(listed))


def test_where_several_hold_the_weightiest_is_told() -> None:
    """Signature, revoked, no clearance, build, policy, time: in this order."""
    late, other = EXPIRES + timedelta(days=1), {"build": "x", "policy": "a" * 64}
    no_day = statement(days=[])
    revoked = list_file(revocations(at_gate(certificate(no_day)).digest or ""))
    assert code(certificate(no_day, STRANGER), BOT, at=late, listed=revoked, **other) == 13
    assert code(certificate(no_day), BOT, at=late, listed=revoked, **other) == 14
    assert code(certificate(no_day), BOT, at=late, **other) == 1
    assert code(certificate(), BOT, at=late, trader="x", **other) == 1
    assert code(certificate(), BOT, at=late, **other) == 11
    assert code(certificate(), BOT, at=late, policy="a" * 64) == 12
    assert code(certificate(), BOT, at=late) == 10
