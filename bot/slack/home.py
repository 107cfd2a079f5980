"""The app's Home: read anew whenever somebody opens it. It shows, and changes nothing, whoever looks."""

import logging
from collections.abc import Mapping
from typing import Any

from bot.domain.people import Origin, Role
from bot.domain.results import StatusList
from bot.slack.answering import Front
from bot.slack.ask import delivery_key
from bot.slack.cards.status import home
from bot.slack.trouble import CALL_ERRORS, word_of
from commands.dispatcher import Request

log = logging.getLogger(__name__)


async def show_home(front: Front, body: Mapping[str, Any]) -> None:
    """Publish the Home of who opened it; what keeps it from being shown is logged."""
    event = body["event"]
    if event.get("tab", "home") != "home":
        return
    team = str(body.get("team_id", ""))
    person = await front.access.who(str(event["user"]), team, "")
    request = delivery_key(body)
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
