"""Whatever is asked, killed, lost and mended, in any order: nothing is lost, nothing is said twice, nothing stays open.

Hypothesis drives a bot in memory on a clock that it moves by hand. BURNIN_STATEFUL_EXAMPLES and BURNIN_STATEFUL_STEPS
make the run as long as wanted.
"""

import asyncio
import os
from collections import Counter
from collections.abc import Coroutine
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

import bot.services.gate
import commands.close
from bot.domain.entry import CommandFinished, Draft, Entry, MessageQueued
from bot.domain.evidence import SelfTestRun
from bot.domain.notice import Announcement, Placement
from bot.domain.policy import Policy
from bot.errors import LedgerBroken, TraderUnreachable
from bot.slack.cards import render
from commands.registry import load_commands
from tests.support.clock import ThreadlessClock
from tests.support.evidence import OPENS, clean_self_test
from tests.support.fakes import FickleLedger, ListCalendar, World, sessions, world
from tests.support.inline_executor import InlineExecutor
from tests.support.mortal import LASTING, PASSING, FaultyChannel, MortalBot

EXAMPLES = int(os.environ.get("BURNIN_STATEFUL_EXAMPLES", "20"))
STEPS = int(os.environ.get("BURNIN_STATEFUL_STEPS", "30"))
LINES = ("drill", "drill", "flatten", "close", "reconcile", "status")
WAITS = (0.02, 0.2, 1.0, 3.0, 10.0)  # seconds
SESSION_SECONDS, APART = 120.0, 240.0
POLICY = Policy.model_validate(
    {"scrape_interval": "5s", "max_gap": "10s", "excluded": {"alerts": "no Prometheus here"}, "drill_rise_within": "2s"}
)
SCRIPT_TAKES = 1.5  # seconds; a script outlives the bot that started it
MENDED_WITHIN = 400.0  # seconds from when everything is well again to when nothing is left to be done


class LossyLedger(FickleLedger):
    """A ledger that may take an append and not come to say so."""

    def __init__(self) -> None:
        super().__init__()
        self.answers_lost = 0

    async def append(self, *drafts: Draft) -> tuple[Entry, ...]:
        """Append, and perhaps lose the answer."""
        appended = await super().append(*drafts)
        if self.answers_lost:
            self.answers_lost -= 1
            raise LedgerBroken("The connection broke.")
        return appended


class BurninMachine(RuleBasedStateMachine):
    """A bot, its people, its trader, its Slack and its ledger."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.loop.set_default_executor(InlineExecutor())
        self.clock = ThreadlessClock(OPENS - timedelta(seconds=5))
        self.requests = 0
        self.scripts: set[asyncio.Task[None]] = set()
        self.recorded: list[Entry] = []
        self.room = self._room()
        self.channel = FaultyChannel(self.clock)
        self.bot: MortalBot | None = None
        self.start()
        self.wait(10.0)

    def _room(self) -> World:
        days = sessions(60, seconds=SESSION_SECONDS, apart=APART)
        room = world(self.clock, ListCalendar(days), policy=POLICY)
        self.ledger = LossyLedger()
        room.ledger = self.ledger
        room.runner.effects["inject_plan"] = self._inject
        return room

    async def _inject(self) -> None:
        """Start a script; it goes on where the bot is killed, and is ended where the bot is cut off alive."""

        async def run() -> None:
            await self.clock.sleep(SCRIPT_TAKES)
            self.room.trader.take_plan()
            self.room.book.take_plan()

        task = asyncio.create_task(run(), name="a script")
        self.scripts.add(task)
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            if self.bot is not None and not self.bot.life.dead:
                task.cancel()
            raise

    def _do(self, work: Coroutine[Any, Any, Any]) -> None:
        self.loop.run_until_complete(work)
        if self.bot is not None and self.bot.life.dead:
            self.loop.run_until_complete(self._bury())

    async def _bury(self) -> None:
        """End what a dead bot still had in memory."""
        self.bot = None
        while left := asyncio.all_tasks() - self.scripts - {asyncio.current_task()}:
            for task in left:
                task.cancel()
            await asyncio.wait(left)

    @precondition(lambda self: self.bot is None)
    @rule()
    def start(self) -> None:
        """Start a bot where none runs; where the ledger is away it does not come far."""
        self.bot = MortalBot(self.room, self.channel, load_commands())

        async def begin(bot: MortalBot) -> None:
            try:
                await bot.start()
            except LedgerBroken:
                bot.life.dead = True

        self._do(begin(self.bot))

    @precondition(lambda self: self.bot is not None)
    @rule(line=st.sampled_from(LINES), again=st.booleans(), seconds=st.sampled_from(WAITS))
    def ask(self, line: str, again: bool, seconds: float) -> None:
        """Ask for something, and wait a little; Slack may deliver it twice."""
        self.requests += 1

        async def asking(bot: MortalBot) -> None:
            for _ in range(2 if again else 1):
                bot.ask(line, f"r{self.requests}")
            await self.clock.advance(seconds)

        assert self.bot is not None
        self._do(asking(self.bot))

    @rule(seconds=st.sampled_from(WAITS))
    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self._do(self.clock.advance(seconds))

    @rule()
    def wait_for_the_next_edge(self) -> None:
        """Let a session open, or come to its end."""
        into = (self.clock.now() - OPENS).total_seconds() % APART
        self._do(self.clock.advance((SESSION_SECONDS if into < SESSION_SECONDS else APART) - into + 3.0))

    @precondition(lambda self: self.bot is not None)
    @rule(calls=st.integers(1, 60), before=st.booleans(), line=st.sampled_from(LINES))
    def kill_at_a_call(self, calls: int, before: bool, line: str) -> None:
        """Ask for something, and kill the bot at one of its next calls: before it is made, or before its answer."""
        assert self.bot is not None
        self.bot.life.calls_left, self.bot.life.dies_before = calls, before
        self.ask(line, False, 5.0)

    @precondition(lambda self: self.bot is not None)
    @rule()
    def kill(self) -> None:
        """Kill the bot where it stands."""
        assert self.bot is not None
        self.bot.life.dead = True
        self._do(asyncio.sleep(0))

    @precondition(lambda self: self.bot is not None)
    @rule()
    def stop(self) -> None:
        """Ask the bot to stop."""
        assert self.bot is not None
        self._do(self.bot.drain())

    @precondition(lambda self: self.bot is None)
    @rule()
    def trader_goes_away(self) -> None:
        """Let the trader be away at the next start."""
        away = TraderUnreachable("No answer.")
        self.room.trader.trouble = dict.fromkeys(("scrape", "ready", "paper_mode", "flatten", "positions"), away)

    @rule()
    def trader_comes_back(self) -> None:
        """Have the trader answer again."""
        self.room.trader.trouble = {}

    @rule(faults=st.lists(st.sampled_from(PASSING), min_size=1, max_size=4), outage=st.sampled_from(("", "", *LASTING)))
    def slack_fails(self, faults: list[str], outage: str) -> None:
        """Let the next calls to Slack go wrong, and perhaps all after them; or let them go well again."""
        self.channel.faults.extend(faults)
        self.channel.outage = outage

    @rule(away=st.booleans(), answers_lost=st.integers(0, 3))
    def ledger_fails(self, away: bool, answers_lost: int) -> None:
        """Take the ledger away, or bring it back; its next appends may be written without an answer."""
        self.ledger.away, self.ledger.answers_lost = away, answers_lost

    @invariant()
    def nothing_recorded_is_lost(self) -> None:
        """What stood in the ledger stands there still, in the same place."""
        assert self.ledger.chain[: len(self.recorded)] == self.recorded
        self.recorded = list(self.ledger.chain)

    @invariant()
    def nothing_happens_twice(self) -> None:
        """An outcome an intent, a close a day, a message a key."""
        outcomes = Counter(e.body.started for e in self.recorded if isinstance(e.body, CommandFinished))
        assert not [started for started, count in outcomes.items() if count > 1]
        closed = Counter(entry.day for entry in self.recorded if entry.body.kind == "day_closed")
        assert not [day for day, count in closed.items() if count > 1]
        said = Counter(message.key for message in self.channel.messages)
        assert not [key for key, count in said.items() if count > 1]

    def teardown(self) -> None:
        """Mend everything, and see that everything comes to its end."""
        try:
            self._mend()
            self._see_the_end()
        finally:
            self._end()

    def _mend(self) -> None:
        self.ledger.away, self.ledger.answers_lost = False, 0
        self.room.trader.trouble = {}
        self.channel.outage = ""
        self.channel.faults.clear()
        if self.bot is not None:
            self.bot.life.calls_left = None
        else:
            self.start()
        for _ in range(round(MENDED_WITHIN / 10)):
            self._do(self.clock.advance(10.0))
            if self._is_quiet():
                break
        self.nothing_recorded_is_lost()
        self.nothing_happens_twice()

    def _is_quiet(self) -> bool:
        assert self.bot is not None
        ledger, now = self.ledger, self.clock.now()
        left = self.loop.run_until_complete(ledger.dangling(now)) or self.loop.run_until_complete(ledger.unsent())
        return not left and all(task.done() for task in (*self.bot.asked, *self.scripts)) and not self.room.trader.held

    def _see_the_end(self) -> None:
        ledger = self.ledger
        assert self.loop.run_until_complete(ledger.verify()).broken_at is None
        intents = {e.seq for e in self.recorded if e.body.kind == "command_started"}
        assert intents == {e.body.started for e in self.recorded if isinstance(e.body, CommandFinished)}
        assert self.room.trader.held == 0
        queued = [e.body.announcement for e in self.recorded if isinstance(e.body, MessageQueued)]
        said = {message.key: message for message in self.channel.messages}
        posts = [each.key for each in queued if each.placement not in (Placement.EDIT, Placement.ROOT)]
        stood = [message.key for message in self.channel.messages if message.key in set(posts)]
        assert stood == posts
        assert {each.key for each in queued if each.placement is Placement.ROOT} <= said.keys()
        for each in queued:
            if each.placement is Placement.EDIT and each.edits in said:
                assert said[each.edits].text == render(each.notice, each.trader).text
        assert not [key for key in said if key.startswith("progress:") and f"{key}:ended" not in self._keys(queued)]

    @staticmethod
    def _keys(queued: list[Announcement]) -> set[str]:
        return {each.key for each in queued}

    def _end(self) -> None:
        self.scripts.clear()
        self.loop.run_until_complete(self._bury())
        self.loop.close()


@pytest.fixture(autouse=True)
def quick_self_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spare each close the many days that the real self-test judges."""

    async def tested(*_: object) -> SelfTestRun:
        return clean_self_test()

    monkeypatch.setattr(commands.close, "self_test", tested)
    monkeypatch.setattr(bot.services.gate, "self_test", tested)


@pytest.mark.timeout(120 + 2 * EXAMPLES)
class TestBurnin(BurninMachine.TestCase):  # type: ignore[misc, name-defined]
    """Whatever happens in whatever order."""

    settings = settings(
        max_examples=EXAMPLES,
        stateful_step_count=STEPS,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
