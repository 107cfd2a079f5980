"""What the people of the workspace do: each act becomes a payload, and the app's ack becomes what they see."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from bot.sandbox.workspace import payloads
from bot.sandbox.workspace.call import Call
from bot.sandbox.workspace.delivery import Delivery, Kind, Retry, UndeliveredError
from bot.sandbox.workspace.desk import Desk
from bot.sandbox.workspace.element_state import action_of, fault_of, find_element, held
from bot.sandbox.workspace.message_content import content_of, refuse_empty
from bot.sandbox.workspace.state import SLACKBOT, Channel, Json, Person, SlackError
from bot.sandbox.workspace.views import refuse_bad_view

EVENT_RETRIES = (0.0, 60.0, 300.0)
TROUBLE = "We had some trouble connecting. Try again?"
RESPONSE_ACTIONS = {None, "update", "push", "clear"}


@dataclass(frozen=True, slots=True)
class Completion:
    """A word that may follow a command, what it does, and the words that may follow it in turn."""

    name: str
    help: str = ""
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SlashCommand:
    """A command the app has registered, with what the page offers while one types it.

    `should_escape` is the manifest's: people, channels and markup in what is typed come as Slack writes them.
    """

    command: str
    usage_hint: str = ""
    completions: tuple[Completion, ...] = ()
    should_escape: bool = True


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an act ended.

    Attributes:
        ok: the app acked (and a view had no errors).
        error: Slack's word for what went wrong, empty when nothing did.
        seconds: from the payload's start to its ack.
        errors: of a view submission, what is wrong by block id.
    """

    ok: bool
    error: str = ""
    seconds: float = 0.0
    errors: Mapping[str, str] = field(default_factory=dict)


class Interactions:
    """Carries out what people do in the workspace."""

    def __init__(
        self,
        desk: Desk,
        delivery: Delivery,
        commands: tuple[SlashCommand, ...],
        event_retries: tuple[float, ...] = EVENT_RETRIES,
    ) -> None:
        self._desk = desk
        self._delivery = delivery
        self._commands = {command.command: command for command in commands}
        self._event_retries = event_retries
        self._retrying: set[asyncio.Task[None]] = set()

    async def type_command(self, user: str, channel: str, text: str, *, in_thread: bool = False) -> Outcome:
        """Type a slash command; returns when it is acked or has failed."""
        person, place = self._present(user, channel)
        command, _, words = text.strip().partition(" ")
        if command not in self._commands:
            return self._tell(person, place, f"{command} is not a valid command.", "unknown_command")
        if in_thread:
            return self._tell(person, place, f"{command} is not supported in threads. Sorry!", "not_in_threads")
        said = words.strip()
        if self._commands[command].should_escape:
            said = payloads.escaped(self._desk.directory, said)
        payload = payloads.slash_command(self._desk, person, place, command, said)
        outcome, ack = await self._send("slash_commands", payload)
        error = outcome.error or self._say(person, place, ack)
        if error:
            told = self._tell(person, place, f'{command} failed with the error "{error}"', error)
            return replace(told, seconds=outcome.seconds)
        return outcome

    def say(self, user: str, channel: str, text: str, thread_ts: str | None = None) -> Outcome:
        """Write an ordinary message, in a thread when `thread_ts` names its root."""
        _, place = self._present(user, channel)
        if place.is_archived:
            raise SlackError("is_archived")
        content: Json = {"text": text}
        refuse_empty(content)
        if thread_ts:
            content["thread_ts"] = self._desk.log.get(channel, thread_ts).get("thread_ts", thread_ts)
        self._desk.log.post(channel, user, content)
        return Outcome(ok=True)

    async def click(
        self,
        user: str,
        channel: str,
        message_ts: str,
        action_id: str,
        given: Any = None,
        *,
        block_id: str | None = None,
        confirmed: bool = False,
    ) -> Outcome:
        """Press or choose an element of a message; one with a confirm needs `confirmed`."""
        person, place = self._present(user, channel)
        seen = {m["ts"]: m for m in self._desk.log.ephemerals(user, channel)}
        message = seen.get(message_ts) or self._desk.log.get(channel, message_ts)
        block, element = find_element(message.get("blocks", []), action_id, block_id=block_id, value=given)
        if "confirm" in element and not confirmed:
            return Outcome(ok=False, error="not_confirmed")
        action = action_of(block, element, given, self._desk.timestamps.next())
        return await self._press(user, payloads.message_action(self._desk, person, place, message, action))

    async def click_in_view(
        self,
        user: str,
        view_id: str,
        action_id: str,
        given: Any = None,
        *,
        block_id: str | None = None,
        confirmed: bool = False,
    ) -> Outcome:
        """Press or choose an element of a modal or of Home."""
        view = self._view_of(user, view_id)
        block, element = find_element(view["blocks"], action_id, block_id=block_id, value=given)
        if "confirm" in element and not confirmed:
            return Outcome(ok=False, error="not_confirmed")
        action = action_of(block, element, given, self._desk.timestamps.next())
        person = self._desk.directory.person(user)
        return await self._press(user, payloads.view_action(self._desk, person, view, action))

    async def submit_view(self, user: str, view_id: str, values: Mapping[str, Mapping[str, Any]]) -> Outcome:
        """Hand in a modal; what Slack itself does not take from a person comes back without reaching the app."""
        view = self._view_of(user, view_id)
        inputs = [block for block in view["blocks"] if block["type"] == "input"]
        state: dict[str, Json] = {}
        for block in inputs:
            element = block["element"]
            given = values.get(block["block_id"], {}).get(element["action_id"])
            state[block["block_id"]] = {element["action_id"]: held(element, given)}
        wrong = {block["block_id"]: fault_of(block, state[block["block_id"]]) for block in inputs}
        if errors := {name: fault for name, fault in wrong.items() if fault}:
            return Outcome(ok=False, errors=errors)
        view["state"] = {"values": state}
        person = self._desk.directory.person(user)
        outcome, ack = await self._send("interactive", payloads.view_submission(self._desk, person, view))
        return self._after_submission(user, view, outcome, ack)

    async def close_view(self, user: str, view_id: str) -> Outcome:
        """Close a modal; the app hears of it where it asked to."""
        view = self._view_of(user, view_id)
        self._desk.views.close(user, view_id)
        if not view["notify_on_close"]:
            return Outcome(ok=True)
        person = self._desk.directory.person(user)
        outcome, _ = await self._send("interactive", payloads.view_closed(self._desk, person, view))
        return outcome

    async def open_home(self, user: str) -> Outcome:
        """Open the app's Home tab; the event is repeated while nobody acks it."""
        person = self._desk.directory.person(user)
        payload = payloads.app_home_opened(self._desk, person)
        outcome, _ = await self._send("events_api", payload)
        if not outcome.ok:
            task = asyncio.create_task(self._retry(payload, outcome.error))
            self._retrying.add(task)
            task.add_done_callback(self._retrying.discard)
        return outcome

    async def close(self) -> None:
        """Give up repeating events."""
        for task in self._retrying:
            task.cancel()
        await asyncio.gather(*self._retrying, return_exceptions=True)

    async def _retry(self, payload: Json, reason: str) -> None:
        for attempt, wait in enumerate(self._event_retries, start=1):
            await asyncio.sleep(wait)
            word = "timeout" if reason == "operation_timeout" else "http_error"
            outcome, _ = await self._send("events_api", payload, Retry(attempt, word))
            if outcome.ok:
                return
            reason = outcome.error

    async def _send(self, kind: Kind, payload: Json, retry: Retry | None = None) -> tuple[Outcome, Json]:
        started = time.monotonic()
        try:
            ack = await self._delivery.deliver(kind, payload, retry)
        except UndeliveredError as failure:
            return Outcome(ok=False, error=failure.reason, seconds=time.monotonic() - started), {}
        return Outcome(ok=True, seconds=time.monotonic() - started), ack

    async def _press(self, user: str, payload: Json) -> Outcome:
        outcome, _ = await self._send("interactive", payload)
        if not outcome.ok:
            self._desk.feed.publish("toast", user=user, text=TROUBLE)
        return outcome

    def _after_submission(self, user: str, view: Json, outcome: Outcome, ack: Json) -> Outcome:
        if not outcome.ok:
            self._desk.feed.publish("toast", user=user, text=TROUBLE)
            return outcome
        action = ack.get("response_action")
        try:
            if action == "errors":
                return Outcome(ok=False, seconds=outcome.seconds, errors=_errors(view, ack.get("errors")))
            self._apply(user, view, action, ack)
        except SlackError as refused:
            self._desk.feed.publish("toast", user=user, text=TROUBLE)
            return Outcome(ok=False, error=refused.error, seconds=outcome.seconds)
        return outcome

    def _apply(self, user: str, view: Json, action: str | None, ack: Json) -> None:
        if action not in RESPONSE_ACTIONS:
            raise SlackError("invalid_response_action")
        if action in {"update", "push"}:
            refuse_bad_view(self._desk, ack.get("view"), "modal")
        if action == "update":
            self._desk.views.update(view, ack["view"])
        elif action == "push":
            self._desk.views.push(user, ack["view"])
        else:
            self._desk.views.close(user, view["id"], whole_stack=action == "clear")

    def _say(self, person: Person, place: Channel, ack: Json) -> str:
        """Show what the ack of a command carries; returns Slack's word when that cannot be shown."""
        if not ack.get("text") and not ack.get("blocks"):
            return ""
        try:
            content = content_of(Call(self._desk, ack))
            refuse_empty(content)
        except SlackError as refused:
            return refused.error
        if ack.get("response_type") == "in_channel":
            self._desk.log.post(place.id, self._desk.directory.bot_id, content)
        else:
            self._desk.log.post_ephemeral(place.id, person.id, content)
        return ""

    def _tell(self, person: Person, place: Channel, text: str, error: str) -> Outcome:
        self._desk.log.post_ephemeral(place.id, person.id, {"text": text}, user=SLACKBOT)
        return Outcome(ok=False, error=error)

    def _present(self, user: str, channel: str) -> tuple[Person, Channel]:
        place = self._desk.directory.channels.get(channel)
        if place is None or user not in place.members:
            raise SlackError("channel_not_found")
        return self._desk.directory.person(user), place

    def _view_of(self, user: str, view_id: str) -> Json:
        view = self._desk.views.find(view_id=view_id)
        if view["user"] != user:
            raise SlackError("not_found")
        return view


def _errors(view: Json, errors: Any) -> dict[str, str]:
    """What an app finds wrong with a view, by input block.

    Raises:
        SlackError: `invalid_response_action`: nothing is wrong, or something that the view does not ask for.
    """
    inputs = {block["block_id"] for block in view["blocks"] if block["type"] == "input"}
    texts = isinstance(errors, dict) and all(isinstance(text, str) and text for text in errors.values())
    if not errors or not texts or not errors.keys() <= inputs:
        raise SlackError("invalid_response_action")
    return dict(errors)
