"""All listeners, registered once in this one place: each acks, reads the payload and hands it on."""

import logging
import re
from collections.abc import Mapping
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.domain.people import Origin, Role
from bot.domain.results import StatusList
from bot.slack.answering import Answering, Front
from bot.slack.ask import of_click, of_command, request_key
from bot.slack.cards.help import COMMAND
from bot.slack.cards.status import home
from bot.slack.trouble import CALL_ERRORS, word_of
from bot.slack.work import Lane, Work
from commands.dispatcher import Request

log = logging.getLogger(__name__)

_BUTTONS = re.compile(r"^(run|confirm):")


def register(app: AsyncApp, front: Front, work: Work) -> None:
    """Register what the app listens to."""
    answering = Answering(front)

    async def slash_command(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        ask = of_command(body, front.client.session)
        work.start(answering.take(ask), answering.lane_of(ask))

    async def button(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        ask = of_click(body, front.client.session)
        work.start(answering.take(ask), answering.lane_of(ask))

    async def home_opened(body: dict[str, Any]) -> None:
        work.start(_show_home(front, body), Lane.QUICK)

    app.command(COMMAND)(slash_command)
    app.action(_BUTTONS)(button)
    app.event("app_home_opened")(home_opened)


async def _show_home(front: Front, body: Mapping[str, Any]) -> None:
    event = body["event"]
    if event.get("tab", "home") != "home":
        return
    team = str(body.get("team_id", ""))
    person = await front.access.who(str(event["user"]), team, "")
    request = request_key("event", body.get("event_id"))
    origin = Origin(surface="slack", team=team, raw="Home opened", request=request)
    role = min(person.role, Role.VIEWER, key=list(Role).index)  # Home only shows, whoever looks
    outcome = await front.dispatcher.run(
        Request(text="status", actor=person.actor, role=role, origin=origin, refusal=person.refusal)
    )
    if outcome.outcome == "duplicate":
        return
    statuses = outcome.report if isinstance(outcome.report, StatusList) else None
    try:
        await front.client.views_publish(user_id=str(event["user"]), view=home(statuses))
    except CALL_ERRORS as error:
        log.warning("Home could not be shown: %s", word_of(error))
