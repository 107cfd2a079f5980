"""From an ask to its answer: who it is, a confirm where it destroys, the run, what they are told."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from slack_sdk.web.async_client import AsyncWebClient

from bot.desk import Desk, TraderDesk
from bot.domain.people import Origin, Role
from bot.errors import BurninError
from bot.health import Health
from bot.ports import Announcer
from bot.slack.access import Person
from bot.slack.ask import Ask
from bot.slack.cards import render_report
from bot.slack.cards.blocks import ONCE, context
from bot.slack.cards.flatten_confirm import flatten_confirm, pressed_message, pressed_words
from bot.slack.cards.message import Message
from bot.slack.cards.no_form import render_no_form
from bot.slack.cards.notes import render_cut_off, render_full, render_stopping
from bot.slack.cards.outcome import render_ended, render_failure, render_refusal, render_running
from bot.slack.modals import FORMS, Asked, Form, flatten
from bot.slack.modals.opener import open_form
from bot.slack.progress import ProgressMessage, ProgressPlace
from bot.slack.trouble import CALL_ERRORS, word_of
from bot.slack.work import Declined, Lane
from commands.command import Command
from commands.dispatcher import Outcome, Request
from commands.parser import line_of, parse, tokens_of

log = logging.getLogger(__name__)

FLATTEN = flatten.NAME
PREVIEW_SECONDS = 1.5  # how long the confirm card waits for the trader


class Runs(Protocol):
    """Runs what was typed; the dispatcher."""

    async def run(self, request: Request) -> Outcome:
        """Run it and tell how it ended; never raises for what went wrong inside."""
        ...


class Knows(Protocol):
    """Knows who somebody is."""

    async def who(
        self, user_id: str, team_id: str, channel_id: str, trader: str = "", needs: Role = Role.OPERATOR
    ) -> Person:
        """Return the person with their rights in this place, on a trader or (where none is named) on any."""
        ...


@dataclass(frozen=True, slots=True)
class Front:
    """What the Slack front works with. `announcer` shows progress, `client` edits messages that were pressed."""

    dispatcher: Runs
    commands: Mapping[str, Command]
    access: Knows
    desk: Desk
    place: ProgressPlace
    announcer: Announcer
    client: AsyncWebClient
    health: Health | None = None  # of the bot's parts, where it runs


class Answering:
    """Takes one ask to its end."""

    def __init__(self, front: Front) -> None:
        self._front = front

    def lane_of(self, ask: Ask) -> Lane:
        """How an ask queues: flatten never does, looking is not held up by long commands."""
        if ask.command == FLATTEN:
            return Lane.URGENT
        if self._form_of(ask) is not None:
            return Lane.WORD  # its trigger is good for three seconds
        return Lane.SLOW if self._changes(self._front.commands.get(ask.command)) else Lane.QUICK

    async def take(self, ask: Ask) -> bool:
        """Answer an ask, and tell whether its button is used up. What went wrong is logged and told."""
        try:
            return await self._take(ask)
        except asyncio.CancelledError:  # the bot stops, and gives it some seconds for its end
            await self._tell(ask, render_cut_off(ask.line))
            raise
        except Exception as error:  # the listener's edge: a person waits for an answer
            log.exception("an answer to %s broke off", ask.user)
            said = f"{type(error).__name__}. The bot's log has the details; `/burnin audit` tells what was run."
            await self._tell(ask, render_failure(f"The answer broke off: {said}", "", ()))
            return False

    async def decline(self, ask: Ask, why: Declined) -> None:
        """Tell why an ask is not run."""
        await ask.reply.send((render_stopping if why is Declined.STOPPING else render_full)(ask.line))

    async def _take(self, ask: Ask) -> bool:
        command = self._front.commands.get(ask.command)
        needs = command.role if command else Role.VIEWER
        person = await self._front.access.who(ask.user, ask.team, ask.channel, self._name_of(ask), needs)
        permitted = command is not None and person.role.allows(command.role) and not person.refusal
        asked = self._asked(ask)
        if permitted and asked is not None and (form := self._form_of(ask)) is not None:
            await self._open(ask, form, asked)
            return False
        begins = permitted and asked is not None and self._changes(command)  # a line that cannot be read runs nothing
        return await self._run(ask, person, self._first_words(ask, person) if begins else None)

    def _first_words(self, ask: Ask, person: Person) -> Message:
        """What is said while a command that changes something runs."""
        if ask.confirmed and ask.pressed is not None:
            return pressed_message(ask.line, person.actor, self._front.desk.clock.now())
        return render_running(ask.line)

    async def _run(self, ask: Ask, person: Person, first: Message | None) -> bool:
        progress = self._progress(ask, person)
        # Said beside the run, not before it: a flatten must not wait until Slack has taken a message.
        saying = asyncio.create_task(self._tell(ask, first, replace=ask.confirmed)) if first else None
        origin = Origin(surface="slack", team=ask.team, channel=ask.channel, raw=ask.line, request=ask.request)
        request = Request(
            text=ask.line,
            actor=person.actor,
            role=person.role,
            origin=origin,
            refusal=person.refusal,
            held_on=self._name_of(ask),
            why_not=partial(self._why_not, ask),
            progress=progress,
            ending=progress.ended,
        )
        try:
            outcome = await self._front.dispatcher.run(request)
        except BaseException:
            _drop(saying)
            raise
        if outcome.outcome == "duplicate":
            _drop(saying)
            return True
        if saying is not None:
            await saying
        await self._tell(ask, self._answer(outcome))
        if outcome.reason == "ledger_broken":
            await progress.show_unrecorded(outcome)
        if outcome.outcome != "refused":
            await self._give_way(ask, person)
        return outcome.outcome == "done"

    async def _why_not(self, ask: Ask, role: Role) -> str:
        return (await self._front.access.who(ask.user, ask.team, ask.channel, self._name_of(ask), role)).refusal

    def _progress(self, ask: Ask, person: Person) -> ProgressMessage:
        front = self._front
        return ProgressMessage(
            front.announcer,
            front.place,
            front.desk,
            trader=self._name_of(ask),
            request=ask.request,
            command=ask.line,
            actor=person.actor,
        )

    def _answer(self, outcome: Outcome) -> Message:
        if outcome.outcome == "refused":
            return render_refusal(outcome.message, outcome.hint, self._front.commands, outcome.choices)
        if outcome.outcome == "failed" or outcome.report is None:
            return render_failure(outcome.message, outcome.hint, self._front.commands, outcome.choices)
        if self._changes(self._front.commands.get(outcome.command)):
            return render_ended(outcome.command, outcome.trader, outcome.report, outcome.message, outcome.seconds)
        return render_report(outcome.report, outcome.hint)

    @staticmethod
    def _changes(command: Command | None) -> bool:
        return command is not None and command.role is not Role.VIEWER

    def _name_of(self, ask: Ask) -> str:
        asked = self._asked(ask)
        return asked.trader.name if asked else ""

    def _asked(self, ask: Ask) -> Asked | None:
        """The trader and the options that are meant; None where the line cannot be read, which is then said."""
        try:
            _, options = parse(tokens_of(ask.line), self._front.commands)
            trader = self._front.desk.trader(options.trader, ask.channel)
        except BurninError:
            return None
        return Asked(trader, options, ask.channel, self._front.desk.clock.now())

    def _form_of(self, ask: Ask) -> Form | None:
        """The form that is to be opened rather than anything run; None where the line runs, or cannot be read."""
        form, asked = FORMS.get(ask.command), self._asked(ask)
        if form is None or asked is None or ask.confirmed:
            return None
        return form if ask.opens or form.wanted(asked.options) else None

    async def _open(self, ask: Ask, form: Form, asked: Asked) -> None:
        why = await open_form(self._front.client, form, asked, ask.trigger)
        if why and form.command == FLATTEN:
            await self._tell(ask, await self._confirm(asked.trader))
        elif why:
            await self._tell(ask, render_no_form(ask.line, self._front.commands[form.command].usage, why))

    async def _confirm(self, trader: TraderDesk) -> Message:
        found = await flatten.seen(trader, PREVIEW_SECONDS)
        line = line_of(FLATTEN, trader.name)  # what was shown is what is flattened
        return flatten_confirm(trader.name, line, found.positions, found.mode or "", paper=found.paper)

    async def _tell(self, ask: Ask, said: Message, *, replace: bool = True) -> None:
        """Answer the one who asked; the answer takes the place of a card of theirs that was asked once."""
        once = ask.pressed is not None and ask.pressed.ephemeral and (ask.confirmed or ask.pressed.block_id == ONCE)
        await ask.reply.send(said, replace=replace and once)

    async def _give_way(self, ask: Ask, person: Person) -> None:
        """Let buttons that are pressed once give way to who pressed them and when."""
        pressed = ask.pressed
        if pressed is None or pressed.ephemeral or pressed.block_id != ONCE or not pressed.blocks:
            return
        words = context(pressed_words(ask.line, person.actor, self._front.desk.clock.now()))
        blocks = [words if block.get("block_id") == ONCE else block for block in pressed.blocks]
        try:
            await self._front.client.chat_update(channel=ask.channel, ts=pressed.ts, text=pressed.text, blocks=blocks)
        except CALL_ERRORS as error:
            log.warning("a pressed button could not be replaced: %s", word_of(error))


def _drop(saying: "asyncio.Task[None] | None") -> None:
    if saying is not None:
        saying.cancel()
