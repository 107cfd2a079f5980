"""Void days and the sign-off of a clearance, asked for and answered."""

from datetime import date, timedelta

from bot.domain.notice import Cleared, Notice, SignedOff, VoidAsked, VoidDecided
from bot.domain.people import Actor, SignOff
from bot.domain.results import SignOffReport, StreakCount, VoidReport
from bot.domain.streak import Streak
from bot.slack.cards import Message, render, render_report
from tests.support.slack_samples import ASHA, AT, DAY, MALLORY, NASTY, TRADER

BEN = Actor(kind="slack", id="U0APPROVER", name="Ben")
_REASON = "The exchange was down from 10:02 to 10:40."
_DAYS = (date(2026, 11, 19), date(2026, 11, 20), DAY)
_STREAK = Streak(passed=3, required=3, cleared=True, days=_DAYS, void=(date(2026, 11, 23),))
_MANY = Streak(
    passed=40,
    required=3,
    cleared=True,
    days=tuple(DAY - timedelta(days=2 * at) for at in range(40, 0, -1)),
    void=tuple(DAY - timedelta(days=2 * at + 1) for at in range(40, 0, -1)),
)
_SIGNED = SignOff(actor=BEN, at=AT)
_ASKED = VoidAsked(request=17, day=DAY, reason=_REASON, asked_by=ASHA, at=AT, expires_at=AT + timedelta(hours=4))
_HOSTILE = _ASKED.model_copy(update={"reason": NASTY, "asked_by": MALLORY})
_REPORT = VoidReport(
    trader=TRADER,
    date=DAY,
    request=17,
    state="asked",
    reason=_REASON,
    asked_by=ASHA,
    expires_at=AT + timedelta(hours=4),
    streak=StreakCount(passed=1, required=3, cleared=False),
)


def _decided(decision: str, by: Actor | None = BEN, **more: object) -> VoidDecided:
    told = {"request": 17, "day": DAY, "reason": _REASON, "asked_by": ASHA, "at": AT}
    return VoidDecided.model_validate({**told, "decision": decision, "decided_by": by, **more})


_NOTICES: dict[str, Notice] = {
    "void_asked": _ASKED,
    "void_asked_hostile": _HOSTILE,
    "void_approved": _decided("approved", streak_note="The streak was 0/3 and is 2/3"),
    "void_declined": _decided("declined"),
    "void_withdrawn": _decided("declined", ASHA),
    "void_expired": _decided("expired", None),
    "void_hostile": _decided("approved", MALLORY, reason=NASTY, asked_by=MALLORY, streak_note=NASTY),
    "cleared_with_void": Cleared(streak=_STREAK, build="r42", criteria_total=11, number=4711),
    "cleared_signed": Cleared(streak=_STREAK, build="r42", criteria_total=11, number=4711, signed=_SIGNED),
    "cleared_long": Cleared(
        streak=_MANY, build=NASTY, excluded={"alerts": NASTY}, signed=SignOff(actor=MALLORY, at=AT)
    ),
    "signed_off": SignedOff(signed=_SIGNED, streak=_STREAK),
    "signed_off_long": SignedOff(signed=SignOff(actor=MALLORY, at=AT), streak=_MANY),
}

MESSAGES: dict[str, Message] = {
    **{name: render(notice, TRADER) for name, notice in _NOTICES.items()},
    "answer_void": render_report(_REPORT),
    "answer_void_approved": render_report(_REPORT.model_copy(update={"state": "approved", "decided_by": BEN})),
    "answer_void_hostile": render_report(_REPORT.model_copy(update={"reason": NASTY, "asked_by": MALLORY})),
    "answer_signoff": render_report(
        SignOffReport(trader=TRADER, signed=_SIGNED, days=_DAYS, void=_STREAK.void, streak=StreakCount.of(_STREAK))
    ),
}
