"""A Slack workspace on this machine, as strict as Slack is, with a page that looks like a channel."""

from bot.sandbox.workspace.fault_kinds import CutShort, NoAnswer, Page, RateLimited, Refusal, Slow
from bot.sandbox.workspace.faults import ApiCall, Fault
from bot.sandbox.workspace.feed import Change
from bot.sandbox.workspace.interactions import Completion, Outcome, SlashCommand
from bot.sandbox.workspace.limits import Limits
from bot.sandbox.workspace.server import Workspace
from bot.sandbox.workspace.state import Channel, Directory, Json, Person, SlackError, Team, UserGroup

__all__ = [
    "ApiCall",
    "Change",
    "Channel",
    "Completion",
    "CutShort",
    "Directory",
    "Fault",
    "Json",
    "Limits",
    "NoAnswer",
    "Outcome",
    "Page",
    "Person",
    "RateLimited",
    "Refusal",
    "SlackError",
    "SlashCommand",
    "Slow",
    "Team",
    "UserGroup",
    "Workspace",
]
