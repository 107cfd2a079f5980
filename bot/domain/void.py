"""Void days: who asked for one and why, and what became of it. A void day neither counts nor resets the streak."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Final, Literal

from bot.domain.entry import Entry
from bot.domain.people import Actor
from bot.domain.results import VoidMark
from bot.domain.standing import DayVoided, VoidRefused, VoidRequested
from bot.domain.value import UtcDatetime, Value

VOID_KINDS: Final = ("void_requested", "day_voided", "void_refused")


class VoidAnswer(Value):
    """What became of a request: the first answer is the only one."""

    decision: Literal["approved", "declined", "expired"]
    by: Actor
    at: UtcDatetime


class VoidRequest(Value):
    """A request to void a day. Its number is that of the command that asked for it."""

    number: int
    day: date
    reason: str
    asked_by: Actor
    at: UtcDatetime
    expires_at: UtcDatetime
    answer: VoidAnswer | None = None

    def is_open(self, now: datetime) -> bool:
        """Tell whether somebody may still answer it."""
        return self.answer is None and now < self.expires_at


def void_requests(entries: Iterable[Entry]) -> tuple[VoidRequest, ...]:
    """Return the requests among one trader's entries, the oldest first, each with its answer."""
    found: dict[int, VoidRequest] = {}
    for entry in entries:
        body = entry.body
        if isinstance(body, VoidRequested) and entry.day is not None:
            found[body.request] = VoidRequest(
                number=body.request,
                day=entry.day,
                reason=body.reason,
                asked_by=entry.actor,
                at=entry.at,
                expires_at=body.expires_at,
            )
        elif isinstance(body, DayVoided | VoidRefused) and body.request in found:
            decision = "approved" if isinstance(body, DayVoided) else body.why
            answer = VoidAnswer(decision=decision, by=entry.actor, at=entry.at)
            found[body.request] = found[body.request].model_copy(update={"answer": answer})
    return tuple(found.values())


def void_marks(entries: Iterable[Entry]) -> dict[date, VoidMark]:
    """Return the void days among one trader's entries, each with who made it void and why."""
    return {
        entry.day: VoidMark(
            reason=entry.body.reason, asked_by=entry.body.asked_by, approved_by=entry.actor, at=entry.at
        )
        for entry in entries
        if isinstance(entry.body, DayVoided) and entry.day is not None
    }
