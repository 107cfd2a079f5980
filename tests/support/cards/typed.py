"""What somebody is told who typed a line: help, what was likely meant, what is in the way, answers in tables."""

from typing import TypeVar

from bot.domain.notice import CommandDone
from bot.domain.people import Actor
from bot.domain.results import (
    CheckReport,
    CommandHelp,
    GaugeReading,
    HelpReport,
    HistoryReport,
    VoidMark,
)
from bot.slack.cards import Message, render, render_report
from bot.slack.cards.outcome import render_failure, render_refusal
from commands.registry import load_commands
from tests.support.slack_samples import ASHA, AT, NASTY, REPORTS, TRADER

T = TypeVar("T")
COMMANDS = load_commands()


def _help(name: str, *, allowed: bool = True) -> CommandHelp:
    command = COMMANDS[name]
    return CommandHelp(
        name=name,
        usage=command.usage,
        summary=command.summary,
        text=command.help,
        role=command.role.value,
        allowed=allowed,
    )


def _as(kind: type[T], name: str) -> T:
    report = REPORTS[name]
    assert isinstance(report, kind)
    return report


_CHECK, _HISTORY = _as(CheckReport, "check_fail"), _as(HistoryReport, "history")
_REFUSAL = "You may look, but not change anything. These may: Asha, Ben."
_NOW = f"{TRADER}: 2026-11-20 is open until 15:30 IST, 2 h 10 min to go."
_LOOKS = tuple(_help(name) for name in ("check", "status", "day", "history", "audit", "help"))
_GAUGE = GaugeReading(name=NASTY, metric=NASTY, value=1.0, target="1", verdict=_CHECK.verdict, reason=NASTY)
_VOID = VoidMark(reason="exchange outage", asked_by=ASHA, approved_by=Actor(kind="slack", id="U02", name="Ben"), at=AT)

MESSAGES: dict[str, Message] = {
    "help_operator": render_report(
        HelpReport(commands=tuple(_help(name) for name in ("check", "drill", "close")), now=_NOW, next_step="drill")
    ),
    "help_all_long": render_report(
        HelpReport(commands=tuple(_help(name) for name in COMMANDS), now=_NOW, next_step="drill")
    ),
    "help_looks_only": render_report(HelpReport(commands=_LOOKS, now=_NOW, next_step="drill", note=_REFUSAL)),
    "help_close": render_report(HelpReport(commands=(_help("close"),), about="close")),
    "help_not_allowed": render_report(
        HelpReport(commands=(_help("drill", allowed=False),), about="drill", note=_REFUSAL)
    ),
    "help_hostile": render_report(HelpReport(commands=_LOOKS, now=NASTY, next_step=NASTY, note=NASTY)),
    "refused_typo": render_refusal("There is no command 'statsu'. Did you mean 'status'?", "status", COMMANDS),
    "refused_typo_of_form": render_refusal("drill: it has no option --qyt.", "drill --qty 25", COMMANDS),
    "refused_no_command": render_refusal("There is no command 'xyzzy'.", "help", COMMANDS),
    "refused_which_trader": render_refusal(
        "close: Which trader? There are nifty-orb, bank-orb.",
        "close [day] [trader]",
        COMMANDS,
        ("close nifty-orb", "close bank-orb"),
    ),
    "refused_which_form": render_refusal(
        "drill: Which trader? There are a, b.", "", COMMANDS, tuple(f"drill {name}" for name in "abcdefgh")
    ),
    "refused_still_open": render_refusal(
        "The session of 2026-11-20 is still open: it ends at 15:30 IST, 2 h 10 min to go. Close it then.",
        "drill",
        COMMANDS,
    ),
    "refused_choice_hostile": render_refusal(NASTY, NASTY, COMMANDS, (f"close {NASTY}", f"drill {NASTY}")),
    "failed_with_hint": render_failure("The trader did not answer within 2 s.", f"check {TRADER}", COMMANDS),
    "check_to_share": render_report(_CHECK, f"check {TRADER} --share"),
    "check_shared": render_report(_CHECK.model_copy(update={"shared": True})),
    "check_in_thread": render(CommandDone(actor=ASHA, command="check", report=_CHECK), TRADER),
    "check_of_many_long": render_report(
        CheckReport(trader=TRADER, at=AT, verdict=_CHECK.verdict, readings=(_GAUGE,) * 100), "check --share"
    ),
    "history_void": render_report(
        _HISTORY.model_copy(update={"days": (_HISTORY.days[0].model_copy(update={"void": _VOID}), *_HISTORY.days)})
    ),
}
