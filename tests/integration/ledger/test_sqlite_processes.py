"""The command line works beside a running bot: several processes append to one file."""

import asyncio
import subprocess
import sys
from collections import Counter
from pathlib import Path

from bot.adapters.sqlite_ledger import SqliteLedger
from bot.domain.entry import BotStopped, CommandStarted

_ROOT = Path(__file__).parents[3]
_WRITER = """
import asyncio, sys
from datetime import date
from pathlib import Path
from bot.adapters.sqlite_ledger import SqliteLedger
from bot.domain.entry import BotStopped
from bot.errors import ClaimHeld, DuplicateKey
from tests.support.drafts import DAY, draft, intent, sample

async def main(path, name, count):
    ledger = await SqliteLedger.open(Path(path))
    won = 0
    for number in range(int(count)):
        await ledger.append(draft(BotStopped(reason=f"{name} {number}")))
        if number % 25 == 0:
            await ledger.store_samples(name, DAY, [sample(number)])
            try:
                await ledger.append(draft(BotStopped(reason="race"), key=f"race {number}"))
                won += 1
            except DuplicateKey:
                pass
    try:
        await ledger.append(intent(claim="drill:nifty-orb"))
        won += 1
    except ClaimHeld:
        pass
    await ledger.close()
    print(won)

asyncio.run(main(*sys.argv[1:]))
"""


def _writers(path: Path, names: str, count: int) -> list[int]:
    """Let a process for each name write at once, and return how many races each has won."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(path), name, str(count)],
            cwd=_ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for name in names
    ]
    done = [process.communicate(timeout=100) for process in processes]
    assert [error for _, error in done] == [""] * len(names)
    return [int(out) for out, _ in done]


async def test_processes_append_side_by_side(tmp_path: Path) -> None:
    """From the making of the file on: no entry is lost, none doubled, one process wins each race, the chain holds."""
    path, names, count = tmp_path / "burnin.db", "abc", 200
    won = await asyncio.to_thread(_writers, path, names, count)
    ledger = await SqliteLedger.open(path)
    entries = await ledger.entries()
    reasons = Counter(entry.body.reason for entry in entries if isinstance(entry.body, BotStopped))
    assert reasons.pop("race") == count // 25
    assert reasons == Counter(f"{name} {number}" for name in names for number in range(count))
    claims = [entry for entry in entries if isinstance(entry.body, CommandStarted)]
    assert (len(claims), sum(won)) == (1, count // 25 + 1)
    assert (await ledger.verify()).entries == len(entries) == len(names) * count + count // 25 + 1
    await ledger.close()
