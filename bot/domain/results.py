"""What a command answers, in the stable shape of `--json`. The same values are recorded, shown in Slack and printed."""

from datetime import date, datetime
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import Field

from bot.domain.criteria import CriterionResult
from bot.domain.day import DayState, Provenance
from bot.domain.evidence import PlantedCase, PlantedRows, TimedStep
from bot.domain.measures import Measure, Watched
from bot.domain.people import Actor, SignOff
from bot.domain.session import Session
from bot.domain.streak import Streak
from bot.domain.value import JsonObject, UtcDatetime, Value
from bot.domain.verdict import Verdict


class GaugeReading(Value):
    """One gauge of the quick check against its target. `value` is None where it could not be read."""

    name: str
    metric: str
    value: float | str | None  # NaN and infinities as Prometheus writes them
    target: str
    verdict: Verdict
    reason: str

    @property
    def shown(self) -> str:
        """The value as a person reads it: whole numbers plain, others with three decimals, a dash without one."""
        if not isinstance(self.value, float):
            return self.value or "-"
        return f"{self.value:.0f}" if self.value.is_integer() else f"{self.value:.3f}"

    @property
    def explains_itself(self) -> bool:
        """Whether it holds its target; what is shown for information only was held to none, and must say so."""
        return self.verdict is Verdict.PASS and self.reason != "informational"


class CheckReport(Value):
    """The quick check."""

    kind: Literal["check"] = "check"
    trader: str
    at: UtcDatetime
    verdict: Verdict
    readings: tuple[GaugeReading, ...]
    ready: JsonObject = {}
    supervisor: JsonObject = {}
    shared: bool = False  # whether it is on its way into the day's thread as well


class DrillReport(Value):
    """One end-to-end OCO. `flatten_seconds` is the interval in which positions became zero."""

    kind: Literal["drill"] = "drill"
    trader: str
    verdict: Verdict
    reason: str
    detail: str = ""
    steps: tuple[TimedStep, ...] = ()
    flatten_seconds: tuple[float | None, float | None] = (None, None)


class FlattenReport(Value):
    """One flatten. `seconds` is the interval in which positions became zero."""

    kind: Literal["flatten"] = "flatten"
    trader: str
    verdict: Verdict
    reason: str
    detail: str = ""
    seconds: tuple[float | None, float | None] = (None, None)
    positions_before: int | None = None
    positions_after: int | None = None


class CheckRows(Value):
    """One reconcile check in a report; `rows` is None where it could not run, and `detail` says why."""

    name: str
    rows: int | None
    verdict: Verdict
    sample: tuple[JsonObject, ...] = ()
    detail: str = ""


class ReconcileReport(Value):
    """Duplicates and orphans in the trader's database."""

    kind: Literal["reconcile"] = "reconcile"
    trader: str
    verdict: Verdict
    checks: tuple[CheckRows, ...]
    orders: int | None = None
    detail: str = ""


class SelfTestReport(Value):
    """Whether the gate can fail: each criterion shown planted days, each SQL check planted rows.

    `uncontrolled` names the SQL checks that have no control, and so were never seen to find anything.
    """

    kind: Literal["selftest"] = "selftest"
    trader: str
    at: UtcDatetime
    verdict: Verdict
    reason: str
    detail: str = ""
    cases: tuple[PlantedCase, ...] = ()
    checks: tuple[PlantedRows, ...] = ()
    uncontrolled: tuple[str, ...] = ()


class ScriptRun(Value):
    """One argv command of the desk (plan injection, report, hygiene): exit code and the last lines it wrote."""

    name: str
    argv: tuple[str, ...]
    exit_code: int | None  # None where it never ended by itself
    seconds: float
    tail: str = ""
    trouble: str | None = None  # missing program, time limit … in one sentence

    @property
    def succeeded(self) -> bool:
        """Whether it ran to its end with exit code 0."""
        return self.exit_code == 0 and self.trouble is None


class StreakCount(Value):
    """The streak as the contract shows it."""

    passed: int
    required: int
    cleared: bool

    @classmethod
    def of(cls, streak: Streak) -> "StreakCount":
        """Return the contract's part of a streak."""
        return cls(passed=streak.passed, required=streak.required, cleared=streak.cleared)


class VoidMark(Value):
    """That a day is void: why, who asked for it, who approved it and when."""

    reason: str
    asked_by: Actor
    approved_by: Actor
    at: UtcDatetime


class DayReport(Value):
    """A day, closed or not. Before it is closed there is no verdict; criteria then say how it looks so far."""

    kind: Literal["day"] = "day"
    trader: str
    date: date
    state: DayState
    verdict: Verdict | None
    criteria: tuple[CriterionResult, ...] = ()
    excluded: dict[str, str] = {}
    streak: StreakCount
    session: Session | None = None
    streak_note: str = ""
    scripts: tuple[ScriptRun, ...] = ()
    head: str = ""  # the ledger's chain head when the verdict was recorded, as its hash
    head_seq: int = 0  # and as its number; 0 where a version recorded it that did not tell
    provenance: Provenance = Provenance()  # what it was judged by, once it is closed
    void: VoidMark | None = None  # a void day neither counts nor resets the streak
    measures: tuple[Measure, ...] = ()  # the worst of each criterion beside its limit, where it was measured
    watched: Watched | None = None  # how much of the session was read; None where this process does not know
    before_burn_in: bool = False  # whether its session is over and nobody had begun to watch by then

    @property
    def sources(self) -> dict[str, int]:
        """How many samples came from where, as the evidence of the criteria tells it; empty where none tells."""
        told = (result.evidence.get("sources") for result in self.criteria)
        found = next((counts for counts in told if isinstance(counts, dict)), {})
        return {source: number for source, number in found.items() if isinstance(number, int)}

    def is_to_do(self, result: CriterionResult) -> bool:
        """Whether what a criterion asks for is still to be done, on a day that can still see it done.

        Every close reconciles anew, so nothing is lost by a reconcile before the first order.
        """
        if self.void is not None:
            return False
        if result.id == "reconcile" and result.reason in ("not_run", "no_orders"):
            return self.state in (DayState.OPEN, DayState.AWAITING_CLOSE)
        return self.state is DayState.OPEN and result.reason == "not_run"


class RunningCommand(Value):
    """A command under way: who runs it since when."""

    command: str
    actor: str
    since: UtcDatetime


class PastDay(Value):
    """A closed day at a glance: its verdict, which counts for nothing where the day is void."""

    date: date
    verdict: Verdict
    void: bool = False


class ClearanceMark(Value):
    """That a trader is cleared for canary LIVE, since when, and who signed that off, if anybody did."""

    since: UtcDatetime
    signed: SignOff | None = None


class VoidWaiting(Value):
    """A request to void a day that nobody has answered yet."""

    number: int
    day: date
    reason: str
    asked_by: Actor
    expires_at: UtcDatetime


class StatusReport(Value):
    """Where a trader's burn-in stands. `lately` are its last closed days, oldest first."""

    kind: Literal["status"] = "status"
    trader: str
    at: UtcDatetime
    day: DayReport | None
    next_session: Session | None
    running: tuple[RunningCommand, ...] = ()
    next_step: str = ""
    lately: tuple[PastDay, ...] = ()
    clearance: ClearanceMark | None = None
    void_requests: tuple[VoidWaiting, ...] = ()
    legal_hold: str = ""  # why none of its samples may be deleted, where that is so


class StatusList(Value):
    """Where every trader's burn-in stands."""

    kind: Literal["statuses"] = "statuses"
    traders: tuple[StatusReport, ...]


class HistoryReport(Value):
    """The closed days of a trader, newest first."""

    kind: Literal["history"] = "history"
    trader: str
    days: tuple[DayReport, ...]
    streak: StreakCount


class ReminderReport(Value):
    """What somebody did about a reminder: `snoozed` until an instant, or `taken` on themselves."""

    kind: Literal["reminder"] = "reminder"
    trader: str
    date: date
    about: str
    answer: Literal["snoozed", "taken"]
    by: str
    at: UtcDatetime
    until: UtcDatetime | None = None


class VoidReport(Value):
    """A request to void a day, and what became of it so far."""

    kind: Literal["void"] = "void"
    trader: str
    date: date
    request: int
    state: Literal["asked", "approved", "declined", "expired"]
    reason: str
    asked_by: Actor
    expires_at: UtcDatetime
    decided_by: Actor | None = None
    streak: StreakCount
    streak_note: str = ""


class SignOffReport(Value):
    """A clearance that an approver signed off."""

    kind: Literal["signoff"] = "signoff"
    trader: str
    signed: SignOff
    days: tuple[date, ...]
    void: tuple[date, ...] = ()
    streak: StreakCount


class AuditRow(Value):
    """One command or act in the audit trail: who, where, what, how it ended and how long it took.

    `actor` is a name for reading, `actor_id` who it is: `slack:U01`, `cli:asha`, `scheduler:scheduler`. `timezone` is
    the exchange's, in which people read its time.
    """

    seq: int
    at: UtcDatetime
    actor: str
    origin: str
    command: str
    args: str
    outcome: str
    seconds: float | None
    trader: str = ""
    verdict: str = ""
    detail: str = ""
    reason: str = ""
    actor_id: str = ""
    timezone: str = "UTC"

    @property
    def local(self) -> datetime:
        """When it was, by the exchange's clock."""
        return self.at.astimezone(ZoneInfo(self.timezone))


class AuditReport(Value):
    """The audit trail, newest first. `format` is how a terminal writes it."""

    kind: Literal["audit"] = "audit"
    rows: tuple[AuditRow, ...]
    narrowed: str = ""  # in words, to what; empty where it is the whole trail
    older: bool = False  # whether there are more, older than these
    format: Literal["table", "json", "csv", "jsonl"] = "table"


class ReportAsked(Value):
    """A report that is on its way into the channel: of one day, or of the burn-in's days."""

    kind: Literal["report"] = "report"
    trader: str
    days: tuple[date, ...] = Field(min_length=1)
    whole: bool = False  # whether it is the burn-in's rather than a day's


class CommandHelp(Value):
    """What one command does and how it is typed."""

    name: str
    usage: str
    summary: str
    text: str
    role: str
    allowed: bool = True  # whether the one who asks may run it, here
    complete: bool = True  # whether its name alone can be run


class HelpReport(Value):
    """Help on the commands a person may run, or on one of them; `about` is what was asked for.

    `now` says where the trader's day stands, `next_step` what to run next, and `note` why only looking is allowed.
    """

    kind: Literal["help"] = "help"
    commands: tuple[CommandHelp, ...]
    about: str = ""
    now: str = ""
    next_step: str = ""
    note: str = ""


Report = Annotated[
    CheckReport
    | DrillReport
    | FlattenReport
    | ReconcileReport
    | SelfTestReport
    | DayReport
    | StatusList
    | HistoryReport
    | VoidReport
    | SignOffReport
    | ReminderReport
    | AuditReport
    | ReportAsked
    | HelpReport,
    Field(discriminator="kind"),
]
