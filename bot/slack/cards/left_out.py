"""What is added to the words of a message whose file could not be put beside them: why, and what to do."""

from bot.slack.cards.blocks import context, escape, fit
from bot.slack.cards.message import Message

SWITCHED_OFF = "files are switched off; set `slack.files: true` to have them"
_ADVICE = {
    "missing_scope": "the app lacks the scope `files:write`; add it as `burnin manifest` has it and install it again",
    "file_uploads_disabled": "the workspace takes no files; ask a workspace admin",
    "file_uploads_except_images_disabled": "the workspace takes images only; ask a workspace admin",
    "file_type_not_allowed": "the workspace takes no files of this kind; ask a workspace admin",
    "storage_limit_reached": "the workspace has no room for files left; ask a workspace admin",
}


def why_refused(word: str) -> str:
    """Return what Slack's word for a refused file means, and what to do about it."""
    return _ADVICE.get(
        word, f"Slack refuses it ({escape(word, 80)}); look this word up in its page on files.completeUploadExternal"
    )


def without_file(said: Message, why: str) -> Message:
    """Return a message that says that its file is left out, and why; `why` may hold marks of Slack's own."""
    words = f"📎 Without its file: {why}"
    return Message(text=f"{said.text} · {words}", blocks=fit([*said.blocks, context(words)]))


def not_drawn(detail: str) -> str:
    """Return why there is no picture."""
    return f"there is no picture, {escape(detail, 400)}; the evidence stands in the ledger as ever"


def not_made(kind: str) -> str:
    """Return that there is no file for a mistake in the bot, of which the log tells more."""
    return f"it could not be made, by a mistake in the bot ({escape(kind, 80)}); report it with the bot's log"


def not_sent(word: str) -> str:
    """Return that the file did not get through, however often it was tried."""
    return f"it did not get through ({escape(word, 80)}); see whether this host may reach files.slack.com"
