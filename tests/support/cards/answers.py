"""What the one who typed or pressed something is told alone."""

from bot.slack.cards import Message
from bot.slack.cards.flatten_confirm import flatten_confirm, pressed_message
from bot.slack.cards.notes import render_full, render_pressed_already, render_received, render_stopping
from bot.slack.cards.outcome import render_ended, render_failure, render_refusal, render_running
from tests.support.slack_samples import ASHA, AT, DRILLED, NASTY, TRADER

_COMMANDS = ("drill", "flatten", "help")

MESSAGES: dict[str, Message] = {
    "refused": render_refusal("Only operators may. These may: Asha.", "", _COMMANDS),
    "refused_with_hint": render_refusal("There is no command 'drll'.", "drill", _COMMANDS),
    "refused_with_usage": render_refusal("drill has no option --x.", "drill [trader] [--qty QTY]", _COMMANDS),
    "refused_hostile": render_refusal(NASTY, f"drill {NASTY}", _COMMANDS),
    "failed": render_failure("The trader did not answer within 2 s.", "", _COMMANDS),
    "ended": render_ended("drill", TRADER, DRILLED, "flat in 0.4 s", 3.21),
    "running": render_running(f"drill {NASTY}"),
    "received": render_received(f"drill {NASTY}"),
    "pressed_already": render_pressed_already(f"drill {NASTY}"),
    "full": render_full(f"drill {NASTY}"),
    "stopping": render_stopping(f"drill {NASTY}"),
    "flatten_confirm": flatten_confirm(TRADER, f"flatten {TRADER}", 2, "/ready says mode paper"),
    "flatten_confirm_live": flatten_confirm(TRADER, f"flatten {TRADER}", 0, "/ready says mode live", paper=False),
    "flatten_confirm_unknown": flatten_confirm(TRADER * 30, "flatten", None, ""),
    "pressed": pressed_message("drill", ASHA, AT),
}
