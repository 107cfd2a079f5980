"""What is asked before it runs: modals, the card in their place, and a form that did not open."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from bot.desk import DrillPlan, TraderDesk
from bot.domain.metrics import Metrics
from bot.domain.policy import Policy
from bot.slack.cards.message import Message
from bot.slack.cards.no_form import render_no_form
from bot.slack.modals import Asked, drill, flatten, void
from bot.slack.modals.flatten import Seen
from commands.command import CommandOptions
from commands.drill import Options as DrillOptions
from commands.session_day import DayOptions
from tests.support.fakes import ListCalendar
from tests.support.slack_samples import SESSION

HOSTILE = "nifty *orb* <!channel> \u05e9\u05dc\u05d5\u05dd"
AT = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)


def _asked(options: CommandOptions, name: str = "nifty-orb", plan: DrillPlan | None = None) -> Asked:
    trader = TraderDesk(
        name=name,
        channel="C1",
        policy=Policy(),
        metrics=Metrics(),
        plan=plan or DrillPlan(),
        trader=None,  # type: ignore[arg-type] # nothing is asked of it here
        calendar=ListCalendar((SESSION,)),
        runner=None,  # type: ignore[arg-type]
    )
    return Asked(trader, options, "C1", AT)


_FLATTEN = _asked(CommandOptions())
_HOSTILE = _asked(CommandOptions(), HOSTILE)
_LONG = _asked(CommandOptions(), "n" * 300)
_PAPER = Seen(positions=2, mode="/ready says mode paper")

VIEWS: dict[str, dict[str, Any]] = {
    "form_flatten_looking": flatten.view(_FLATTEN),
    "form_flatten": flatten.view(_FLATTEN, _PAPER),
    "form_flatten_unknown": flatten.view(_FLATTEN, Seen(None, None)),
    "form_flatten_live": flatten.view(_FLATTEN, replace(_PAPER, paper=False, mode="/ready says mode live")),
    "form_flatten_none_open": flatten.view(_FLATTEN, replace(_PAPER, positions=0)),
    "form_flatten_hostile": flatten.view(_HOSTILE, replace(_PAPER, mode=HOSTILE * 20)),
    "form_flatten_long": flatten.view(_LONG, replace(_PAPER, mode="m" * 3000)),
    "form_drill": drill.view(_asked(DrillOptions(qty=25, side="short"))),
    "form_drill_hostile": drill.view(_asked(DrillOptions(), HOSTILE, DrillPlan(symbol=HOSTILE, strategy=HOSTILE))),
    "form_drill_long": drill.view(_asked(DrillOptions(), "n" * 300, DrillPlan(symbol="s" * 5000, qty=10**7))),
    "form_void": void.view(_asked(DayOptions())),
    "form_void_of_no_session": void.view(_asked(DayOptions(day="2026-11-22"))),
    "form_void_hostile": void.view(_asked(DayOptions(), HOSTILE)),
}

MESSAGES: dict[str, Message] = {
    "no_form": render_no_form("drill nifty-orb", "drill [trader] [--qty QTY]", "expired_trigger_id"),
    "no_form_hostile": render_no_form(f"drill {HOSTILE}" * 200, "drill [trader]" + "x" * 600, HOSTILE * 20),
}
