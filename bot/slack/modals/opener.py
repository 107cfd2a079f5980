"""Opens modals while Slack still takes the trigger, and completes them with what takes longer to look up."""

import asyncio
import logging

from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.cards.blocks import Block
from bot.slack.modals.form import Asked, Form
from bot.slack.trouble import CALL_ERRORS, word_of

log = logging.getLogger(__name__)

OPEN_SECONDS = 3.0  # a trigger is no good after it
AT_ONCE_SECONDS = 0.3  # what is known by then stands in the modal from the beginning


async def open_form(client: AsyncWebClient, form: Form, asked: Asked, trigger: str) -> str:
    """Show a modal to whoever gave the trigger.

    Returns:
        Slack's word for why it is not shown; empty where it is.
    """
    looking = asyncio.ensure_future(form.look(asked)) if form.look else None
    try:
        if looking is not None:
            await asyncio.wait([looking], timeout=AT_ONCE_SECONDS)
        known = looking is None or looking.done()
        view = looking.result() if looking is not None and known else form.view(asked)
        async with asyncio.timeout(OPEN_SECONDS):
            opened = await client.views_open(trigger_id=trigger, view=view)
        if looking is not None and not known:
            await _complete(client, str((opened.get("view") or {}).get("id", "")), await looking)
    except CALL_ERRORS as error:
        log.warning("the form of %s could not be opened: %s", form.command, word_of(error))
        return word_of(error)
    finally:
        if looking is not None:
            looking.cancel()
    return ""


async def _complete(client: AsyncWebClient, view_id: str, view: Block) -> None:
    """Show what was looked up. Slack keeps what was typed meanwhile, as the fields stay the same."""
    try:
        await client.views_update(view_id=view_id, view=view)
    except CALL_ERRORS as error:  # mostly because it has been handed in or closed meanwhile
        log.info("a form could not be completed: %s", word_of(error))
