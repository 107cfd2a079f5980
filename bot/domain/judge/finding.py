"""What one look at the evidence found: the shape every part of the judge answers in."""

from dataclasses import dataclass, field

from bot.domain.judge.reasons import Reason
from bot.domain.value import JsonObject
from bot.domain.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Finding:
    """A verdict with its machine-readable reason, one plain sentence, and the numbers behind it (JSON types)."""

    verdict: Verdict
    reason: Reason
    detail: str
    evidence: JsonObject = field(default_factory=dict)


def passed(detail: str, evidence: JsonObject | None = None, reason: Reason = Reason.PROVEN) -> Finding:
    """Return a PASS."""
    return Finding(Verdict.PASS, reason, detail, evidence or {})


def failed(reason: Reason, detail: str, evidence: JsonObject | None = None) -> Finding:
    """Return a FAIL."""
    return Finding(Verdict.FAIL, reason, detail, evidence or {})


def inconclusive(reason: Reason, detail: str, evidence: JsonObject | None = None) -> Finding:
    """Return an INCONCLUSIVE."""
    return Finding(Verdict.INCONCLUSIVE, reason, detail, evidence or {})


def counted(number: float, noun: str) -> str:
    """Return a number with its noun: `1 order`, `3 orders`."""
    return f"{number:.15g} {noun}" if number == 1 else f"{number:.15g} {noun}s"
