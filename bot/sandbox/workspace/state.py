"""Who and what a workspace starts with: team, people, channels and user groups, as frozen values."""

from dataclasses import dataclass, field, replace
from typing import Any

Json = dict[str, Any]

TEAM_ID = "T0BURNIN00"
APP_ID = "A0BURNIN00"
CHANNEL_ID = "C0BURNIN01"
OPERATOR, APPROVER, GUEST, STRANGER = "U0OPERATOR", "U0APPROVER", "U0GUEST000", "U0STRANGER"
BOT = "U0BURNINBOT"
SLACKBOT = "USLACKBOT"

DEFAULT_SCOPES = frozenset(
    {
        "commands",
        "chat:write",
        "files:write",
        "usergroups:read",
        "users:read",
        "channels:history",
        "groups:history",
        "channels:read",
        "groups:read",
    }
)


class SlackError(Exception):
    """An answer `{"ok": false, "error": …}` in Slack's own word, with what Slack adds to it."""

    def __init__(self, error: str, **more: Any) -> None:
        super().__init__(error)
        self.error = error
        self.more = more


@dataclass(frozen=True, slots=True)
class Team:
    """The workspace itself; `domain` is the first word of its address."""

    id: str = TEAM_ID
    name: str = "Sandbox Desk"
    domain: str = "sandbox-desk"


@dataclass(frozen=True, slots=True)
class Person:
    """A member of the workspace; the bot is one too. `color` is six hex digits, as Slack gives it."""

    id: str
    name: str
    real_name: str
    role: str
    is_bot: bool = False
    is_restricted: bool = False
    color: str = "4f7cac"

    @property
    def short_name(self) -> str:
        """The name without its role: "Asha" of "Asha (operator)"."""
        return self.real_name.split(" (")[0]


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel and the ids of its members."""

    id: str
    name: str
    members: tuple[str, ...]
    topic: str = ""
    is_private: bool = False
    is_ext_shared: bool = False
    is_archived: bool = False


@dataclass(frozen=True, slots=True)
class UserGroup:
    """A user group (`@operators`) and the ids of its members."""

    id: str
    handle: str
    name: str
    users: tuple[str, ...]


PEOPLE = (
    Person(OPERATOR, "asha", "Asha (operator)", "operator", color="2b7a78"),
    Person(APPROVER, "ben", "Ben (approver)", "approver", color="7a4b94"),
    Person(GUEST, "gus", "Gus (guest)", "guest", is_restricted=True, color="b56b2a"),
    Person(STRANGER, "sam", "Sam (stranger)", "stranger", color="3f6ea8"),  # of the team, but of neither user group
    Person(BOT, "burnin", "burnin", "bot", is_bot=True, color="37474f"),
    Person(SLACKBOT, "slackbot", "Slackbot", "bot", is_bot=True, color="757575"),
)
CHANNELS = (
    Channel(
        CHANNEL_ID,
        "burn-in",
        (OPERATOR, APPROVER, GUEST, STRANGER, BOT),
        topic="The three days before canary LIVE",
    ),
)
USER_GROUPS = (
    UserGroup("S0OPERATORS", "operators", "Operators", (OPERATOR,)),
    UserGroup("S0APPROVERS", "approvers", "Approvers", (APPROVER,)),
)


@dataclass(slots=True)
class Directory:
    """Looks up who and what there is, and refuses in Slack's words what there is not."""

    team: Team = field(default_factory=Team)
    people: dict[str, Person] = field(default_factory=lambda: {p.id: p for p in PEOPLE})
    channels: dict[str, Channel] = field(default_factory=lambda: {c.id: c for c in CHANNELS})
    groups: dict[str, UserGroup] = field(default_factory=lambda: {g.id: g for g in USER_GROUPS})
    bot_id: str = BOT

    @property
    def bot(self) -> Person:
        """The app's own user."""
        return self.people[self.bot_id]

    def person(self, user: str) -> Person:
        """The person with this id.

        Raises:
            SlackError: `user_not_found`.
        """
        if user not in self.people:
            raise SlackError("user_not_found")
        return self.people[user]

    def channel(self, channel: str) -> Channel:
        """The channel with this id; a private one is hidden from a bot that is not in it.

        Raises:
            SlackError: `channel_not_found`.
        """
        found = self.channels.get(channel)
        if found is None or (found.is_private and self.bot_id not in found.members):
            raise SlackError("channel_not_found")
        return found

    def joined(self, channel: str) -> Channel:
        """The channel with this id, of which the bot is a member.

        Raises:
            SlackError: `channel_not_found` or `not_in_channel`.
        """
        found = self.channel(channel)
        if self.bot_id not in found.members:
            raise SlackError("not_in_channel")
        return found

    def change_channel(self, channel: str, **values: Any) -> None:
        """Give a channel other values, for example `is_archived=True`."""
        self.channels[channel] = replace(self.channels[channel], **values)
