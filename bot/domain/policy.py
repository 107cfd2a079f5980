"""The limits a day is judged by, and how long its evidence is kept. Every number of the protocol stands here."""

from datetime import timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Annotated, Final, Self

import rfc8785
from pydantic import Field, StringConstraints, model_validator

from bot.domain.criteria import CRITERIA
from bot.domain.duration import Duration
from bot.domain.value import JsonObject, Value

# A day that nobody closed is judged up to thirty sessions later, and a person may want to see a burn-in judged again.
_SAMPLES_KEPT_AT_LEAST: Final = timedelta(days=60)

# The self-test plants days that are longer than any window, and is to stay a matter of seconds.
_LONGEST_WINDOW: Final = timedelta(hours=1)


class InconclusiveDays(StrEnum):
    """What a day without a proof does to the streak."""

    HOLD = "hold"
    RESET = "reset"


class ScanTicks(Value):
    """Every window of this length needs at least this increase."""

    window: Duration = Field(timedelta(seconds=60), gt=timedelta(0), le=_LONGEST_WINDOW)
    min_increase: int = Field(1, ge=1)


class RetryLimit(Value):
    """No rolling window of this length may hold a larger increase."""

    window: Duration = Field(timedelta(seconds=300), gt=timedelta(0), le=_LONGEST_WINDOW)
    max_increase: int = Field(ge=0)


class RetryLimits(Value):
    """The two retry counters, each with its own limit.

    A counter with labels comes with its first retry, in most clients: absent while the trader answers, it counts as
    zero, unless `absent_is_zero` says that this trader has it from the start.
    """

    token_refresh: RetryLimit = RetryLimit(max_increase=3)
    rate_limit: RetryLimit = RetryLimit(max_increase=10)
    absent_is_zero: bool = True


class AlertWatch(Value):
    """How often Prometheus's rules are looked at, and how long a look may be missing."""

    interval: Duration = Field(timedelta(seconds=2), gt=timedelta(0))
    max_gap: Duration = Field(timedelta(seconds=60), gt=timedelta(0))


class ClearanceTerms(Value):
    """For how long a clearance's certificate is valid, from the grant on."""

    valid: Duration = Field(timedelta(hours=72), gt=timedelta(0))


class Policy(Value):
    """What a burn-in demands. Durations are seconds in JSON."""

    days_required: int = Field(3, ge=1)
    scrape_interval: Duration = timedelta(seconds=1)
    max_gap: Duration = timedelta(seconds=5)
    heartbeat_limit: Duration = timedelta(seconds=5)
    flatten_limit: Duration = timedelta(seconds=2)
    drill_rise_within: Duration = timedelta(seconds=10)
    scan_ticks: ScanTicks = Field(default_factory=ScanTicks)
    retries: RetryLimits = Field(default_factory=RetryLimits)
    alerts: AlertWatch = Field(default_factory=AlertWatch)
    excluded: dict[str, str] = Field(default_factory=dict)
    inconclusive: InconclusiveDays = InconclusiveDays.HOLD
    samples_kept: Duration = Field(timedelta(days=400), ge=_SAMPLES_KEPT_AT_LEAST)
    # Why nothing may be deleted; samples are kept for as long as it says something.
    legal_hold: Annotated[str, StringConstraints(strip_whitespace=True)] = ""
    clearance: ClearanceTerms = Field(default_factory=ClearanceTerms)

    @model_validator(mode="after")
    def _is_sane(self) -> Self:
        if not timedelta(0) < self.scrape_interval <= self.max_gap:
            raise ValueError("scrape_interval must be more than zero and at most max_gap, or every sample opens a gap")
        if self.samples_kept < timedelta(days=2 * self.days_required):
            raise ValueError(
                "samples_kept must be at least two days for each of days_required, or a burn-in outlives its samples"
            )
        if unknown := sorted(set(self.excluded) - set(CRITERIA)):
            raise ValueError(f"excluded: no criterion is called {', '.join(unknown)}; there are {', '.join(CRITERIA)}")
        if unreasoned := [name for name, reason in self.excluded.items() if not reason.strip()]:
            raise ValueError(f"excluded: {', '.join(unreasoned)} needs a reason")
        if set(self.excluded) == set(CRITERIA):
            raise ValueError("excluded: a day with every criterion excluded would prove nothing")
        return self

    @property
    def demands(self) -> JsonObject:
        """What it demands of a day: how long samples are kept, and a certificate is valid, is no part of that."""
        return self.model_dump(mode="json", exclude={"samples_kept", "legal_hold", "clearance"})

    @property
    def digest(self) -> str:
        """SHA-256 (hex) over the canonical JSON of what it demands: the same demands, the same digest."""
        return sha256(rfc8785.dumps(self.demands)).hexdigest()
