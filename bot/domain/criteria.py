"""The eleven criteria by their stable identifiers, and what judging one of them yields."""

from typing import Final

from pydantic import Field

from bot.domain.value import JsonObject, Value
from bot.domain.verdict import Verdict

CRITERIA: Final = (
    "leader",
    "heartbeat.marketdata",
    "heartbeat.order_stream",
    "heartbeat.scan",
    "scan_ticks",
    "drill",
    "flatten",
    "reconcile",
    "retries.token_refresh",
    "retries.rate_limit",
    "alerts",
)

ALERTS: Final = "alerts"
COVERAGE: Final = "coverage"  # no criterion: what the watch calls it when nothing could be read for too long
CLOCK: Final = "clock"  # nor this: the host's clock was moved while a session ran


class CriterionResult(Value):
    """One criterion of one day: verdict, machine-readable reason, one plain sentence, and the numbers behind it."""

    id: str
    verdict: Verdict
    reason: str
    detail: str
    evidence: JsonObject = Field(default_factory=dict)
