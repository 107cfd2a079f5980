"""What Slack was told of the ledger: the number and hash of an entry in each of the bot's messages, unseen."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, NoReturn

from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.errors import SlackUnreachable
from bot.ports import Clock, Head
from bot.slack.standing import EVENT, PAGE
from bot.slack.trouble import CALL_ERRORS, retry_after_of, word_of

log = logging.getLogger(__name__)

_MOST_WAITS: Final = 20  # in a row for one page, each as long as Slack asks to be left alone
_ADVICE: Final = {
    "missing_scope": "add channels:history (groups:history for a private channel) to the app and install it again",
    "not_in_channel": "invite the bot: type /invite @burnin in that channel",
    "channel_not_found": "check the channel's id in the configuration, and invite the bot to it",
    "invalid_auth": "put the bot's current token into SLACK_BOT_TOKEN",
    "not_authed": "put the bot's token into SLACK_BOT_TOKEN",
    "token_revoked": "put the bot's current token into SLACK_BOT_TOKEN",
    "account_inactive": "put the bot's current token into SLACK_BOT_TOKEN",
}

Json = Mapping[str, Any]
Call = Callable[..., Awaitable[AsyncSlackResponse]]


@dataclass(frozen=True, slots=True)
class SaidHead:
    """An entry as a message names it; where that message stands (channel and timestamp) and when it was said."""

    head: Head
    channel: str
    ts: str

    @property
    def at(self) -> datetime:
        """When it was said; an edit since may have named a later entry."""
        return datetime.fromtimestamp(float(self.ts), UTC)


@dataclass(slots=True)
class Heads:
    """What the bot's own messages name; `without` is how many of them name nothing, as those of a version before."""

    said: list[SaidHead] = field(default_factory=list)
    without: int = 0


class HeadReader:
    """Reads what the bot itself said, in channels and in all of their threads.

    Args:
        client: may read the channels' history.
        clock: waits where Slack asks for it.
    """

    def __init__(self, client: AsyncWebClient, clock: Clock) -> None:
        self._client = client
        self._clock = clock

    async def read(self, channels: list[str]) -> Heads:
        """Read all of some channels.

        Raises:
            SlackUnreachable: some of it cannot be read, so nobody can tell what it holds.
        """
        answer = await self._answer(self._client.auth_test, "", {})
        own, found = {str(answer.get(name)) for name in ("bot_id", "user_id") if answer.get(name)}, Heads()
        for channel in channels:
            seen: set[str] = set()  # a reply that is shown in the channel, too, is found twice
            async for message in self._messages(channel):
                ts = str(message.get("ts"))
                if ts not in seen and own & {str(message.get("bot_id")), str(message.get("user"))}:
                    _note(message, channel, found)
                seen.add(ts)
        return found

    async def _messages(self, channel: str) -> AsyncIterator[Json]:
        """Yield what stands in a channel and in the threads below it."""
        async for message in self._pages(self._client.conversations_history, channel):
            yield message
            if message.get("reply_count") or message.get("thread_ts") == message.get("ts"):
                async for reply in self._pages(self._client.conversations_replies, channel, ts=str(message["ts"])):
                    yield reply

    async def _pages(self, call: Call, channel: str, **where: str) -> AsyncIterator[Json]:
        cursor: str | None = None
        while True:
            told = {"channel": channel, "limit": PAGE, "include_all_metadata": True, "cursor": cursor, **where}
            page = await self._answer(call, channel, told)
            for message in page.get("messages", []):
                yield message
            cursor = (page.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return

    async def _answer(self, call: Call, channel: str, told: Json) -> Json:
        """Return Slack's answer to a call, asked again for as long as it wants to be left alone first."""
        for _ in range(_MOST_WAITS):
            try:
                answer = await call(**told)
            except CALL_ERRORS as error:
                if "ts" in told and word_of(error) == "thread_not_found":
                    return {}  # deleted meanwhile
                if (seconds := retry_after_of(error)) is None:
                    _raise_unreadable(error, channel)
                log.info("Slack asks to be left alone for %.0f s", seconds)
                await self._clock.sleep(seconds)
            else:
                return answer.data if isinstance(answer.data, dict) else {}
        raise SlackUnreachable("Slack does not want to be asked any more. Try again later.")


def _note(message: Json, channel: str, found: Heads) -> None:
    metadata = message.get("metadata") or {}
    told = metadata.get("event_payload") or {}
    seq, digest = told.get("seq"), told.get("hash")
    if metadata.get("event_type") == EVENT and isinstance(seq, int) and isinstance(digest, str):
        found.said.append(SaidHead(Head(seq, digest), channel, str(message["ts"])))
    elif not message.get("files"):  # the message of a shared file can carry nothing
        found.without += 1


def _raise_unreadable(error: BaseException, channel: str) -> NoReturn:
    word = word_of(error)
    advice = _ADVICE.get(word, "check the network, slack.api_url and status.slack.com, then try again")
    where = f"the history of {channel}" if channel else "Slack"
    raise SlackUnreachable(f"{where[0].upper()}{where[1:]} cannot be read ({word}): {advice}.") from error
