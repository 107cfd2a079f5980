"""Facts wait for a ledger that is away: in order, each once, and not more of them than memory has room for."""

import pytest

from bot.domain.entry import BotStopped, Draft, MessageQueued
from bot.services import untold as room
from bot.services.untold import Untold
from tests.support.clock import ManualClock
from tests.support.drafts import AT, draft, queued
from tests.support.fakes import FickleLedger


async def stored() -> bool:
    """Have nothing to store before a fact."""
    return True


def fact(name: str) -> tuple[Draft, Draft]:
    """Return a fact and the message that tells of it."""
    return draft(BotStopped(reason=name)), queued(name)


def told(ledger: FickleLedger) -> list[str]:
    """Return the keys of the messages on record."""
    return [body.announcement.key for body in ledger.of_kind("message_queued") if isinstance(body, MessageQueued)]


async def test_what_waits_is_recorded_in_order_once_the_ledger_is_back() -> None:
    """Each fact with its message; what is on record already is passed over."""
    ledger = FickleLedger()
    untold = Untold(ledger, ManualClock(AT), stored)
    ledger.away = True
    for name in "aab":
        untold.put(*fact(name))
    assert not await untold.record()
    ledger.away = False
    assert await untold.record()
    assert told(ledger) == ["a", "b"]


async def test_too_many_facts_are_said_to_be_lost(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Memory is bounded; those that came first are kept, for they tell how it began."""
    monkeypatch.setattr(room, "_MOST_KEPT", 2)
    ledger = FickleLedger()
    untold = Untold(ledger, ManualClock(AT), stored)
    for name in "abc":
        untold.put(*fact(name))
    assert "the ledger has been away too long: a bot_stopped of nifty-orb is not recorded" in caplog.text
    assert await untold.record()
    assert told(ledger) == ["a", "b"]
