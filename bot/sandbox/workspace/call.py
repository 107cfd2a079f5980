"""One call of a Web API method: its arguments whatever way they were sent, and what it may do."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from bot.sandbox.workspace.desk import Desk
from bot.sandbox.workspace.state import APP_ID, Json, SlackError
from bot.sandbox.workspace.view_stack import bot_id


class RateLimitedError(SlackError):
    """Too many calls: HTTP 429 with `Retry-After` seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__("ratelimited")
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Call:
    """The desk and the arguments of one call; form-encoded values arrive as strings."""

    desk: Desk
    arguments: Mapping[str, Any]

    def text(self, name: str) -> str:
        """A string argument; empty when it is left out."""
        value = self.arguments.get(name)
        return value if isinstance(value, str) else "" if value is None else str(value)

    def needed(self, name: str) -> str:
        """A string argument that must be there.

        Raises:
            SlackError: `invalid_arguments`, as Slack answers.
        """
        if not (value := self.text(name)):
            raise invalid_arguments([f"[ERROR] missing required field: {name}"])
        return value

    def flag(self, name: str) -> bool:
        """A boolean argument, in any of the ways it can be written."""
        return str(self.arguments.get(name, "")).lower() in {"1", "true"}

    def number(self, name: str, default: int) -> int:
        """A whole-number argument.

        Raises:
            SlackError: `invalid_limit` for the name `limit` and so on.
        """
        try:
            return int(self.arguments.get(name) or default)
        except (TypeError, ValueError):
            raise SlackError(f"invalid_{name}") from None

    def json(self, name: str, error: str = "invalid_json") -> Any:
        """A structured argument, sent as JSON or as a string of JSON; None when it is left out.

        Raises:
            SlackError: `error` when the string is not JSON.
        """
        value = self.arguments.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except ValueError:
            raise SlackError(error) from None

    def require(self, *scopes: str) -> None:
        """Check that the token has one of these scopes.

        Raises:
            SlackError: `missing_scope` with what is needed and provided.
        """
        if not self.desk.scopes.intersection(scopes):
            provided = ",".join(sorted(self.desk.scopes))
            raise SlackError("missing_scope", needed=",".join(scopes), provided=provided)


@dataclass(frozen=True, slots=True)
class Method:
    """A Web API method: its handler, the scopes of which one is needed, its tier and whose token it takes.

    Of a JSON body some methods read nothing (`form_only`).
    """

    run: Callable[[Call], Json]
    scopes: tuple[str, ...] = ()
    tier: int | None = None
    takes: Literal["bot", "app", "none"] = "bot"
    form_only: bool = False


def invalid_arguments(messages: list[str]) -> SlackError:
    """Slack's answer to a call whose arguments do not fit together."""
    return SlackError("invalid_arguments", response_metadata={"messages": messages})


def api_message(desk: Desk, message: Json, *, with_metadata: bool = True) -> Json:
    """A message as the Web API shows it; without `with_metadata` only the kind of its metadata."""
    shown = {key: value for key, value in message.items() if key not in {"channel", "visible_to", "ephemeral"}}
    shown["team"] = desk.directory.team.id
    if message["user"] == desk.directory.bot_id:
        shown |= {"bot_id": bot_id(desk.directory), "app_id": APP_ID}
    if "metadata" in shown and not with_metadata:
        shown["metadata"] = {"event_type": shown["metadata"]["event_type"]}
    return shown


def page_of(items: list[Any], call: Call, *, default: int, most: int) -> tuple[list[Any], str]:
    """One page of a list by `limit` and `cursor`, and the cursor of the next page (empty at the end).

    Raises:
        SlackError: `invalid_limit` or `invalid_cursor`.
    """
    limit = call.number("limit", default)
    if not 1 <= limit <= most:
        raise SlackError("invalid_limit")
    start, cursor = 0, call.text("cursor")
    if cursor:
        if not cursor.startswith("next:") or not cursor[5:].isdigit():
            raise SlackError("invalid_cursor")
        start = int(cursor[5:])
    end = start + limit
    return items[start:end], f"next:{end}" if end < len(items) else ""
