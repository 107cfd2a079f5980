"""Everything the workspace knows, in one place that the Web API, the page and the deliveries share."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.sandbox.workspace.conversation_log import ConversationLog, Timestamps
from bot.sandbox.workspace.faults import Faults
from bot.sandbox.workspace.feed import Feed
from bot.sandbox.workspace.file_shelf import FileShelf
from bot.sandbox.workspace.grants import ResponseUrls, Triggers
from bot.sandbox.workspace.limits import Limits, RateLimiter
from bot.sandbox.workspace.state import DEFAULT_SCOPES, Directory
from bot.sandbox.workspace.view_stack import ViewStack


@dataclass(frozen=True, slots=True)
class Credentials:
    """The secrets of this one run, shaped like Slack's."""

    bot_token: str = field(default_factory=lambda: f"xoxb-{secrets.token_hex(12)}", repr=False)
    app_token: str = field(default_factory=lambda: f"xapp-1-{secrets.token_hex(12)}", repr=False)
    signing_secret: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)
    verification_token: str = field(default_factory=lambda: secrets.token_hex(12), repr=False)


class Desk:
    """The state of one workspace; `now` gives seconds since 1970."""

    def __init__(
        self,
        now: Callable[[], float],
        *,
        directory: Directory | None = None,
        scopes: frozenset[str] = DEFAULT_SCOPES,
        limits: Limits | None = None,
        edit_window: float | None = None,
    ) -> None:
        self.now = now
        self.directory = directory or Directory()
        self.scopes = scopes
        self.edit_window = edit_window
        self.credentials = Credentials()
        self.token_trouble = ""  # Slack's word with which the bot's token is refused; empty where it is good
        self.base_url = ""
        self.feed = Feed()
        self.timestamps = Timestamps(now)
        self.log = ConversationLog(self.directory, self.feed, self.timestamps)
        self.views = ViewStack(self.directory, self.feed)
        self.files = FileShelf(now)
        self.triggers = Triggers(now)
        self.response_urls = ResponseUrls(now)
        self.limiter = RateLimiter(limits or Limits(), now)
        self.faults = Faults(now)
