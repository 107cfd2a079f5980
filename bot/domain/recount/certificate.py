"""Whether a certificate in the ledger is about this ledger: its digest, the clearance, the days and the entries."""

import json
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from hashlib import sha256
from typing import Any

from bot.domain.clearance import Clearance
from bot.domain.standing import CertificateIssued

HashOf = Callable[[int], str | None]
"""Returns the hash of the entry with a number; None where there is no such entry."""


def problems(
    body: CertificateIssued,
    standing: Clearance | None,
    previous: str,
    closes: Mapping[date, tuple[int, str]],
    of: HashOf,
) -> Iterator[str]:
    """Yield in words what of a certificate is not what the entries before it give.

    Args:
        body: what is recorded of it.
        standing: the clearance that stood then.
        previous: the digest of the trader's certificate before it; empty where there is none.
        closes: number and hash of the entry that closed a day.
        of: the hashes of the ledger's entries.
    """
    payload = _payload(body)
    if payload is None or sha256(payload).hexdigest() != body.digest:
        yield "the certificate it holds is not the one that its digest names"
        return
    if standing is None or body.granted != standing.entry:
        yield f"it certifies the clearance of entry {body.granted}, which did not stand then"
        return
    if body.previous != previous:
        yield f"the certificate before it is not {body.previous[:12] or 'none'}, but {previous[:12] or 'none'}"
    told = _object(_object(json.loads(payload)).get("predicate"))
    if _named(told.get("clearance"))[0] != body.granted:
        yield "its certificate is about another clearance"
    days = [_object(each) for each in _listed(told.get("days"))]
    if [each.get("date") for each in days] != [str(day) for day in standing.streak.days]:
        yield "the days of its certificate are not those that the clearance rests on"
    for day, each in zip(standing.streak.days, days, strict=False):
        if _named(each.get("entry")) != closes.get(day):
            yield f"its certificate names another close of {day}"
    seq, digest = _named(told.get("ledger"))
    if of(seq) != digest:
        yield f"its certificate names another entry {seq}"


def _payload(body: CertificateIssued) -> bytes | None:
    try:
        payload = b64decode(str(body.envelope["payload"]), validate=True)
        json.loads(payload)
    except (ValueError, KeyError):
        return None
    return payload


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _listed(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else []


def _named(value: Any) -> tuple[int, str]:
    """Return the entry that is named: its number, and its hash where that is named, too."""
    told = _object(value)
    seq, digest = told.get("seq", told.get("entry")), told.get("hash")
    return (seq if isinstance(seq, int) else 0), digest if isinstance(digest, str) else ""
