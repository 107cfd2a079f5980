"""What happened by itself, or without a command, and belongs into the audit trail: each in a plain word or two."""

from dataclasses import dataclass
from typing import Final, Literal

from bot.domain.entry import (
    Body,
    BotStarted,
    BotStopped,
    DeliveryBlocked,
    DeliveryResumed,
    Entry,
    HolesFilled,
    SamplesRetired,
    SessionEnded,
    SessionOpened,
)
from bot.domain.standing import (
    CertificateIssued,
    CertificateSigned,
    ClearanceGranted,
    ClearanceRevoked,
    SigningKeySet,
    VoidRefused,
)

# By the kind of entry. What has an intent and an outcome of its own (`lapse`, `fill`, `retention`, `recovery`, the
# self-test at the open) is a command by `scheduler` and needs no word here.
ACTS: Final = {
    "bot_started": "bot started",
    "bot_stopped": "bot stopped",
    "session_opened": "session opened",
    "session_ended": "session ended",
    "holes_filled": "holes filled",
    "void_refused": "void expired",
    "clearance_granted": "clearance granted",
    "clearance_revoked": "clearance revoked",
    "certificate_issued": "certificate issued",
    "certificate_signed": "certificate signed",
    "signing_key_set": "signing key set",
    "samples_retired": "samples retired",
    "delivery_blocked": "delivery blocked",
    "delivery_resumed": "delivery resumed",
}
_SHOWN: Final = 12  # characters of a digest


@dataclass(frozen=True, slots=True)
class Act:
    """An entry that is no command, as the audit trail tells it; the view `audit_trail` says the same."""

    name: str
    about: str = ""  # what it was done to: a day, a channel, a request
    detail: str = ""
    outcome: Literal["done", "failed"] = "done"


def act_of(entry: Entry) -> Act | None:
    """Return what an entry tells of; None where it is no act, or has a command of its own in the trail."""
    name, day = ACTS.get(entry.body.kind, ""), str(entry.day or "")
    return _of_standing(name, day, entry.body) or _of_watch(name, day, entry.body)


def _of_watch(name: str, day: str, body: Body) -> Act | None:  # noqa: PLR0911 - one return a kind
    match body:
        case BotStarted():
            return Act(name, detail=f"burnin {body.version} on {body.host}")
        case BotStopped():
            return Act(name, detail=body.reason)
        case SessionOpened():
            return Act(name, day, f"day {body.number} of {body.required}")
        case SessionEnded():
            return Act(name, day)
        case HolesFilled():
            return Act(name, day, _filled(body), "failed" if body.trouble else "done")
        case SamplesRetired():
            return Act(name, day, f"{body.count} samples")
        case DeliveryBlocked():
            return Act(name, body.channel, body.reason, "failed")
        case DeliveryResumed():
            return Act(name, body.channel, f"after {_number(body.seconds)} s")
    return None


def _of_standing(name: str, day: str, body: Body) -> Act | None:  # noqa: PLR0911 - one return a kind
    match body:
        case VoidRefused(why="expired"):
            return Act(name, str(body.request), "nobody answered in time")
        case ClearanceGranted(streak=streak):
            return Act(name, day, f"{streak.passed} of {streak.required} days")
        case ClearanceRevoked():
            return Act(name, day, body.why)
        case CertificateIssued():
            return Act(name, body.digest[:_SHOWN], f"of the clearance of entry {body.granted}")
        case CertificateSigned():
            return Act(name, body.digest[:_SHOWN], f"with key {body.keyid[:_SHOWN]}")
        case SigningKeySet():
            return Act(name, body.keyid[:_SHOWN])
    return None


def _filled(body: HolesFilled) -> str:
    said = f"{body.samples} samples of Prometheus for {body.holes} holes of {_number(body.seconds)} s"
    return f"{said}: {body.trouble}" if body.trouble else said


def _number(value: float) -> str:
    """Return a number as JSON writes it: a whole one without a decimal point."""
    return str(int(value)) if value.is_integer() else str(value)
