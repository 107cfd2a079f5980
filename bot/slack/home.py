"""The app's Home: read anew whenever somebody opens it. It shows, and changes nothing, whoever looks."""

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

from bot.desk import TraderDesk
from bot.domain.people import Origin, Role
from bot.domain.results import StatusList
from bot.parts import parts_of
from bot.slack.access import Person
from bot.slack.answering import Front
from bot.slack.ask import delivery_key
from bot.slack.cards.home import HomePage, Rights, render, render_unreadable
from bot.slack.trouble import CALL_ERRORS, word_of
from commands.dispatcher import Request

log = logging.getLogger(__name__)


async def show_home(front: Front, body: Mapping[str, Any]) -> None:
    """Publish the Home of who opened it; what keeps it from being shown is logged."""
    event = body["event"]
    if event.get("tab", "home") != "home":
        return
    user, team = str(event["user"]), str(body.get("team_id", ""))
    person = await front.access.who(user, team, "", needs=Role.VIEWER)
    origin = Origin(surface="slack", team=team, raw="Home opened", request=delivery_key(body))
    role = min(person.role, Role.VIEWER, key=list(Role).index)  # Home only shows, whoever looks
    outcome = await front.dispatcher.run(
        Request(text="status", actor=person.actor, role=role, origin=origin, refusal=person.refusal)
    )
    if outcome.outcome == "duplicate":
        return
    if isinstance(outcome.report, StatusList):
        view = render(await _page(front, user, team, outcome.report))
    else:
        view = render_unreadable(outcome.message)
    try:
        await front.client.views_publish(user_id=user, view=view)
    except CALL_ERRORS as error:
        log.warning("Home could not be shown: %s", word_of(error))


async def _page(front: Front, user: str, team: str, statuses: StatusList) -> HomePage:
    traders = tuple(front.desk.traders.values())
    people = await asyncio.gather(*(front.access.who(user, team, one.channel, one.name) for one in traders))
    return HomePage(
        at=front.desk.clock.now(),
        statuses=statuses.traders,
        rights=tuple(_rights(front, trader, person) for trader, person in zip(traders, people, strict=True)),
        parts=await parts_of(front.desk, front.health) if front.health else {},
    )


def _rights(front: Front, trader: TraderDesk, person: Person) -> Rights:
    """What somebody may run for a trader, in its channel."""
    may = Role.VIEWER if person.refusal else person.role
    names = tuple(name for name, command in front.commands.items() if may.allows(command.role))
    return Rights(trader.name, trader.channel, person.role, names, person.refusal)
