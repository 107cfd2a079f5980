"""Slack without a network: an HTTP session that answers the SDK from memory, and what Slack would send to the app."""

import asyncio
import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest

API, RESPONSES = "http://slack.test/api/", "http://slack.test/response/"

Json = dict[str, Any]


@dataclass
class SlackInMemory:
    """A workspace as a session of aiohttp's, as far as the SDK uses one.

    `refused` are methods that fail, with Slack's word for it. `calls` are those that were made, with what they were
    given; what was told to one person stands in `told`, by their id where Slack was given it.
    """

    team: str
    users: Mapping[str, Json]
    groups: Mapping[str, tuple[str, ...]]
    channels: Mapping[str, Json]
    refused: Mapping[str, str] = field(default_factory=dict)
    calls: list[tuple[str, Json]] = field(default_factory=list)
    told: list[Json] = field(default_factory=list)
    closed: bool = False

    def request(self, _: str, url: str, **sent: Any) -> "_Answer":
        """Answer a call, or take what is told by a response URL."""
        if url.startswith(RESPONSES):
            self.told.append(json.loads(sent["data"]))
            return _Answer(text="ok")
        method, given = url.removeprefix(API), {}
        for part in ("params", "data", "json"):
            given |= sent.get(part) or {}
        self.calls.append((method, given))
        if method in self.refused:
            return _Answer({"ok": False, "error": self.refused[method]})
        if method == "chat.postEphemeral":
            self.told.append(given)
        return _Answer(self._answer(method, given))

    def called(self, method: str) -> list[Json]:
        """What a method was given, each time it was called."""
        return [given for name, given in self.calls if name == method]

    def _answer(self, method: str, given: Json) -> Json:
        match method:
            case "auth.test":
                return {"ok": True, "team_id": self.team}
            case "users.info":
                return _found("user", self.users.get(given["user"]), "user_not_found")
            case "usergroups.users.list":
                return _found("users", self.groups.get(given["usergroup"]), "no_such_subteam")
            case "conversations.info":
                return _found("channel", self.channels.get(given["channel"]), "channel_not_found")
        return {"ok": True, "ts": "1.0", "view": {"id": "V1"}}


@dataclass
class _Answer:
    """An answer as aiohttp gives one."""

    body: Json = field(default_factory=dict)
    text: Any = ""
    status: int = 200
    content_type: str = "application/json"
    headers: Json = field(default_factory=dict)

    def __post_init__(self) -> None:
        words = self.text

        async def read() -> str:
            return str(words)

        self.text = read

    async def json(self) -> Json:
        return self.body

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing is open."""


def _found(name: str, value: Any, error: str) -> Json:
    return {"ok": False, "error": error} if value is None else {"ok": True, name: value}


@dataclass(frozen=True)
class Acts:
    """What somebody does in one place, as the payload that Slack makes of it. Each act is one of its own."""

    user: str
    team: str
    channel: str
    _numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    def types(self, line: str) -> Json:
        """A slash command."""
        return {
            "command": "/burnin",
            "text": line,
            "user_id": self.user,
            "team_id": self.team,
            "channel_id": self.channel,
            "response_url": RESPONSES,
            "trigger_id": self._trigger(),
        }

    def clicks(self, action_id: str, line: str) -> Json:
        """A click on a button of a message; on Home, where there is no channel."""
        where: Json = {"container": {"type": "message", "message_ts": self._trigger()}}
        where |= {"channel": {"id": self.channel}} if self.channel else {}
        action = {"type": "button", "action_id": action_id, "block_id": "b", "value": line, "action_ts": "1.0"}
        return self._interaction("block_actions") | where | {"response_url": RESPONSES, "actions": [action]}

    def hands_in(self, callback_id: str, reference: Json, values: Mapping[str, str]) -> Json:
        """A form that was filled in."""
        filled = {name: {name: {"type": "plain_text_input", "value": value}} for name, value in values.items()}
        view = {
            "id": self._trigger(),
            "hash": "1",
            "type": "modal",
            "callback_id": callback_id,
            "private_metadata": json.dumps(reference),
            "state": {"values": filled},
            "blocks": [{"type": "input", "block_id": name} for name in values],
        }
        return self._interaction("view_submission") | {"view": view}

    def opens_home(self) -> Json:
        """The event that Home was opened."""
        event = {"type": "app_home_opened", "user": self.user, "tab": "home", "channel": f"D{self.user[1:]}"}
        return {"type": "event_callback", "event_id": self._trigger(), "team_id": self.team, "event": event}

    def _interaction(self, kind: str) -> Json:
        user = {"id": self.user, "team_id": self.team}
        return {"type": kind, "team": {"id": self.team}, "user": user, "trigger_id": self._trigger()}

    def _trigger(self) -> str:
        return f"{self.user}.{self.channel}.{next(self._numbers)}"


async def lived(app: AsyncApp, payload: Json) -> None:
    """Give the app a payload, and wait until nothing that follows from it is under way any more."""
    answer = await app.async_dispatch(AsyncBoltRequest(body=payload, mode="socket_mode"))
    assert answer.status == 200, payload
    while others := asyncio.all_tasks() - {asyncio.current_task()}:
        await asyncio.wait(others)
