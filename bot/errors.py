"""Every error an operator may meet, in one tree. A class's docstring says what it means; its text says what to do.

BurninError
├── ConfigurationError      exit 2
├── UsageError              exit 2
├── Refused                 exit 4
├── Unreachable             exit 5
│   ├── TraderUnreachable
│   ├── DatabaseUnreachable
│   ├── PrometheusUnreachable
│   └── SlackUnreachable
├── BadAnswer               exit 5
├── NotDrawn                exit 5
├── NoSigningKey            exit 2
├── EvidenceBroken          exit 5
├── DeliveryRefused         exit 5
│   └── MessageGone
└── LedgerError             exit 5
    ├── LedgerBroken
    ├── DuplicateKey
    ├── ClaimHeld
    └── LeaseLost
"""

import re

from bot.domain.entry import Entry


class BurninError(Exception):
    """Something went wrong that an operator should read about."""

    exit_code = 5
    permanent = False  # whether trying again, unchanged, is pointless
    hint = ""  # the line to type next, without `burnin` before it, where there is one
    choices: tuple[str, ...] = ()  # lines each of which may be meant, where it cannot be told which


class ConfigurationError(BurninError):
    """The configuration cannot be used. The text names file, line and key."""

    exit_code = 2
    permanent = True


class UsageError(BurninError):
    """What was typed is not a command, or not with these options. `hint` is the nearest right thing to type."""

    exit_code = 2
    permanent = True

    def __init__(self, message: str, hint: str = "", choices: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.hint = hint
        self.choices = choices


class NoSigningKey(BurninError):
    """There is no key to sign with, or it cannot be used. The text says what to do."""

    exit_code = 2
    permanent = True


class Refused(BurninError):
    """The command is understood but must not run: guard, access or state. `reason` is machine-readable."""

    exit_code = 4
    permanent = True

    def __init__(self, reason: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.reason = reason
        self.hint = hint


class Unreachable(BurninError):
    """Something outside did not answer."""


class TraderUnreachable(Unreachable):
    """The trader did not answer in time, or not at all."""


class DatabaseUnreachable(Unreachable):
    """The trader's database did not answer, refused the login, or lacks a table."""


class PrometheusUnreachable(Unreachable):
    """Prometheus did not answer."""


class SlackUnreachable(Unreachable):
    """Slack did not answer. What must be said waits in the outbox, for `retry_after` seconds where Slack said so."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class BadAnswer(BurninError):
    """Something answered, but not what it should: an error status, HTML, cut-off or oversized text."""


class NotDrawn(BurninError):
    """A picture could not be drawn. What it would show is said in words."""

    permanent = True


class EvidenceBroken(BurninError):
    """An evidence bundle is not what it was when it was written. The text names what is damaged."""

    permanent = True


class DeliveryRefused(BurninError):
    """Slack refuses a message for good until somebody mends it, for example `not_in_channel`."""

    permanent = True


class MessageGone(DeliveryRefused):
    """The message that should read differently was deleted, or may not be edited any more. Nothing is to be done."""


class LedgerError(BurninError):
    """The ledger cannot do what was asked."""


class LedgerBroken(LedgerError):
    """The ledger cannot be read or written, or its schema is newer than this program."""


class LedgerDamaged(LedgerBroken):
    """The ledger's file is damaged: some of it cannot be read, or none."""


class DuplicateKey(LedgerError):
    """An entry with this key is already in the ledger: the fact is recorded, and must not be recorded twice."""

    permanent = True

    def __init__(self, key: str) -> None:
        super().__init__(f"{key} is already in the ledger")
        self.key = key


class ClaimHeld(LedgerError):
    """Somebody else is doing this at the moment. `holder` is the intent of who began first."""

    def __init__(self, holder: Entry) -> None:
        super().__init__(f"{holder.actor} has been doing this since {holder.at:%H:%M:%S} UTC")
        self.holder = holder


class LeaseLost(LedgerError):
    """Another bot leads on this ledger by now. This one writes nothing any more; it stands by again by itself."""

    permanent = True


def reason_of(error: BurninError) -> str:
    """Return an error's machine-readable reason: its own, else its class's name (`trader_unreachable`)."""
    match error:
        case Refused():
            return error.reason
        case UsageError():
            return "usage"
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(error).__name__).lower()
