"""A process that appends to a ledger as it is told, line by line on standard input, beside others that do the same."""

import asyncio
import json
import sys
from datetime import timedelta
from typing import Any

from bot.configuration.ledger_address import ledger_address
from bot.domain.entry import BotStopped, Entry
from bot.errors import ClaimHeld, DuplicateKey
from bot.factory import open_ledger
from bot.ports import Ledger
from tests.support.drafts import AT, DAY, TRADER, draft, intent, outcome, sample


class Worker:
    """Does one thing after the other, and knows which intents of its own have no outcome yet."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._begun: list[int] = []

    async def do(self, task: str, what: int) -> list[str] | str:
        """Return the hashes of what was appended, or why nothing was."""
        try:
            return [entry.hash for entry in await self._append(task, what)]
        except (DuplicateKey, ClaimHeld) as error:
            return type(error).__name__

    async def _append(self, task: str, what: int) -> tuple[Entry, ...]:
        match task:
            case "append":
                return await self._ledger.append(*(draft(BotStopped(reason=str(n))) for n in range(what + 1)))
            case "key":
                return await self._ledger.append(draft(BotStopped(reason="keyed"), key=f"key {what}"))
            case "claim":
                (begun,) = await self._ledger.append(intent(claim=f"claim {what}", at=AT + timedelta(seconds=what)))
                self._begun.append(begun.seq)
                return (begun,)
            case "finish" if self._begun:
                return await self._ledger.append(outcome(self._begun.pop()))
            case "samples":
                await self._ledger.store_samples(TRADER, DAY, [sample(what), sample(what + 1)])
            case "seal":
                sealed = await self._ledger.seal_samples(AT, TRADER, DAY)
                return (sealed,) if sealed else ()
        return ()


async def main() -> None:
    """Serve orders until the input ends: a ledger and its tasks; "go" lets them begin."""
    for line in sys.stdin:
        order: dict[str, Any] = json.loads(line)
        ledger = await open_ledger(ledger_address(order["ledger"]))
        print("ready", flush=True)  # noqa: T201 - it is what it answers with
        sys.stdin.readline()
        worker = Worker(ledger)
        done = [await worker.do(task, what) for task, what in order["tasks"]]
        await ledger.close()
        print(json.dumps(done), flush=True)  # noqa: T201 - see above


if __name__ == "__main__":
    asyncio.run(main())
