"""What an admin does to the app and its channel, and takes back at the end of a block: each changes what is true, so
that every method refuses in its own words.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bot.sandbox.workspace.desk import Desk


class Troubles:
    """Puts a workspace into a state in which the app cannot do its work."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    @contextmanager
    def token(self, word: str = "token_revoked") -> Iterator[None]:
        """The bot's token is refused: `token_revoked`, `token_expired`, `account_inactive`, `invalid_auth`."""
        self._desk.token_trouble = word
        try:
            yield
        finally:
            self._desk.token_trouble = ""

    @contextmanager
    def archived(self, channel: str) -> Iterator[None]:
        """Nobody can write in a channel any more; it can still be read."""
        with self._changed(channel, is_archived=True):
            yield

    @contextmanager
    def removed(self, channel: str) -> Iterator[None]:
        """The bot is no member of a channel: `not_in_channel`, and `channel_not_found` where it is private."""
        others = tuple(m for m in self._desk.directory.channels[channel].members if m != self._desk.directory.bot_id)
        with self._changed(channel, members=others):
            yield

    @contextmanager
    def without(self, *scopes: str) -> Iterator[None]:
        """The app was installed without some scopes."""
        had = self._desk.scopes
        self._desk.scopes = had.difference(scopes)
        try:
            yield
        finally:
            self._desk.scopes = had

    @contextmanager
    def _changed(self, channel: str, **values: Any) -> Iterator[None]:
        before = self._desk.directory.channels[channel]
        self._desk.directory.change_channel(channel, **values)
        try:
            yield
        finally:
            self._desk.directory.change_channel(channel, **{name: getattr(before, name) for name in values})
