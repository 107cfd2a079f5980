"""A certificate made by hand, with none of burnin's code, and what a gate is asked about it."""

import base64
import copy
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from bot.gate.arguments import Arguments
from bot.gate.keys import public_key
from bot.gate.verdict import Answer, Question, answer

STATEMENT_TYPE = "application/vnd.in-toto+json"
REVOCATIONS_TYPE = "application/vnd.burnin.revocations+json"
BUILD = "0123456789abcdef0123456789abcdef01234567"
CRITERIA = (
    *("leader", "heartbeat.marketdata", "heartbeat.order_stream", "heartbeat.scan", "scan_ticks", "drill", "flatten"),
    *("reconcile", "retries.token_refresh", "retries.rate_limit", "alerts"),
)
NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)  # within the certificate's time


class Key:
    """A key pair, and what securesystemslib calls it."""

    def __init__(self, number: int) -> None:
        self._private = Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)
        public = self._private.public_key()
        self.pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        named = {"keytype": "ed25519", "keyval": {"public": public.public_bytes_raw().hex()}, "scheme": "ed25519"}
        self.keyid = sha256(rfc8785.dumps(named)).hexdigest()

    def sign(self, message: bytes) -> dict[str, str]:
        """Return a signature as it stands in an envelope."""
        return {"keyid": self.keyid, "sig": base64.b64encode(self._private.sign(message)).decode()}


BOT, PERSON, STRANGER = Key(1), Key(2), Key(3)


def statement(days: int = 1, /, **changes: Any) -> dict[str, Any]:
    """Return what a certificate of so many days states; `changes` are of the predicate."""
    values = {"days_required": days, "max_gap": 5.0}
    policy, rules = sha256(rfc8785.dumps(values)).hexdigest(), sha256(b"groups: []").hexdigest()
    predicate = {
        "issuer": {"name": "burnin", "version": "0.1.0"},
        "trader": "orb",
        "environment": "paper",
        "calendar": "XBOM",
        "build": BUILD,
        "policy": {"digest": policy, "values": values},
        "rules": rules,
        "clearance": {
            "entry": 91,
            "number": 1,
            "grantedAt": "2026-11-25T10:01:00Z",
            "passed": days,
            "required": days,
        },
        "days": [_day(number) for number in range(days)],
        "voidDays": [],
        "people": {"signOff": None, "approvals": []},
        "ledger": {"seq": 93, "hash": "0" * 64},
        "issuedAt": "2026-11-25T10:01:01.500000Z",
        "notBefore": "2026-11-25T10:01:00Z",
        "expiresAt": "2026-11-28T10:01:00Z",
        "previous": "",
    }
    subject = [
        {"name": "build", "digest": {"gitCommit": BUILD}, "annotations": {"reported": BUILD, "form": "commit"}},
        {"name": "rules", "digest": {"sha256": rules}},
        {"name": "policy", "digest": {"sha256": policy}},
    ]
    return copy.deepcopy(
        {
            "_type": "https://in-toto.io/Statement/v1",
            "subject": subject,
            "predicateType": "urn:burnin:clearance:v1",
            "predicate": {**predicate, **changes},
        }
    )


def _day(number: int) -> dict[str, Any]:
    return {
        "date": f"2026-11-{23 + number}",
        "verdict": "PASS",
        "lapsed": False,
        "criteria": [{"id": name, "verdict": "PASS"} for name in CRITERIA],
        "excluded": {},
    }


def revocations(*digests: str, trader: str = "orb", issued: str = "2026-11-26T08:00:00Z") -> dict[str, Any]:
    """Return a list of revoked certificates, as its payload says it."""
    revoked = [{"certificate": one, "at": "2026-11-26T07:00:00Z", "why": "another build"} for one in digests]
    return {"_type": "urn:burnin:revocations:v1", "trader": trader, "issuedAt": issued, "revoked": revoked}


def envelope(payload: bytes, *keys: Key, kind: str = STATEMENT_TYPE) -> dict[str, Any]:
    """Return a signed envelope."""
    message = b"DSSEv1 %d %b %d %b" % (len(kind), kind.encode(), len(payload), payload)
    return {
        "payload": base64.b64encode(payload).decode(),
        "payloadType": kind,
        "signatures": [key.sign(message) for key in keys],
    }


def certificate(stated: Any = None, *keys: Key) -> bytes:
    """Return a certificate's file, of the statement above and by the bot's key unless said otherwise."""
    return json.dumps(envelope(rfc8785.dumps(stated or statement()), *(keys or (BOT,)))).encode()


def list_file(listed: Any, *keys: Key) -> bytes:
    """Return the file of a list of revocations, signed by the bot unless said otherwise."""
    return json.dumps(envelope(rfc8785.dumps(listed), *(keys or (BOT,)), kind=REVOCATIONS_TYPE)).encode()


def asked(**asked_for: Any) -> Arguments:
    """Return what is asked of a gate: for the build alone, unless said otherwise."""
    usual = Arguments(
        certificate="-",
        keys=(),
        threshold=1,
        build=BUILD,
        trader="",
        environment="",
        policy="",
        rules="",
        at=None,
        revocations="",
        json=False,
    )
    return usual._replace(**asked_for)


def at_gate(
    text: bytes,
    keys: Sequence[Key] = (BOT,),
    *,
    listed: bytes | None = None,
    at: datetime = NOW,
    **asked_for: Any,
) -> Answer:
    """Return the gate's answer about a certificate's file."""
    given = [public_key(key.pem, "key.pub") for key in keys]
    return answer(Question(text, given, listed, asked(**asked_for), at))
