"""What somebody is told whose payload runs although Slack has shown them an error for it."""

from collections.abc import Mapping
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.ask import of_click, of_command
from bot.slack.cards.notes import render_received


async def tell_it_runs(body: Mapping[str, Any], client: AsyncWebClient) -> None:
    """Tell who sent a payload that it is dealt with, although Slack may have told them that it failed."""
    if not body.get("response_url"):
        return  # an event comes again; of a form that was handed in they are told what runs
    ask = of_click(body, client) if body.get("type") == "block_actions" else of_command(body, client)
    await ask.reply.send(render_received(ask.line))
