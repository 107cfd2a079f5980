"""What a day is judged on, as it was recorded. Evidence is stored before it is judged, and never changed after."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Annotated, Literal

from pydantic import AfterValidator

from bot.domain.sample import Sample
from bot.domain.value import JsonObject, UtcDatetime, Value
from bot.domain.verdict import Verdict

# NaN and infinities are nothing that was read, and canonical JSON cannot hold them.
Known = Annotated[float | None, AfterValidator(lambda value: value if value is None or isfinite(value) else None)]


class FlattenTiming(Value):
    """One flatten, measured from outside. Seconds count from the moment the request was sent.

    `low` is when the last poll that still saw positions was sent; `high` is when the first answer with zero positions
    was complete. The true time to zero lies between them; either is None where it was never observed.
    """

    started_at: UtcDatetime
    positions_before: int | None
    positions_after: int | None = None
    low: float | None = None
    high: float | None = None
    status: int | None = None  # HTTP status of the flatten request; None without an answer
    error: str | None = None


class CounterRise(Value):
    """A counter before the plan and the last reading after it; None where it could not be read."""

    before: Known
    after: Known = None


class TimedStep(Value):
    """One step of a long command with its time in seconds."""

    name: str
    verdict: Verdict
    seconds: float
    detail: str


class DrillRun(Value):
    """One end-to-end OCO: what was seen at each stage. `injected` means the plan may have reached the trader."""

    started_at: UtcDatetime
    symbol: str
    side: str
    qty: int
    strategy: str
    steps: tuple[TimedStep, ...] = ()
    injected: bool = False
    trouble: str | None = None  # what kept it from being measured to its end
    orders_placed: CounterRise = CounterRise(before=None)
    oco_children_created: CounterRise = CounterRise(before=None)
    parent_rows: int | None = None  # new rows in the trader's database; None where it could not be asked
    child_rows: int | None = None
    flatten: FlattenTiming | None = None


class ReconcileCheck(Value):
    """One SQL check: how many violations it found, the first rows of them, or why it could not run."""

    name: str
    rows: int | None
    sample: tuple[JsonObject, ...] = ()
    error: str | None = None
    digest: str = ""  # SHA-256 (hex) of the query's text


class ReconcileRun(Value):
    """All checks over one window of the trader's orders. `orders` is how many orders the window holds."""

    at: UtcDatetime
    opened: UtcDatetime
    closed: UtcDatetime
    orders: int | None
    checks: tuple[ReconcileCheck, ...] = ()
    error: str | None = None


class AlertRule(Value):
    """One alerting rule, as a rules file or Prometheus states it; `expr` with its white space folded."""

    name: str
    expr: str
    hold: float = 0.0  # the rule's `for`, in seconds
    labels: dict[str, str] = {}


class FiringAlert(Value):
    """An alert seen firing: the first and last raw sample of `ALERTS{alertstate="firing"}` in the session."""

    name: str
    first: UtcDatetime
    last: UtcDatetime


class AlertHistory(Value):
    """What Prometheus's own samples say about a session, asked for once it is over.

    `rules` is what the rules file holds. `complete` tells whether every chunk of the session was answered.
    """

    rules: tuple[AlertRule, ...]
    rules_digest: str
    firing: tuple[FiringAlert, ...] = ()
    complete: bool = False
    evaluation_failures: Known = None  # how far the counter of failed evaluations rose over the session
    iterations_missed: Known = None
    restarts: int | None = None  # changes of Prometheus's own process_start_time_seconds
    trouble: str | None = None


Case = Literal["breach", "clean", "no evidence"]


class PlantedCase(Value):
    """What the self-test showed the judge for one criterion, and what it said; `wanted` is what it must say.

    `beside` is what else it said that it must not, in one sentence: of a criterion that nothing was planted for, or of
    the day.
    """

    criterion: str
    case: Case
    wanted: Verdict
    found: Verdict
    reason: str = ""
    beside: str = ""

    @property
    def caught(self) -> bool:
        """Whether the judge said what it must, and nothing else."""
        return self.found is self.wanted and not self.beside


class PlantedRows(Value):
    """What one reconcile check found of the rows its control planted in temporary tables.

    `expected` is how many rows it must find, None where the control names no number: then at least one. `found` is
    None where it could not be tried, and `error` says why.
    """

    check: str
    digest: str  # SHA-256 (hex) of the check's text
    control: str = ""  # the same of the control's text
    expected: int | None = None
    found: int | None = None
    error: str | None = None

    @property
    def caught(self) -> bool:
        """Whether the check found all that was planted, and nothing else."""
        if self.found is None or self.error is not None or self.found < 1:
            return False
        return self.expected is None or self.found == self.expected


class ControlRun(Value):
    """Every reconcile check tried on planted rows. `uncontrolled` names the checks that have no control."""

    checks: tuple[PlantedRows, ...] = ()
    uncontrolled: tuple[str, ...] = ()
    error: str | None = None  # why nothing could be tried


class SelfTestRun(Value):
    """Whether this gate can fail: known-bad evidence shown to the judge, and planted rows to the SQL checks.

    `controls` is None where the trader has no database. `trouble` says why the judge could not be shown anything.
    """

    at: UtcDatetime
    version: str
    cases: tuple[PlantedCase, ...] = ()
    controls: ControlRun | None = None
    trouble: str | None = None


# Roles of the samples with source ALERTS: one look at Prometheus during the session.
RULES_PROBLEMS = "alerts.problems"  # one series a problem, its sentence as the label text; none when all is well
RULES_STARTED = "alerts.process_start"  # process_start_time_seconds of Prometheus
RULES_FIRING = "alerts.firing"  # one series a rule of the file that fires, its name as the label text; none is silence


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything known about one session of one trader, in the order it happened."""

    samples: Sequence[Sample] = ()
    alert_looks: Sequence[Sample] = ()
    drills: Sequence[DrillRun] = ()
    flattens: Sequence[FlattenTiming] = ()
    reconciles: Sequence[ReconcileRun] = ()
    alerts: AlertHistory | None = None
    selftest: SelfTestRun | None = None
