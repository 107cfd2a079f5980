"""The app's Home in every state: one trader, some, 25 and 120, for who may what, while the bot is well and is not."""

from collections.abc import Sequence
from datetime import date, timedelta

from bot.domain.day import DayState
from bot.domain.people import Role
from bot.domain.results import ClearanceMark, PastDay, RunningCommand, SignOff, StatusReport, VoidWaiting
from bot.health import HealthReading
from bot.slack.cards.home import HomePage, Rights, render, render_unreadable
from commands.registry import load_commands
from tests.support.cards import View
from tests.support.slack_samples import (
    ASHA,
    AT,
    DAY,
    FAIL,
    INCONCLUSIVE,
    LEADER_LOST,
    MALLORY,
    NASTY,
    NO_DRILL,
    PASS,
    SESSION,
    TOMORROW,
    TRADER,
    criteria,
    day,
)

_VERDICTS = (FAIL, PASS, INCONCLUSIVE, PASS, PASS, FAIL, PASS, PASS, INCONCLUSIVE, PASS)
LATELY = tuple(
    PastDay(date=date(2026, 11, 10) + timedelta(days=at), verdict=verdict, void=at == 7)
    for at, verdict in enumerate(_VERDICTS)
)
WELL = {
    "ledger": HealthReading(ok=True, values={"entries": 12_345}),
    "lease": HealthReading(ok=True, detail="held, epoch 3", values={"held": 1.0, "epoch": 3.0}),
    f"watch {TRADER}": HealthReading(ok=True),
    "outbox": HealthReading(ok=True, values={"waiting": 0}),
    "slack": HealthReading(ok=True, values={"last_frame_age": 1.4}),
}
ILL = {
    **WELL,
    "outbox": HealthReading(
        ok=False, detail="messages for C01: not_in_channel. Invite the app.", values={"waiting": 7}
    ),
    f"watch {TRADER}": HealthReading(ok=False, detail=NASTY),
}


def _status(name: str = TRADER, **more: object) -> StatusReport:
    running = (RunningCommand(command="drill", actor="Asha", since=AT),)
    filled = {
        "trader": name,
        "at": AT,
        "day": day(DayState.OPEN, results=criteria(NO_DRILL)),
        "next_session": TOMORROW,
        "running": running,
        "next_step": "drill",
        "lately": LATELY,
    }
    return StatusReport.model_validate(filled | more)


CLEARED = _status(
    "bank-orb",
    day=day(DayState.CLOSED, PASS, criteria(), passed=3),
    running=(),
    next_step="",
    lately=LATELY[-3:],
    clearance=ClearanceMark(since=AT, signed=SignOff(actor=ASHA, at=AT)),
)
LOST = _status(
    "gold-orb",
    day=day(DayState.AWAITING_CLOSE, results=criteria(LEADER_LOST)),
    next_step="close",
    void_requests=(VoidWaiting(number=17, day=DAY, reason="the exchange was down", asked_by=ASHA, expires_at=AT),),
)
NEW = _status("new-orb", day=None, running=(), next_step="", lately=())


def _rights(statuses: Sequence[StatusReport], role: Role = Role.OPERATOR, refusal: str = "") -> tuple[Rights, ...]:
    may = Role.VIEWER if refusal else role
    names = tuple(name for name, command in load_commands().items() if may.allows(command.role))
    return tuple(Rights(one.trader, "C0BURNIN01", role, names, refusal) for one in statuses)


def _home(
    *statuses: StatusReport, role: Role = Role.OPERATOR, refusal: str = "", parts: dict[str, HealthReading] = WELL
) -> View:
    return render(HomePage(at=AT, statuses=statuses, rights=_rights(statuses, role, refusal), parts=parts))


_MANY = [_status(f"trader-{at:02}", running=()) for at in range(25)]
_HOSTILE = _status(
    NASTY,
    running=(RunningCommand(command=NASTY, actor=NASTY, since=AT),) * 40,
    next_step=NASTY,
    clearance=ClearanceMark(since=AT, signed=SignOff(actor=MALLORY, at=AT)),
    void_requests=(VoidWaiting(number=1, day=DAY, reason=NASTY, asked_by=MALLORY, expires_at=AT),) * 3,
)
_TWO_KINDS = HomePage(
    at=SESSION.closes,
    statuses=(_status(), CLEARED),
    rights=(*_rights([_status()], Role.APPROVER), *_rights([CLEARED], Role.VIEWER, "You may look. These may: Ben.")),
    parts=ILL,
)

VIEWS: dict[str, View] = {
    "home": _home(_status()),
    "home_some": _home(_status(), CLEARED, LOST, NEW, role=Role.APPROVER),
    "home_many": _home(*_MANY[:22], CLEARED, LOST, NEW),
    "home_of_a_viewer": _home(_status(), role=Role.VIEWER, refusal="Guests may look. These may: Asha, Ben."),
    "home_of_two_kinds_hostile": render(_TWO_KINDS),
    "home_not_well": _home(_status(), parts={**WELL, "outbox": ILL["outbox"]}),
    "home_standing_alone": _home(_status(), parts={}),
    "home_hostile": _home(_HOSTILE, parts=ILL),
    "home_many_long": _home(*(_HOSTILE.model_copy(update={"trader": f"{at}{NASTY}"}) for at in range(120))),
    "home_unreadable": render_unreadable(""),
    "home_of_a_stranger": render_unreadable("You are not of this workspace. Ask an operator of it."),
}
