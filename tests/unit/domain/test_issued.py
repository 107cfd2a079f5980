"""Which certificates there are after a trader's entries, who signed them, and which of them hold no more."""

import json
from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.domain.entry import GENESIS, Body, Entry, link
from bot.domain.issued import certificates_in, file_of, revocations_payload, with_signature
from bot.domain.standing import CertificateIssued, CertificateSigned, ClearanceRevoked
from tests.support.drafts import AT, GRANT, draft


def chain(*bodies: Body) -> Sequence[Entry]:
    """Return entries of these bodies, a minute apart."""
    entries: list[Entry] = []
    for number, body in enumerate(bodies, start=1):
        at = AT + timedelta(minutes=number)
        entries.append(link(draft(body, at=at), number, entries[-1].hash if entries else GENESIS))
    return entries


def issued(granted: int, digest: str) -> CertificateIssued:
    """Return a certificate of a clearance, valid for an hour."""
    payload = b64encode(digest.encode()).decode()
    envelope = {"payload": payload, "payloadType": "t", "signatures": [{"keyid": "bot", "sig": "Ym90"}]}
    return CertificateIssued(
        granted=granted, digest=digest, keyid="bot", expires_at=AT + timedelta(hours=1), envelope=envelope
    )


def signed(digest: str, keyid: str, signature: str = "c2ln") -> CertificateSigned:
    """Return a person's signature."""
    return CertificateSigned(digest=digest, keyid=keyid, signature=signature)


def at_minute(minute: int) -> datetime:
    """Return when the entry of this number was written."""
    return AT + timedelta(minutes=minute)


def test_a_certificate_holds_while_its_clearance_does() -> None:
    """Until it expires, or the clearance is revoked: since when and why is told."""
    (valid,) = certificates_in(chain(GRANT, issued(1, "aa")))
    assert (valid.entry, valid.payload, valid.state(at_minute(59)), valid.state(at_minute(60))) == (
        2,
        b"aa",
        "valid",
        "expired",
    )
    (fallen,) = certificates_in(chain(GRANT, issued(1, "aa"), ClearanceRevoked(why="a new build")))
    assert fallen.state(at_minute(5)) == "revoked"
    assert fallen.revoked is not None
    assert (fallen.revoked.at, fallen.revoked.why) == (at_minute(3), "a new build")


def test_every_certificate_of_a_clearance_falls_with_it() -> None:
    """That before the sign-off and that after it; those of the clearance that takes its place stand."""
    found = certificates_in(chain(GRANT, issued(1, "aa"), issued(1, "bb"), GRANT, issued(4, "cc")))
    assert [each.revoked.why if each.revoked else "" for each in found] == ["another clearance took its place"] * 2 + [
        ""
    ]


def test_a_clearance_that_fell_twice_fell_at_first() -> None:
    """A revocation without a clearance that stands revokes nothing."""
    (one,) = certificates_in(
        chain(GRANT, issued(1, "aa"), ClearanceRevoked(why="first"), ClearanceRevoked(why="second"), GRANT)
    )
    assert (one.revoked.why if one.revoked else "") == "first"


def test_signatures_are_gathered() -> None:
    """Each key's first, behind the bot's; what is signed of no certificate is passed over."""
    (one,) = certificates_in(
        chain(
            GRANT,
            signed("aa", "early"),
            issued(1, "aa"),
            signed("aa", "ben"),
            signed("zz", "odd"),
            signed("aa", "ben", "b3RoZXI="),
        )
    )
    assert one.signatures == (("bot", "Ym90"), ("ben", "c2ln"))
    assert with_signature(one.envelope, "bot", "eHg=") == one.envelope


def test_the_list_names_only_what_is_revoked() -> None:
    """In canonical form, times in UTC."""
    certificates = certificates_in(
        chain(GRANT, issued(1, "aa"), ClearanceRevoked(why="a new build"), GRANT, issued(4, "bb"))
    )
    payload = revocations_payload("orb", AT, certificates)
    assert json.loads(payload) == {
        "_type": "urn:burnin:revocations:v1",
        "trader": "orb",
        "issuedAt": "2026-11-23T03:45:00Z",
        "revoked": [{"certificate": "aa", "at": "2026-11-23T03:48:00Z", "why": "a new build"}],
    }
    assert payload.startswith(b'{"_type":"urn:burnin:revocations:v1","issuedAt":')


def test_a_file_is_one_line() -> None:
    """Whoever reads it anew reads the same envelope."""
    (one,) = certificates_in(chain(GRANT, issued(1, "aa")))
    content = file_of(one.envelope)
    assert (json.loads(content), content.count(b"\n"), content[-1:]) == (one.envelope, 1, b"\n")
