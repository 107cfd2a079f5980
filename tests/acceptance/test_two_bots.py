"""Two bots on one ledger: one leads, and when it dies, is stopped or cut off, the other goes on where it was."""

import asyncio
import os
import random
import signal
import sys
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from bot.domain.entry import BotStarted, MessageQueued
from bot.domain.sample import Source
from bot.sandbox.configuration import TRADER
from tests.support.recounted import recounted
from tests.support.two_bots import CLOCK, OneBot, TwoBots, two_bots

ROUNDS = int(os.environ.get("BURNIN_TAKEOVER_ROUNDS", "4"))
SEED = int(os.environ.get("BURNIN_TAKEOVER_SEED", "0")) or random.SystemRandom().randrange(1, 10**6)
ACTS_WITHIN = timedelta(seconds=5)
SAID_WITHIN = 60.0  # seconds
AWAY = 4.0  # seconds without the database: longer than a lease lasts
STOPS_WITHIN = 50.0  # seconds; config/compose.yaml gives a bot a minute

pytestmark = pytest.mark.timeout(120 + 30 * ROUNDS)

Harm = Callable[[OneBot], Awaitable[datetime]]
Undo = Callable[[OneBot], Awaitable[None]]


async def _kill(bot: OneBot) -> datetime:
    began = CLOCK.now()
    await bot.process.kill()
    return began


async def _stop(bot: OneBot) -> datetime:
    bot.send(signal.SIGSTOP)
    return CLOCK.now()


async def _cut(bot: OneBot) -> datetime:
    bot.ledger.cut()
    return CLOCK.now()


async def _end(bot: OneBot) -> datetime:
    bot.send(signal.SIGTERM)
    assert await bot.running.wait() == 0, bot.process.last_words()
    return CLOCK.now()


async def _start(bot: OneBot) -> None:
    await bot.process.start()


async def _wake(bot: OneBot) -> None:
    bot.send(signal.SIGCONT)


async def _mend(bot: OneBot) -> None:
    bot.ledger.mend()


HARMS: tuple[tuple[Harm, Undo], ...] = ((_stop, _wake), (_kill, _start), (_cut, _mend), (_end, _start))


async def test_a_leader_that_is_gone_is_replaced(folder: Path) -> None:
    """Another bot acts within seconds; nothing is said twice or lost, and a leader that comes back only stands by."""
    chance = random.Random(SEED)  # noqa: S311 - any will do, if it can be had again
    tell(f"\n{ROUNDS} rounds, seed {SEED} (BURNIN_TAKEOVER_SEED)")
    took: list[timedelta] = []
    async with two_bots(folder) as pair:
        for number in range(ROUNDS):
            harm, undo = HARMS[number % len(HARMS)]
            took.append(await _round(pair, f"round:{number}", harm, undo, chance))
            tell(f"{number + 1}: {harm.__name__.strip('_')}, the other acted after {took[-1].total_seconds():.2f} s")
            hold_one_acts_at_a_time(pair)
        await _all_said(pair)
        await hold_nothing_lost(pair, starts=ROUNDS + 1)
    mean = sum(took, timedelta()) / len(took)
    tell(f"acted after {mean.total_seconds():.2f} s on average, {max(took).total_seconds():.2f} s at most")
    assert max(took) < ACTS_WITHIN


async def test_a_restart_of_the_database_deposes_nobody(folder: Path) -> None:
    """The leader goes on under its number and stores what it read; asked to stop without it, both end with 0."""
    async with two_bots(folder) as pair:
        leader, other = await pair.leader()
        standing = await leader.standing()
        await pair.queue("before:1", "before:2")
        await pair.stop_database()
        await asyncio.sleep(AWAY)
        await pair.start_database()
        await pair.queue("after")
        await leader.leads()
        await _all_said(pair)
        assert (await leader.standing(), await other.standing()) == (standing, "standby")
        await hold_nothing_lost(pair, starts=1)
        hold_one_acts_at_a_time(pair)
        samples = await pair.ledger.samples(TRADER, pair.session.date)
        seen = [sample.at for sample in samples if sample.source is Source.BOT]
        assert max(later - earlier for earlier, later in pairwise(seen)) < timedelta(seconds=AWAY)
        await pair.stop_database()
        for bot in (other, leader):
            bot.send(signal.SIGTERM)
            assert await asyncio.wait_for(bot.running.wait(), STOPS_WITHIN) == 0, bot.process.last_words()


async def _round(pair: TwoBots, key: str, harm: Harm, undo: Undo, chance: random.Random) -> timedelta:
    """Harm the leader while it has something to say; return when the other one read the trader in its place."""
    leader, other = await pair.leader()
    before = (await pair.ledger.head()).seq
    await pair.queue(f"{key}:1", f"{key}:2")
    await asyncio.sleep(chance.uniform(0.0, 1.0))
    began = await harm(leader)
    await other.leads()
    await pair.queue(f"{key}:3")
    acted = await _acted(pair, other, before)
    await asyncio.sleep(chance.uniform(0.0, 0.5))
    process = leader.running.pid
    await undo(leader)
    await leader.stands_by()
    assert harm not in (_stop, _cut) or leader.running.pid == process, "it ended, and did not begin anew by itself"
    return acted - began


async def _acted(pair: TwoBots, bot: OneBot, behind: int) -> datetime:
    """Wait until a bot has stored what it has read in the other one's place, and return when it began to read."""
    async with asyncio.timeout(SAID_WITHIN):
        while (first := pair.first_read(bot.name, behind)) is None:  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.05)
    return first


async def _all_said(pair: TwoBots) -> None:
    try:
        async with asyncio.timeout(SAID_WITHIN):
            while await pair.ledger.unsent():  # noqa: ASYNC110 - another process's ledger
                await asyncio.sleep(0.1)
    except TimeoutError:
        leader, _ = await pair.leader()
        waiting = [entry.key for entry in await pair.ledger.unsent()]
        raise AssertionError(f"{waiting} wait. {leader.name}: {leader.process.last_words()}") from None


async def hold_nothing_lost(pair: TwoBots, starts: int) -> None:
    """The chain is whole, the leases' numbers go up, what was queued is said exactly once, and each hole is filled."""
    found = await pair.ledger.verify()
    assert found.broken_at is None, found.problem
    entries = await pair.ledger.entries()
    assert not recounted(entries)
    epochs = [entry.body.epoch for entry in entries if isinstance(entry.body, BotStarted)]
    assert epochs == sorted(set(epochs))
    assert len(epochs) >= starts
    said = pair.said()
    assert not (twice := {key: times for key, times in said.items() if times > 1}), f"said more than once: {twice}"
    queued = {entry.body.announcement.key for entry in entries if isinstance(entry.body, MessageQueued)}
    assert not (missing := queued - set(said)), f"never said: {missing}"
    holes = [text for text in pair.told("returned:") if " ms of the session" not in text]
    assert not (unfilled := [text for text in holes if "Prometheus filled" not in text]), unfilled


def hold_one_acts_at_a_time(pair: TwoBots) -> None:
    """Between one bot's start and the next one's nobody else writes a row or says a word."""
    reigns: list[tuple[datetime, str]] = []
    for who, kind, behind, at in pair.written():
        if kind == "bot_started":
            reigns.append((at, who))
        leader = reigns[-1][1] if reigns else "nobody"
        assert who in (leader, "test"), f"{who} wrote {kind} behind entry {behind} at {at}, when {leader} led"
    for bot in pair.bots:
        for at, what in bot.slack.heard:
            leader = next((who for begin, who in reversed(reigns) if begin <= at), "nobody")
            assert leader == bot.name, f"{bot.name} sent {what!r} at {at}, when {leader} led"


def tell(text: str) -> None:
    """Print what a person who runs many rounds wants to see."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
