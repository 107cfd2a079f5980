"""Appends that wait at the same moment share one commit, and nothing else."""

import asyncio

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


async def test_an_append_that_is_given_up_before_it_began_is_not_made(ledger: Ledger) -> None:
    """Not with the next one either, and nobody waits for it."""
    asked = [asyncio.create_task(ledger.append(draft(BotStopped(reason=str(n))))) for n in range(250)]
    await asyncio.sleep(0)
    for given_up in asked[20:240]:
        given_up.cancel()
    done = await asyncio.gather(*asked, return_exceptions=True)
    appended = [entry for each in done if isinstance(each, tuple) for entry in each]
    assert len(appended) >= 30
    await ledger.head()
    assert [entry for entry in await ledger.entries() if entry in appended] == appended
    assert len(await ledger.entries()) <= len(appended) + 100  # what had begun is made to its end
