"""Waiting for a condition instead of sleeping for luck."""

import asyncio
from collections.abc import Callable


async def eventually(condition: Callable[[], object], within: float = 30.0) -> None:
    """Return as soon as the condition holds.

    Raises:
        TimeoutError: it did not within so many seconds.
    """
    async with asyncio.timeout(within):
        while not condition():  # noqa: ASYNC110 - what is waited for has no event to set
            await asyncio.sleep(0.01)
