"""What the page shows to one person: the first picture of the workspace, and which changes concern them."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

from bot.sandbox.workspace.desk import Desk
from bot.sandbox.workspace.feed import Change
from bot.sandbox.workspace.interactions import SlashCommand
from bot.sandbox.workspace.state import Channel, Json, Person


@dataclass(slots=True)
class Board:
    """What the sandbox shows beside the channel: switches for faults, and the trader's gauges."""

    faults: list[Json] = field(default_factory=list)
    gauges: Json | None = None


class PageState:
    """Builds the answers of `/page/state` and filters the frames of `/page/events`."""

    def __init__(self, desk: Desk, board: Board, commands: Sequence[SlashCommand]) -> None:
        self._desk = desk
        self._board = board
        self._commands = commands

    def snapshot(self, user: str) -> Json:
        """Everything this person sees.

        Raises:
            SlackError: `user_not_found`.
        """
        desk = self._desk
        me = desk.directory.person(user)
        mine = [channel for channel in desk.directory.channels.values() if user in channel.members]
        return {
            "team": asdict(desk.directory.team),
            "me": _person(me),
            "users": [_person(person) for person in desk.directory.people.values()],
            "channels": [_channel(channel) for channel in mine],
            "messages": {c.id: self._shown(desk.log.everything(c.id)) for c in mine},
            "ephemerals": {c.id: self._shown(desk.log.ephemerals(user, c.id)) for c in mine},
            "views": desk.views.views(user),
            "home": desk.views.home(user),
            "faults": self._board.faults,
            "gauges": self._board.gauges,
            "commands": [_command(command) for command in self._commands],
        }

    def concerns(self, user: str, change: Change) -> bool:
        """Whether this person sees that change."""
        if change.user is not None and change.user != user:
            return False
        return change.channel is None or user in self._desk.directory.channels[change.channel].members

    def _shown(self, messages: list[Json]) -> list[Json]:
        return [self._desk.log.shown(message) for message in messages]


def _person(person: Person) -> Json:
    return {
        "id": person.id,
        "name": person.name,
        "real_name": person.real_name,
        "role": person.role,
        "is_bot": person.is_bot,
        "is_restricted": person.is_restricted,
        "color": f"#{person.color}",
    }


def _command(command: SlashCommand) -> Json:
    return {
        "command": command.command,
        "usage_hint": command.usage_hint,
        "completions": [asdict(completion) for completion in command.completions],
    }


def _channel(channel: Channel) -> Json:
    return {
        "id": channel.id,
        "name": channel.name,
        "is_private": channel.is_private,
        "topic": channel.topic,
    }
