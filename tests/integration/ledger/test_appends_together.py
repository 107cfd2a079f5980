"""Appends that wait at the same moment share one commit, and nothing else."""

import asyncio
import threading

import pytest

from bot.adapters.threaded_ledger import ThreadedLedger
from bot.domain.entry import BotStopped
from bot.errors import ClaimHeld, DuplicateKey
from bot.ports import Ledger
from tests.support.drafts import draft, intent


async def test_what_is_appended_at_once_is_each_kept_or_refused_as_a_whole(ledger: Ledger) -> None:
    """Many who ask at one moment are served in order; what is refused leaves nothing, and takes no other with it."""
    asked = [
        ledger.append(draft(BotStopped(reason="a"), key="a")),
        ledger.append(draft(BotStopped(reason="b"), key="b"), draft(BotStopped(reason="again"), key="a")),
        ledger.append(intent(claim="drill:nifty-orb")),
        ledger.append(intent(claim="drill:nifty-orb")),
        ledger.append(draft(BotStopped(reason="c"), key="b")),
        ledger.append(),
    ]
    first, second, third, fourth, fifth, nothing = await asyncio.gather(*asked, return_exceptions=True)
    assert isinstance(second, DuplicateKey)
    assert isinstance(fourth, ClaimHeld)
    assert nothing == ()
    assert [entry.seq for each in (first, third, fifth) for entry in each] == [1, 2, 3]
    assert await ledger.entries() == (*first, *third, *fifth)
    assert (await ledger.verify()).broken_at is None


@pytest.mark.parametrize("ledger", ["sqlite", "postgres"], indirect=True)
async def test_an_append_that_is_given_up_before_it_began_is_not_made(ledger: ThreadedLedger) -> None:
    """Not with the next one either, and nobody waits for it."""
    go_on = threading.Event()
    writer = asyncio.create_task(ledger._write(lambda _: go_on.wait(60)))  # so that none of them can begin
    asked = [asyncio.create_task(ledger.append(draft(BotStopped(reason=str(n))))) for n in range(250)]
    await asyncio.sleep(0)
    for given_up in asked[20:240]:
        given_up.cancel()
    await asyncio.wait(asked[20:240], timeout=60)
    assert all(task.cancelled() for task in asked[20:240])
    assert not any(task.done() for task in asked[:20] + asked[240:])
    go_on.set()
    assert await writer
    appended = [entry for (entry,) in await asyncio.gather(*asked[:20], *asked[240:])]
    assert [entry.seq for entry in appended] == list(range(1, 31))
    assert list(await ledger.entries()) == appended


async def test_an_append_that_is_given_up_after_it_began_is_made_to_its_end(ledger: Ledger) -> None:
    """It may have been committed already: who gave it up reads in the ledger whether it was made."""
    asked = [asyncio.create_task(ledger.append(draft(BotStopped(reason=str(n))))) for n in range(250)]
    await asyncio.sleep(0)
    for given_up in asked[20:240]:
        given_up.cancel()
    done = await asyncio.gather(*asked, return_exceptions=True)
    told = [entry for each in done if isinstance(each, tuple) for entry in each]
    assert len(told) >= 30
    made = await ledger.entries()
    assert [entry for entry in made if entry in told] == told
    assert (await ledger.verify()).broken_at is None
