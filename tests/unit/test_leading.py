"""What a bot says of its lease: it stands by, it holds it, or it may not act at the moment."""

import asyncio
from contextlib import AsyncExitStack
from datetime import UTC, datetime

from bot.desk import Desk
from bot.health import HealthReading
from bot.leading import Bot
from bot.settings import Settings
from tests.support.clock import ManualClock
from tests.support.memory_ledger import MemoryLedger


class FakeLease:
    """A lease that a test gives and takes away."""

    def __init__(self) -> None:
        self.now = False

    async def take(self) -> int:
        """Have it."""
        self.now = True
        return 7

    def held(self) -> bool:
        """Tell what the test has set."""
        return self.now

    async def lost(self) -> None:
        """Never lose it."""
        await asyncio.Event().wait()

    async def release(self) -> None:
        """Let go of it."""
        self.now = False


async def test_a_bot_tells_how_its_lease_stands() -> None:
    """Standing by is well, and so is leading; a leader that may not act is not, and says what to look at."""
    settings = Settings.model_validate({"traders": [{"name": "orb", "url": "http://127.0.0.1:1"}]})
    desk = Desk(traders={}, ledger=MemoryLedger(), clock=ManualClock(datetime(2026, 11, 23, tzinfo=UTC)))
    lease = FakeLease()
    bot = Bot(settings, desk, lease, slack=False)
    bot.warm()
    assert bot.readings() == {"lease": HealthReading(ok=True, detail="standby", values={"held": 0})}
    async with AsyncExitStack() as stack:
        await bot.lead(stack, await lease.take())
        told = bot.readings()
        assert told["lease"] == HealthReading(ok=True, detail="held, epoch 7", values={"held": 1, "epoch": 7})
        assert "outbox" in told
        await lease.release()
        told = bot.readings()
    assert not told["lease"].ok
    assert "could not be renewed" in told["lease"].detail
    assert told["lease"].values == {"held": 0, "epoch": 7}
