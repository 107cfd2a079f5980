"""A Slack workspace on this machine, as strict as Slack is, with a page that looks like a channel."""

from bot.sandbox.workspace.feed import Change
from bot.sandbox.workspace.interactions import Outcome, SlashCommand
from bot.sandbox.workspace.limits import Limits
from bot.sandbox.workspace.server import Workspace
from bot.sandbox.workspace.state import Channel, Directory, Json, Person, SlackError, Team, UserGroup

__all__ = [
    "Change",
    "Channel",
    "Directory",
    "Json",
    "Limits",
    "Outcome",
    "Person",
    "SlackError",
    "SlashCommand",
    "Team",
    "UserGroup",
    "Workspace",
]
