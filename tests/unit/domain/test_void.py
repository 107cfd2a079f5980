"""Requests to void a day, and void days, as they follow from the entries."""

from datetime import timedelta

from bot.domain.entry import Draft, Entry, link
from bot.domain.people import SCHEDULER, Actor
from bot.domain.standing import DayVoided, VoidRefused, VoidRequested
from bot.domain.void import void_marks, void_requests
from tests.support.drafts import ASHA, AT, DAY, draft

BEN = Actor(kind="slack", id="U02", name="Ben")
LATER = AT + timedelta(hours=4)


def chain(*drafts: Draft) -> tuple[Entry, ...]:
    """Number the drafts."""
    return tuple(link(each, seq, "") for seq, each in enumerate(drafts, start=1))


def asked(request: int) -> Draft:
    """Return a request of Asha's."""
    return draft(VoidRequested(request=request, reason="an outage", expires_at=LATER))


def test_a_request_waits_until_it_is_answered_or_expires() -> None:
    """At the instant of its end it is open no more."""
    (request,) = void_requests(chain(asked(7)))
    assert (request.number, request.day, request.asked_by, request.reason) == (7, DAY, ASHA, "an outage")
    assert [request.is_open(at) for at in (AT, LATER - timedelta(seconds=1), LATER)] == [True, True, False]


def test_each_request_has_its_own_answer() -> None:
    """Approved, declined, expired or none yet; an answer to nothing makes none."""
    entries = chain(
        asked(1),
        asked(2),
        asked(3),
        asked(4),
        draft(VoidRefused(request=1, why="declined"), actor=BEN),
        draft(VoidRefused(request=2, why="expired"), actor=SCHEDULER),
        draft(DayVoided(request=3, reason="an outage", asked_by=ASHA), actor=BEN),
        draft(VoidRefused(request=99, why="declined")),
    )
    answers = [(each.answer.decision, each.answer.by) if each.answer else None for each in void_requests(entries)]
    assert answers == [("declined", BEN), ("expired", SCHEDULER), ("approved", BEN), None]
    assert not void_requests(entries)[0].is_open(AT)


def test_a_void_day_is_marked_with_who_made_it_so() -> None:
    """Why, who asked, who approved and when."""
    entries = chain(asked(1), draft(DayVoided(request=1, reason="an outage", asked_by=ASHA), actor=BEN, at=LATER))
    mark = void_marks(entries)[DAY]
    assert (mark.reason, mark.asked_by, mark.approved_by, mark.at) == ("an outage", ASHA, BEN, LATER)
