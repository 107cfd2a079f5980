"""Words for one person: the way Slack gave with what they asked, or beside the channel they asked from."""

import logging
from dataclasses import dataclass, field
from typing import Any, Protocol

from aiohttp import ClientSession
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.slack.cards.message import Message
from bot.slack.trouble import CALL_ERRORS, is_ambiguous, is_lasting, word_of

log = logging.getLogger(__name__)


class Replies(Protocol):
    """A way to one person."""

    async def send(self, said: Message, *, replace: bool = False) -> None:
        """Tell them something; `replace` puts it where their card stood. That it did not arrive is logged."""
        ...


@dataclass(frozen=True, slots=True)
class Beside:
    """The way to somebody who handed in a form, which brings none along: a message in a channel that only they see."""

    client: AsyncWebClient
    channel: str
    user: str

    async def send(self, said: Message, *, replace: bool = False) -> None:  # noqa: ARG002 - the form is gone already
        """Tell it in the channel from which they asked; where Slack does not take it there, in a direct message."""
        words: dict[str, Any] = {"text": said.text, "blocks": list(said.blocks)}
        try:
            await self.client.chat_postEphemeral(channel=self.channel, user=self.user, **words)
        except CALL_ERRORS as error:
            log.warning("an answer did not reach Slack: %s", word_of(error))
            if is_lasting(error):  # the bot is not in that channel, say, or they have left it
                await self._directly(words)

    async def _directly(self, words: dict[str, Any]) -> None:
        try:
            await self.client.chat_postMessage(channel=self.user, **words)
        except CALL_ERRORS as error:
            log.warning("nor did it as a direct message: %s", word_of(error))


@dataclass(frozen=True, slots=True)
class ByResponseUrl:
    """The way that a slash command or a click brings along; where it is no good any more, `otherwise` is taken.

    It is good for half an hour. Bolt's own opens a connection for each answer.
    """

    url: str = field(repr=False)
    session: ClientSession | None
    otherwise: Beside | None = None

    async def send(self, said: Message, *, replace: bool = False) -> None:
        """Tell it where they asked."""
        if await self._is_lost(said, replace=replace) and self.otherwise is not None:
            await self.otherwise.send(said)

    async def _is_lost(self, said: Message, *, replace: bool) -> bool:
        """Tell it, and tell whether it surely did not arrive."""
        webhook = AsyncWebhookClient(url=self.url, session=self.session)
        try:
            answered = await webhook.send(
                text=said.text, blocks=list(said.blocks), response_type="ephemeral", replace_original=replace
            )
        except (*CALL_ERRORS, ValueError) as error:  # a ValueError is of an address that is none
            log.warning("an answer did not reach Slack: %s", word_of(error))
            return isinstance(error, ValueError) or not is_ambiguous(error)
        if answered.status_code != 200:  # noqa: PLR2004 - HTTP's own number
            log.warning("Slack did not take an answer: %s %s", answered.status_code, answered.body[:200])
        return answered.status_code != 200  # noqa: PLR2004
