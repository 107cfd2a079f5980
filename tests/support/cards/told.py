"""Every notice in its channel and every report as an answer."""

from datetime import timedelta

from bot.slack.cards import Message, render, render_report
from bot.slack.cards.delayed import delayed
from tests.support.slack_samples import NOTICES, REPORTS, TRADER

MESSAGES: dict[str, Message] = {
    **{name: render(notice, TRADER) for name, notice in NOTICES.items()},
    **{f"answer_{name}": render_report(report) for name, report in REPORTS.items()},
    "delayed": delayed(render(NOTICES["watch_lost"], TRADER), timedelta(minutes=12, seconds=40)),
    "delayed_hostile": delayed(render(NOTICES["verdict_hostile"], TRADER), timedelta(days=3)),
}
