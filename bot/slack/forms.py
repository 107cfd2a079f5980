"""How a message is said where it cannot be said as it should: one bad message must not silence all that wait behind."""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.domain.notice import Announcement
from bot.slack.cards import render
from bot.slack.cards.blocks import Block
from bot.slack.cards.delayed import delayed
from bot.slack.cards.message import Message
from bot.slack.cards.notes import render_unsayable
from bot.slack.trouble import is_unheard_of, word_of

log = logging.getLogger(__name__)

_THREAD = ("thread_ts", "reply_broadcast")
# The words with which Slack refuses a place in a thread: it was deleted or locked since.
_NO_THREAD = {
    "thread_not_found",
    "message_not_found",
    "cannot_reply_to_message",
    "invalid_thread_ts",
    "restricted_action_thread_locked",
    "restricted_action_non_threadable_channel",
}
# The words with which Slack refuses one message and would take another.
_BAD_FORM = {
    "invalid_blocks",
    "invalid_blocks_format",
    "msg_blocks_too_long",
    "msg_too_long",
    "no_text",
    "invalid_arguments",
    "invalid_array_arg",
    "invalid_charset",
    "too_many_attachments",
}


def message_of(announcement: Announcement, late: timedelta | None = None) -> Message:
    """Put an announcement into words; where its card breaks off, into a line that names it."""
    try:
        said = render(announcement.notice, announcement.trader)
    except Exception:  # an edge: what its card cannot say is said all the same
        log.exception("%s could not be put into words, and is only named: report this", announcement.key)
        said = render_unsayable(announcement.key)
    return delayed(said, late) if late else said


class Forms:
    """How messages are put to one workspace: once it refused a new kind of block, it is spared those."""

    def __init__(self) -> None:
        self._refuses_new_kinds = False

    async def send(
        self,
        call: Callable[..., Awaitable[AsyncSlackResponse]],
        message: dict[str, Any],
        key: str,
        plainer: Sequence[Block] = (),
    ) -> Mapping[str, Any]:
        """Post or edit; what Slack refuses for its form is said more plainly, at last as a line that names it.

        Args:
            call: the method of Slack's API.
            message: its arguments.
            key: which message it is, for the log.
            plainer: the same blocks without new kinds of them, where there are any.

        Raises:
            SlackApiError: Slack refuses it for something else.
        """
        if plainer and self._refuses_new_kinds:
            message, plainer = {**message, "blocks": list(plainer)}, ()
        swapped = False
        while True:
            try:
                answer = await call(**message)
            except SlackApiError as error:
                simpler = _simpler(message, error, key, plainer)
                if simpler is None:
                    raise
                log.error("Slack refused the form of %s (%s); it is said more plainly", key, word_of(error))
                swapped = bool(plainer) and simpler["blocks"] == list(plainer)
                message, plainer = simpler, () if swapped else plainer
            else:
                self._refuses_new_kinds |= swapped
                return answer.data if isinstance(answer.data, dict) else {}


def _simpler(
    message: dict[str, Any], error: SlackApiError, key: str, plainer: Sequence[Block]
) -> dict[str, Any] | None:
    """Return the message without what Slack refused; None where that is not its form, or where nothing is plainer."""
    threadless = dict.fromkeys(_THREAD)
    if word_of(error) in _NO_THREAD and message.get("thread_ts"):
        return {**message, **threadless}
    if word_of(error) not in _BAD_FORM and not is_unheard_of(error):
        return None
    if plainer:
        return {**message, "blocks": list(plainer)}
    if message["blocks"]:
        return {**message, "blocks": [] if "ts" in message else None}  # an edit keeps the blocks that it does not name
    named = render_unsayable(key).text
    return {**message, **threadless, "text": named} if message["text"] != named else None
