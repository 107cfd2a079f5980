"""What a reader of the sandbox's channel sees of the days."""

from bot.sandbox.narrator import key_of
from bot.sandbox.stage import Stage
from bot.sandbox.workspace.state import CHANNEL_ID, Json


def roots(stage: Stage) -> list[Json]:
    """The days' own messages."""
    return [said for said in stage.workspace.messages(CHANNEL_ID) if key_of(said).startswith("root:")]


def thread(stage: Stage, root: Json) -> list[str]:
    """What is said in a day's thread."""
    return [said["text"] for said in stage.workspace.replies(CHANNEL_ID, root["ts"])]


def one(texts: list[str], words: str) -> str:
    """The one text that holds these words."""
    found = [text for text in texts if words in text]
    assert len(found) == 1, (words, texts)
    return found[0]
