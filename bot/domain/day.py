"""A day of the burn-in: where it stands, and what was recorded when it closed."""

from datetime import date, datetime
from enum import StrEnum
from typing import Final

from pydantic import Field

from bot.domain.criteria import CriterionResult
from bot.domain.policy import Policy
from bot.domain.session import Session
from bot.domain.value import Value
from bot.domain.verdict import Verdict


class DayState(StrEnum):
    """Where a day stands."""

    SCHEDULED = "scheduled"
    OPEN = "open"
    AWAITING_CLOSE = "awaiting_close"
    CLOSED = "closed"


THEN: Final = " then "  # parts what a day began with from what it ended with
_NAMED: Final = (("build", "the trader's build"), ("policy", "the policy"), ("rules", "the alert rules file"))


class Provenance(Value):
    """What a day was burnt in with. A change between days starts the streak anew.

    `build` is the trader's revision as it reports it, `policy` and `rules` are digests; each is empty where unknown.
    What changed within the day names both, as in `a1b2 then c3d4`.
    """

    build: str = ""
    policy: str = ""
    rules: str = ""

    def changes(self, later: "Provenance") -> tuple[str, ...]:
        """Return which of build, policy and rules file differ from a later day, in words."""
        return tuple(words for name, words in _NAMED if getattr(self, name) != getattr(later, name))

    @property
    def mixed(self) -> tuple[str, ...]:
        """What changed within the day, in words: evidence on two of them proves neither."""
        return tuple(words for name, words in _NAMED if THEN in getattr(self, name))


class DayRecord(Value):
    """A closed day as the ledger holds it. `lapsed` means nobody closed it before the next session opened.

    It was judged by `policy` on the entries up to number `evidence_until`, and on the samples that they seal: with both
    it can be judged again; `version` is the burnin that judged it. They are None, 0 and empty in records of a version
    that did not keep them.
    """

    session: Session
    verdict: Verdict
    criteria: tuple[CriterionResult, ...]
    excluded: dict[str, str] = Field(default_factory=dict)
    provenance: Provenance = Provenance()
    lapsed: bool = False
    policy: Policy | None = None
    evidence_until: int = 0
    version: str = ""

    @property
    def day(self) -> date:
        """The date that names the day."""
        return self.session.date


class ClosedDay(Value):
    """What of a closed day counts for the streak: enough to count years of days by."""

    day: date
    verdict: Verdict
    lapsed: bool
    provenance: Provenance


def state_of(session: Session, record: DayRecord | None, now: datetime) -> DayState:
    """Return where a day stands at an instant."""
    if record is not None:
        return DayState.CLOSED
    if now < session.opens:
        return DayState.SCHEDULED
    return DayState.OPEN if now <= session.closes else DayState.AWAITING_CLOSE
