"""The three verdicts and their precedence: FAIL over INCONCLUSIVE over PASS, and nothing is never PASS."""

from collections.abc import Iterable
from enum import StrEnum


class Verdict(StrEnum):
    """What the evidence says."""

    PASS = "PASS"  # noqa: S105 - a verdict, not a password
    FAIL = "FAIL"
    INCONCLUSIVE = "INCONCLUSIVE"


_PRECEDENCE = (Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.PASS)


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the verdict that takes precedence; of no verdicts at all, INCONCLUSIVE."""
    seen = set(verdicts)
    return next((verdict for verdict in _PRECEDENCE if verdict in seen), Verdict.INCONCLUSIVE)
