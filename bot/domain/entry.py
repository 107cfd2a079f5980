"""The ledger's entries and the hash that links each to the one before it."""

from datetime import date
from hashlib import sha256
from typing import Annotated, Final, Literal

from pydantic import Field

from bot.domain.canonical import canonical
from bot.domain.day import DayRecord, Provenance
from bot.domain.evidence import AlertHistory, DrillRun, FlattenTiming, ReconcileRun, SelfTestRun
from bot.domain.notice import Announcement
from bot.domain.people import Actor, Origin
from bot.domain.results import ScriptRun
from bot.domain.session import Anchor, Session
from bot.domain.standing import (
    CertificateIssued,
    CertificateSigned,
    ClearanceGranted,
    ClearanceRevoked,
    ClearanceSigned,
    DayVoided,
    SigningKeySet,
    StreakCounted,
    VoidRefused,
    VoidRequested,
)
from bot.domain.value import JsonObject, UtcDatetime, Value
from bot.domain.verdict import Verdict

GENESIS: Final = "0" * 64


class BotStarted(Value):
    """The bot began to watch. `epoch` numbers the lease it holds where several bots share a ledger, else it is 0."""

    kind: Literal["bot_started"] = "bot_started"
    v: Literal[1] = 1
    version: str
    host: str
    pid: int
    epoch: int = 0


class BotStopped(Value):
    """The bot ended of its own accord."""

    kind: Literal["bot_stopped"] = "bot_stopped"
    v: Literal[1] = 1
    reason: str


class CommandStarted(Value):
    """The intent of a command, written before anything is done.

    `claim` names what only one may do at a time (for example `drill:nifty-orb`); it is held until the command's
    CommandFinished, or until `expires_at` where the process died.
    """

    kind: Literal["command_started"] = "command_started"
    v: Literal[1] = 1
    command: str
    args: JsonObject = {}
    raw: str = ""
    claim: str | None = None
    expires_at: UtcDatetime
    host: str = ""
    pid: int = 0


class CommandFinished(Value):
    """The outcome of a command. `started` is the sequence number of its intent."""

    kind: Literal["command_finished"] = "command_finished"
    v: Literal[1] = 1
    started: int
    command: str
    outcome: Literal["done", "refused", "failed", "abandoned"]
    verdict: str = ""
    reason: str = ""
    detail: str = ""
    seconds: float = 0.0


class SessionOpened(Value):
    """A session's watch began. `number` is the day of the burn-in that this would be.

    `anchor` is what the session's time is counted from, also by a bot that comes back into it.
    """

    kind: Literal["session_opened"] = "session_opened"
    v: Literal[1] = 1
    session: Session
    number: int
    required: int
    provenance: Provenance
    anchor: Anchor | None = None


class SessionEnded(Value):
    """A session's watch ended; the day awaits its close."""

    kind: Literal["session_ended"] = "session_ended"
    v: Literal[1] = 1
    session: Session


class SamplesSealed(Value):
    """Digest of the samples stored since the last seal: rows `first` to `last` of the samples table."""

    kind: Literal["samples_sealed"] = "samples_sealed"
    v: Literal[1] = 1
    first: int
    last: int
    count: int
    digest: str


class WatchBreached(Value):
    """A gauge left its target (FAIL), or could not be read (INCONCLUSIVE; `coverage` where nothing could)."""

    kind: Literal["watch_breached"] = "watch_breached"
    v: Literal[1] = 1
    criterion: str
    verdict: Verdict
    at: UtcDatetime
    detail: str


class WatchRecovered(Value):
    """A gauge holds its target again; `seconds` is how long it did not, `verdict` what it was as long as that."""

    kind: Literal["watch_recovered"] = "watch_recovered"
    v: Literal[1] = 1
    criterion: str
    at: UtcDatetime
    seconds: float
    detail: str
    verdict: Verdict | None = None


class TraderRestarted(Value):
    """The trader was started anew in the session: between `last_seen` and `at` it was another process."""

    kind: Literal["trader_restarted"] = "trader_restarted"
    v: Literal[1] = 1
    last_seen: UtcDatetime
    at: UtcDatetime


class PlanInjecting(Value):
    """A synthetic plan is about to reach the trader: from here on there may be a position to flatten."""

    kind: Literal["plan_injecting"] = "plan_injecting"
    v: Literal[1] = 1
    started: int
    symbol: str
    side: str
    qty: int
    strategy: str


class DrillMeasured(Value):
    """Evidence of one drill."""

    kind: Literal["drill_measured"] = "drill_measured"
    v: Literal[1] = 1
    run: DrillRun


class FlattenMeasured(Value):
    """Evidence of one flatten, of a drill or on demand."""

    kind: Literal["flatten_measured"] = "flatten_measured"
    v: Literal[1] = 1
    timing: FlattenTiming


class ReconcileMeasured(Value):
    """Evidence of one reconcile run."""

    kind: Literal["reconcile_measured"] = "reconcile_measured"
    v: Literal[1] = 1
    run: ReconcileRun


class AlertsMeasured(Value):
    """Evidence of a session's alerts."""

    kind: Literal["alerts_measured"] = "alerts_measured"
    v: Literal[1] = 1
    history: AlertHistory


class SelfTested(Value):
    """Evidence that the gate can fail: what it said of known-bad evidence."""

    kind: Literal["self_tested"] = "self_tested"
    v: Literal[1] = 1
    run: SelfTestRun


class HolesFilled(Value):
    """Prometheus was asked for what the bot did not see itself.

    `holes` is how many there were, `seconds` how long they were together, `samples` how many samples came; `trouble`
    says why some or all of it could not be had.
    """

    kind: Literal["holes_filled"] = "holes_filled"
    v: Literal[1] = 1
    holes: int
    seconds: float
    samples: int
    trouble: str | None = None


class ScriptRan(Value):
    """A script of the desk ran (report, hygiene)."""

    kind: Literal["script_ran"] = "script_ran"
    v: Literal[1] = 1
    run: ScriptRun


class DayClosed(Value):
    """A day's verdict, with every criterion. There is one a trader and day, for ever."""

    kind: Literal["day_closed"] = "day_closed"
    v: Literal[1] = 1
    record: DayRecord


class ReminderAnswered(Value):
    """Somebody snoozed a reminder, took it on themselves or left nothing to do; it is named by its announcement."""

    kind: Literal["reminder_answered"] = "reminder_answered"
    v: Literal[1] = 1
    reminder: str
    answer: Literal["snoozed", "taken", "done", "void"]
    until: UtcDatetime | None = None


class MessageQueued(Value):
    """Something must be said; written with what caused it."""

    kind: Literal["message_queued"] = "message_queued"
    v: Literal[1] = 1
    announcement: Announcement


class MessageSent(Value):
    """Something was said. `ref` is where it stands: Slack's message timestamp, or empty on a terminal."""

    kind: Literal["message_sent"] = "message_sent"
    v: Literal[1] = 1
    message: str  # the announcement's key
    channel: str
    ref: str


class DeliveryBlocked(Value):
    """Messages to a channel are refused until somebody mends something; `reason` says what. They wait meanwhile."""

    kind: Literal["delivery_blocked"] = "delivery_blocked"
    v: Literal[1] = 1
    channel: str
    reason: str


class DeliveryResumed(Value):
    """A channel takes messages again; `seconds` is how long it did not."""

    kind: Literal["delivery_resumed"] = "delivery_resumed"
    v: Literal[1] = 1
    channel: str
    seconds: float


class SamplesRetired(Value):
    """A day's raw samples, up to row `last` of the samples table, are deleted because they are older than is kept.

    The seals over them stay in the chain, and can be checked no more.
    """

    kind: Literal["samples_retired"] = "samples_retired"
    v: Literal[1] = 1
    last: int
    count: int


Body = Annotated[
    BotStarted
    | BotStopped
    | CommandStarted
    | CommandFinished
    | SessionOpened
    | SessionEnded
    | SamplesSealed
    | WatchBreached
    | WatchRecovered
    | TraderRestarted
    | PlanInjecting
    | DrillMeasured
    | FlattenMeasured
    | ReconcileMeasured
    | AlertsMeasured
    | SelfTested
    | HolesFilled
    | ScriptRan
    | DayClosed
    | StreakCounted
    | ClearanceGranted
    | ClearanceRevoked
    | ClearanceSigned
    | CertificateIssued
    | CertificateSigned
    | SigningKeySet
    | VoidRequested
    | DayVoided
    | VoidRefused
    | ReminderAnswered
    | MessageQueued
    | MessageSent
    | DeliveryBlocked
    | DeliveryResumed
    | SamplesRetired,
    Field(discriminator="kind"),
]


class Draft(Value):
    """An entry before the ledger gave it a number. `key`, where set, may stand in the ledger only once, for ever."""

    at: UtcDatetime
    body: Body
    actor: Actor
    origin: Origin
    trader: str | None = None
    day: date | None = None
    key: str | None = None


class Entry(Draft):
    """An entry of the ledger: a draft with its sequence number, its predecessor's hash and its own."""

    seq: int
    prev: str
    hash: str


def finished_key(started: int) -> str:
    """Return the key of a command's outcome: of two that would write one, only the first does."""
    return f"finished:{started}"


def hash_entry(draft: Draft, seq: int, prev: str) -> str:
    """Return the SHA-256 (hex) of an entry's canonical JSON (RFC 8785), with its number and its predecessor's hash."""
    content = draft.model_dump(mode="json", include=set(Draft.model_fields))
    return sha256(canonical({**content, "seq": seq, "prev": prev}).encode()).hexdigest()


def link(draft: Draft, seq: int, prev: str) -> Entry:
    """Return the entry that follows `prev` as number `seq`."""
    fields = {name: getattr(draft, name) for name in Draft.model_fields}
    return Entry(**fields, seq=seq, prev=prev, hash=hash_entry(draft, seq, prev))
