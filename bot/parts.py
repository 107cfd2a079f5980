"""How well each part of the bot is: those of this process, and the ledger that all of them work on."""

import asyncio
from collections.abc import Mapping

from bot.desk import Desk
from bot.errors import LedgerError
from bot.health import Health, HealthReading

_LEDGER_LIMIT = 2.0  # seconds in which the ledger must answer


async def parts_of(desk: Desk, health: Health) -> Mapping[str, HealthReading]:
    """Return a reading for each part by name, the ledger first."""
    return {"ledger": await _ledger(desk), **health.readings()}


async def _ledger(desk: Desk) -> HealthReading:
    try:
        async with asyncio.timeout(_LEDGER_LIMIT):
            head = await desk.ledger.head()
    except TimeoutError:
        return HealthReading(ok=False, detail=f"no answer within {_LEDGER_LIMIT:g} s")
    except LedgerError as error:
        return HealthReading(ok=False, detail=str(error))
    return HealthReading(ok=True, values={"entries": head.seq})
