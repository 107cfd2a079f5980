"""Looks at a ledger beside the bots that write it: every entry as soon as it stands, and what is still owed."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress

from bot.domain.entry import CommandFinished, CommandStarted, Entry, MessageQueued, MessageSent
from bot.errors import LedgerBroken
from bot.ports import Ledger

_LOOK_EVERY = 0.003  # seconds

Told = Callable[[Entry], Awaitable[object]]


class LedgerEye:
    """Follows a ledger.

    Args:
        ledger: opened for this alone.
        told: called with each new entry.

    Attributes:
        entries: every entry ever seen, in order, as it was when it was seen.
    """

    def __init__(self, ledger: Ledger, told: Told) -> None:
        self.ledger = ledger
        self.entries: list[Entry] = []
        self._told = told
        self._looking = asyncio.Lock()

    async def follow(self) -> None:
        """Look until cancelled, also while the ledger is away."""
        while True:
            with suppress(LedgerBroken):
                await self.look()
            await asyncio.sleep(_LOOK_EVERY)

    async def look(self) -> None:
        """Take note of what is new."""
        async with self._looking:
            for entry in await self.ledger.entries(after=self.entries[-1].seq if self.entries else 0):
                self.entries.append(entry)
                await self._told(entry)

    def of(self, *kinds: str) -> Iterator[Entry]:
        """Yield the entries of some kinds."""
        return (entry for entry in self.entries if entry.body.kind in kinds)

    def unfinished(self) -> list[Entry]:
        """Return the intents without an outcome."""
        ended = {entry.body.started for entry in self.entries if isinstance(entry.body, CommandFinished)}
        return [e for e in self.entries if isinstance(e.body, CommandStarted) and e.seq not in ended]

    def unsent(self) -> set[str]:
        """Return the keys of what is queued and not noted as said."""
        queued = {entry.body.announcement.key for entry in self.entries if isinstance(entry.body, MessageQueued)}
        return queued - {entry.body.message for entry in self.entries if isinstance(entry.body, MessageSent)}

    def was_sent(self, key: str) -> bool:
        """Tell whether an announcement is noted as said."""
        return any(isinstance(e.body, MessageSent) and e.body.message == key for e in reversed(self.entries))
