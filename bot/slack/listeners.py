"""All listeners, registered once in this one place: each acks, reads the payload and hands it on."""

import re
from functools import partial
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.slack.answering import Answering, Front
from bot.slack.ask import OPENS, Ask, delivery_key, of_click, of_command, of_submission
from bot.slack.cards.help import COMMAND
from bot.slack.cards.notes import render_pressed_already
from bot.slack.deliveries import Deliveries
from bot.slack.home import show_home
from bot.slack.modals import CALLBACK, FORMS, handed_in
from bot.slack.work import Declined, Job, Lane, Work

_BUTTONS = re.compile(rf"^(run|confirm):|^{OPENS}({'|'.join(FORMS)})(:\d+)?$")
_SUBMISSIONS = re.compile(rf"^{CALLBACK}({'|'.join(FORMS)})$")


def register(app: AsyncApp, front: Front, work: Work) -> None:
    """Register what the app listens to."""
    answering, deliveries = Answering(front), Deliveries(front.desk.clock)

    async def run(ask: Ask) -> None:
        if not await answering.take(ask):
            deliveries.release(ask)

    def begin(ask: Ask) -> None:
        def decline(why: Declined) -> Job:
            deliveries.release(ask)
            return partial(answering.decline, ask, why)

        work.start(partial(run, ask), answering.lane_of(ask), decline)

    async def slash_command(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        ask = of_command(body, front.client)
        if deliveries.is_first(ask.request):
            begin(ask)

    async def button(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        ask = of_click(body, front.client)
        if not deliveries.is_first(ask.request):
            return
        if deliveries.is_double(ask):
            if not ask.opens:  # what became of that press is in front of them, as a form or as words
                work.start(partial(ask.reply.send, render_pressed_already(ask.line)), Lane.WORD)
            return
        begin(ask)

    async def form(ack: AsyncAck, body: dict[str, Any]) -> None:
        read = handed_in(body["view"], front.commands)
        if read.faults:
            await ack(response_action="errors", errors=read.faults)
            return
        await ack()
        ask = of_submission(body, read.line, read.channel, front.client)
        if deliveries.is_first(ask.request):  # only what is run counts: after a fault the same view comes again
            begin(ask)

    async def home_opened(body: dict[str, Any]) -> None:
        if deliveries.is_first(delivery_key(body)):
            work.start(partial(show_home, front, body), Lane.QUICK)

    app.command(COMMAND)(slash_command)
    app.action(_BUTTONS)(button)
    app.view(_SUBMISSIONS)(form)
    app.event("app_home_opened")(home_opened)
