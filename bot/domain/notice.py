"""What the bot says in a channel, as facts. How it looks and reads is decided by the cards."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import Field

from bot.domain.mark import Mark
from bot.domain.people import Actor, SignOff
from bot.domain.results import (
    CheckReport,
    DayReport,
    DrillReport,
    FlattenReport,
    ReconcileReport,
    ScriptRun,
    SelfTestReport,
)
from bot.domain.session import Session
from bot.domain.steps import Step
from bot.domain.streak import Streak
from bot.domain.value import JsonObject, UtcDatetime, Value
from bot.domain.verdict import Verdict


class Placement(StrEnum):
    """Where a notice stands."""

    ROOT = "root"  # the day's root message
    THREAD = "thread"  # in the thread under the day's root message
    BROADCAST = "broadcast"  # in the thread, and shown in the channel as well
    CHANNEL = "channel"  # a message of its own
    EDIT = "edit"  # in the place of a message that stands already


class DayCard(Value):
    """The root message of a trader's day: everything a glance should tell. It is edited as the day goes on."""

    kind: Literal["day_card"] = "day_card"
    number: int  # which day of the burn-in this would be if it passes
    required: int
    report: DayReport
    next_step: str = ""


class ReminderKind(StrEnum):
    """What a reminder is about."""

    OPENS_SOON = "opens_soon"
    NO_DRILL_YET = "no_drill_yet"
    CLOSE_DUE = "close_due"
    CLOSE_OVERDUE = "close_overdue"


class ReminderAnswer(Value):
    """What somebody did about a reminder: `snoozed` it until an instant, or has `taken` it on themselves.

    Nothing is left to do where what it asks for was `done`, or the day became `void`.
    """

    actor: Actor
    answer: Literal["snoozed", "taken", "done", "void"]
    at: UtcDatetime
    until: UtcDatetime | None = None


class Reminder(Value):
    """Something a person should know or do at this moment of the session, and who answered it how.

    `again_for` is who had snoozed it, where it is said again.
    """

    kind: Literal["reminder"] = "reminder"
    about: ReminderKind
    session: Session
    number: int
    required: int
    answers: tuple[ReminderAnswer, ...] = ()
    again_for: Actor | None = None


class WatchChange(Value):
    """A target was lost, or is held again after `seconds`.

    `criterion` is `coverage` where the trader could not be read, and `clock` where the host's clock was moved.
    """

    kind: Literal["watch_change"] = "watch_change"
    criterion: str
    recovered: bool
    at: UtcDatetime
    detail: str
    verdict: Verdict | None = None  # of what was lost: FAIL, or INCONCLUSIVE where it cannot be judged
    seconds: float | None = None


class TraderRestartSeen(Value):
    """The trader was started anew in the session; its counters begin at zero again."""

    kind: Literal["trader_restart_seen"] = "trader_restart_seen"
    at: UtcDatetime


class CommandDone(Value):
    """A command ended whose result is everybody's: who ran it, and what it found."""

    kind: Literal["command_done"] = "command_done"
    actor: Actor
    command: str
    report: Annotated[
        CheckReport | DrillReport | FlattenReport | ReconcileReport | SelfTestReport, Field(discriminator="kind")
    ]


class CommandProgress(Value):
    """How far a long command is. `command` is the line that was typed; the message is edited as it goes on."""

    kind: Literal["command_progress"] = "command_progress"
    actor: Actor
    command: str
    steps: tuple[Step, ...]


class ProgressEnded(Value):
    """The last words of a CommandProgress, in its place.

    `detail` says how it ended and `steps` how far it came; where the outcome is `done` the thread tells both.
    """

    kind: Literal["progress_ended"] = "progress_ended"
    actor: Actor
    command: str
    at: UtcDatetime
    outcome: Literal["done", "refused", "failed", "abandoned"]
    detail: str = ""
    steps: tuple[Step, ...] = ()


class ScriptDone(Value):
    """A script of the desk ended."""

    kind: Literal["script_done"] = "script_done"
    run: ScriptRun


class VerdictReached(Value):
    """A day was closed: its verdict, its criteria, and the streak with it."""

    kind: Literal["verdict"] = "verdict"
    actor: Actor
    report: DayReport


class Cleared(Value):
    """All required days passed: cleared for canary LIVE."""

    kind: Literal["cleared"] = "cleared"
    streak: Streak
    build: str = ""
    excluded: dict[str, str] = {}
    criteria_total: int = 0
    number: int = 0  # which clearance it is: a signature is bound to it
    signed: SignOff | None = None  # by whom, once an approver has signed it off


class Revoked(Value):
    """A clearance no longer holds."""

    kind: Literal["revoked"] = "revoked"
    why: str


class VoidAsked(Value):
    """Somebody asks for a day to be void; another person has to approve it. `request` numbers it."""

    kind: Literal["void_asked"] = "void_asked"
    request: int
    day: date
    reason: str
    asked_by: Actor
    at: UtcDatetime
    expires_at: UtcDatetime


class VoidDecided(Value):
    """What became of the request to void a day. `decided_by` is None where nobody answered in time."""

    kind: Literal["void_decided"] = "void_decided"
    request: int
    day: date
    reason: str
    asked_by: Actor
    decision: Literal["approved", "declined", "expired"]
    decided_by: Actor | None
    at: UtcDatetime
    streak_note: str = ""  # what it does to the streak, in words; empty where nothing


class SignedOff(Value):
    """An approver signed the clearance off."""

    kind: Literal["signed_off"] = "signed_off"
    signed: SignOff
    streak: Streak


class SessionPicture(Value):
    """The picture of a closed session: drawn from the day's samples when it is uploaded.

    `marks` is what is marked on it, `left_out` how many more there are; a void day says so before its verdict.
    """

    kind: Literal["session_picture"] = "session_picture"
    session: Session
    verdict: Verdict
    void: bool = False
    marks: tuple[Mark, ...] = ()
    left_out: int = 0


class RowsFile(Value):
    """All rows of a table whose first rows were shown, as a CSV file. `name` is the file's, without `.csv`."""

    kind: Literal["rows_file"] = "rows_file"
    name: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    left_out: int = 0  # rows beyond what is kept


class ReportFile(Value):
    """A report as an HTML file: of the day that its announcement names, or of the whole burn-in without one.

    It is printed from the ledger when it is uploaded. `actor` is who asked for it, None where it came by itself.
    """

    kind: Literal["report_file"] = "report_file"
    days: tuple[date, ...] = Field(min_length=1)
    verdict: Verdict | None = None  # of a single closed day
    void: bool = False
    actor: Actor | None = None


class CertificateReady(Value):
    """The clearance's certificate, as a file. `envelope` is the whole of it."""

    kind: Literal["certificate"] = "certificate"
    number: int  # which clearance it certifies
    digest: str
    build: str
    environment: str
    excluded: dict[str, str]  # criterion to reason
    expires_at: UtcDatetime
    signed: SignOff | None = None
    renewed: bool = False  # whether it takes the place of one that was said before
    envelope: JsonObject


class BotReturned(Value):
    """The bot was away in a session, or found work that nobody finished; it says what it did about it.

    `to` is whose work that was, `next_step` the command to run now, without `/burnin`; each may be missing.
    """

    kind: Literal["bot_returned"] = "bot_returned"
    detail: str
    to: Actor | None = None
    next_step: str = ""


Notice = Annotated[
    DayCard
    | Reminder
    | WatchChange
    | TraderRestartSeen
    | CommandDone
    | CommandProgress
    | ProgressEnded
    | ScriptDone
    | VerdictReached
    | Cleared
    | Revoked
    | VoidAsked
    | VoidDecided
    | SignedOff
    | SessionPicture
    | RowsFile
    | ReportFile
    | CertificateReady
    | BotReturned,
    Field(discriminator="kind"),
]


# What a message is only the words of: the rest of it is a file.
WITH_A_FILE: Final = (SessionPicture, RowsFile, ReportFile, CertificateReady)


class Announcement(Value):
    """A notice with its address. `key` is unique for ever: the same fact is never announced twice.

    `edits` is the key of the message whose place an EDIT takes.
    """

    key: str
    trader: str
    day: date | None
    placement: Placement
    notice: Notice
    edits: str = ""
