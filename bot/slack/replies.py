"""Words for one person, sent the way Slack gave with what they asked."""

import logging
from collections.abc import Mapping
from typing import Any

from aiohttp import ClientSession
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.slack.ask import of_click, of_command
from bot.slack.cards.message import Message
from bot.slack.cards.notes import render_received
from bot.slack.trouble import CALL_ERRORS, word_of

log = logging.getLogger(__name__)


async def reply(to: AsyncWebhookClient, said: Message, *, replace: bool = False) -> None:
    """Tell one person something; `replace` puts it where their card stood. That it did not arrive is logged."""
    try:
        answered = await to.send(
            text=said.text, blocks=list(said.blocks), response_type="ephemeral", replace_original=replace
        )
        if answered.status_code != 200:  # noqa: PLR2004 - HTTP's own number
            log.warning("Slack did not take an answer: %s %s", answered.status_code, answered.body[:200])
    except (*CALL_ERRORS, ValueError) as error:
        log.warning("an answer did not reach Slack: %s", word_of(error))


async def tell_it_runs(body: Mapping[str, Any], session: ClientSession | None) -> None:
    """Tell who sent a payload that it is dealt with, although Slack may have told them that it failed."""
    if not body.get("response_url"):
        return  # an event: Slack sends it again, and nobody waits
    ask = of_click(body, session) if body.get("type") == "block_actions" else of_command(body, session)
    await reply(ask.reply, render_received(ask.line))
