"""The signed list of certificates that hold no more, of `burnin clearance revocations` or of the bot's HTTP."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from bot.gate.canonical import value_of
from bot.gate.envelope import envelope_of, payload_value, signed_by
from bot.gate.keys import PublicKey
from bot.gate.outcome import BAD_SIGNATURE, Rejected
from bot.gate.statement import instant

PAYLOAD_TYPE: Final = "application/vnd.burnin.revocations+json"
TYPE: Final = "urn:burnin:revocations:v1"
_WHAT: Final = "the list of revocations"


class Revocations(NamedTuple):
    """A list of revocations. `why` tells, by a certificate's digest, since when and why it holds no more."""

    trader: str
    issued_at: datetime
    why: Mapping[str, str]


def revocations_in(text: bytes, keys: Sequence[PublicKey]) -> Revocations:
    """Return the list that JSON text is, or holds as its `revocations`.

    Raises:
        Rejected: it is none, or no given key signed it.
    """
    try:
        value = value_of(text)
    except ValueError as error:
        raise Rejected(BAD_SIGNATURE, f"{_WHAT} is not JSON as it was signed: {error}") from error
    if isinstance(value, dict) and "revocations" in value:
        value = value["revocations"]
    envelope = envelope_of(value, _WHAT, PAYLOAD_TYPE)
    if not any(signer.given for signer in signed_by(envelope, keys, _WHAT)):
        raise Rejected(BAD_SIGNATURE, f"no given key signed {_WHAT}")
    try:
        return _listed(payload_value(envelope, _WHAT))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise Rejected(BAD_SIGNATURE, f"{_WHAT} is of another form than {TYPE}") from error


def _listed(value: object) -> Revocations:
    """Read a list whose signature is good; every error says that it is of another form."""
    if not isinstance(value, dict) or value["_type"] != TYPE or not isinstance(value["trader"], str):
        raise ValueError
    why = {
        str(one["certificate"]): f"since {instant(one['at']):%Y-%m-%d %H:%M} UTC: {one['why']}"
        for one in value["revoked"]
    }
    return Revocations(value["trader"], instant(value["issuedAt"]), why)
