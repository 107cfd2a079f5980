"""What is marked on the picture of a session: a fact with its place on the line of time."""

from enum import StrEnum

from bot.domain.value import UtcDatetime, Value
from bot.domain.verdict import Verdict


class MarkKind(StrEnum):
    """What a mark stands for."""

    GAP = "gap"  # nothing was sampled
    BREACH = "breach"  # a target was lost; `name` is the criterion
    ALERT = "alert"  # an alert fired; `name` is the rule's
    RESTART = "restart"  # the trader was another process after it
    DRILL = "drill"
    FLATTEN = "flatten"
    COMMAND = "command"  # somebody ran one; `name` says which
    REFUSED = "refused"  # somebody tried to


class Mark(Value):
    """Something that happened, at an instant or from `start` to `end`."""

    kind: MarkKind
    start: UtcDatetime
    end: UtcDatetime | None = None
    name: str = ""
    verdict: Verdict | None = None  # of a breach

    @property
    def seconds(self) -> float:
        """How long it lasted; 0 of an instant."""
        return (self.end - self.start).total_seconds() if self.end else 0.0
