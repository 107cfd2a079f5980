"""Whatever is asked, killed, lost and mended, in any order: nothing is lost, nothing is said twice, nothing stays open.

Hypothesis drives a bot in memory on a clock that it moves by hand. BURNIN_STATEFUL_EXAMPLES and BURNIN_STATEFUL_STEPS
make the run as long as wanted.
"""

import asyncio
import os
from collections import Counter
from collections.abc import Coroutine
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

import bot.services.gate
import commands.close
from bot.domain.clearance import clearance_standing
from bot.domain.entry import CommandFinished, Draft, Entry, MessageQueued
from bot.domain.evidence import SelfTestRun
from bot.domain.folds import day_records
from bot.domain.notice import WITH_A_FILE, Announcement, Placement
from bot.domain.people import Actor, Role
from bot.domain.policy import Policy
from bot.domain.standing import DayVoided, StreakCounted, VoidRefused, VoidRequested
from bot.domain.streak import streak
from bot.domain.void import void_marks, void_requests
from bot.errors import LedgerBroken, TraderUnreachable
from bot.slack.cards import render
from commands.registry import load_commands
from tests.support.clock import ThreadlessClock
from tests.support.evidence import OPENS, clean_self_test
from tests.support.fakes import ASHA, FickleLedger, ListCalendar, World, sessions, world
from tests.support.inline_executor import InlineExecutor
from tests.support.mortal import LASTING, PASSING, FaultyChannel, MortalBot
from tests.support.recounted import recounted

EXAMPLES = int(os.environ.get("BURNIN_STATEFUL_EXAMPLES", "20"))
STEPS = int(os.environ.get("BURNIN_STATEFUL_STEPS", "30"))
LINES = ("drill", "drill", "drill", "flatten", "close", "reconcile")
PEOPLE = (ASHA, Actor(kind="slack", id="U02", name="Ben"), Actor(kind="slack", id="U03", name="Cara"))
VOID_EXPIRES = 60.0  # seconds
ASKED = ("scrape", "ready", "paper_mode", "flatten", "positions")
CALLS = st.none() | st.integers(1, 60)
TIMES = st.sampled_from((1, 1, 2))
WAITS = (0.02, 0.2, 1.0, 3.0, 10.0)  # seconds
SESSION_SECONDS, APART = 40.0, 80.0
POLICY = Policy.model_validate(
    {"scrape_interval": "5s", "max_gap": "10s", "excluded": {"alerts": "no Prometheus here"}, "drill_rise_within": "2s"}
)
SCRIPT_TAKES = 1.5  # seconds; a script outlives the bot that started it
MENDED_WITHIN = 300.0  # seconds from when everything is well again to when nothing is left to be done


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
        self.judged = 0  # of what is recorded, how much the clearance was held to
        self.room = self._room()
        self.channel = FaultyChannel(self.clock)
        self.bot: MortalBot | None = None
        self.start(None, True, 10.0, 0.0)

    def _room(self) -> World:
        days = sessions(200, seconds=SESSION_SECONDS, apart=APART)
        room = world(self.clock, ListCalendar(days), policy=POLICY)
        room.desk = replace(room.desk, void_expires=timedelta(seconds=VOID_EXPIRES))
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
    @rule(calls=CALLS, before=st.booleans(), seconds=st.sampled_from(WAITS), away=st.sampled_from((0.0, 0.0, 20.0)))
    def start(self, calls: int | None, before: bool, seconds: float, away: float) -> None:
        """Start a bot, and perhaps kill it at one of its first calls; its trader may be away for a while."""
        self.bot = MortalBot(self.room, self.channel, load_commands())
        self.bot.life.calls_left, self.bot.life.dies_before = calls, before
        trouble = TraderUnreachable("No answer.")
        self.room.trader.trouble = dict.fromkeys(ASKED, trouble) if away else {}
        self._do(self._begin(self.bot, away + seconds))
        self.room.trader.trouble = {}

    async def _begin(self, bot: MortalBot, seconds: float) -> None:
        """Begin; without a ledger a bot ends at once."""
        try:
            await bot.start()
        except (LedgerBroken, asyncio.CancelledError):
            bot.life.dead = True
        await self.clock.advance(seconds)

    @precondition(lambda self: self.bot is not None)
    @rule(line=st.sampled_from(LINES), times=TIMES, seconds=st.sampled_from(WAITS), calls=CALLS, before=st.booleans())
    def ask(self, line: str, times: int, seconds: float, calls: int | None, before: bool) -> None:
        """Ask for something, delivered once or twice, and wait; the bot is perhaps killed at one of its next calls."""
        assert self.bot is not None
        self.requests += 1
        self.bot.life.calls_left, self.bot.life.dies_before = calls, before
        self._do(self._asked(self.bot, line, times, seconds))

    async def _asked(self, bot: MortalBot, line: str, times: int, seconds: float) -> None:
        for _ in range(times):
            bot.ask(line, f"r{self.requests}")
        await self.clock.advance(seconds)

    @precondition(lambda self: self.bot is not None)
    @rule(
        line=st.sampled_from(("void", "void yesterday", "approve", "approve", "decline", "signoff")),
        who=st.sampled_from(PEOPLE),
        beside=st.none() | st.sampled_from(("approve", "decline", "close")),
        seconds=st.sampled_from(WAITS),
        calls=CALLS,
    )
    def void(self, line: str, who: Actor, beside: str | None, seconds: float, calls: int | None) -> None:
        """Have a day asked to be void, or the last request answered, perhaps while somebody else does something too."""
        assert self.bot is not None
        self.bot.life.calls_left, self.bot.life.dies_before = calls, True
        others = [(beside, PEOPLE[2])] if beside else []
        self._do(self._answered(self.bot, [(line, who), *others], seconds))

    async def _answered(self, bot: MortalBot, lines: list[tuple[str, Actor]], seconds: float) -> None:
        requests = [entry.body.request for entry in self.recorded if isinstance(entry.body, VoidRequested)]
        for line, who in lines:
            self.requests += 1
            number = f" {requests[-1]}" if requests and line in ("approve", "decline") else ""
            reason = " --reason an outage" if line.startswith("void") else ""
            bot.ask(f"{line}{number}{reason}", f"r{self.requests}", who, Role.APPROVER)
        await self.clock.advance(seconds)

    @precondition(lambda self: self.bot is not None)
    @rule(killed=st.booleans())
    def end(self, killed: bool) -> None:
        """Kill the bot where it stands, or ask it to stop."""
        assert self.bot is not None
        self.bot.life.dead = killed
        self._do(self.bot.drain())

    @rule(seconds=st.none() | st.sampled_from(WAITS))
    def wait(self, seconds: float | None) -> None:
        """Let time pass, or a session open or come to its end."""
        into = (self.clock.now() - OPENS).total_seconds() % APART
        edge = (SESSION_SECONDS if into < SESSION_SECONDS else APART) - into + 3.0
        self._do(self.clock.advance(edge if seconds is None else seconds))

    @rule(faults=st.lists(st.sampled_from(PASSING), min_size=1, max_size=4), outage=st.sampled_from(("", "", *LASTING)))
    def slack_fails(self, faults: list[str], outage: str) -> None:
        """Let the next calls to Slack go wrong, and perhaps all after them; or let those go well again."""
        self.channel.faults.extend(faults)
        self.channel.outage = outage

    @rule(seconds=st.sampled_from((0.0, *WAITS)), answers_lost=st.integers(0, 3))
    def ledger_fails(self, seconds: float, answers_lost: int) -> None:
        """Take the ledger away for a while; then some appends are written without an answer."""
        self.ledger.away = seconds > 0
        self._do(self.clock.advance(seconds))
        self.ledger.away, self.ledger.answers_lost = False, answers_lost

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

    @invariant()
    def void_takes_two(self) -> None:
        """Nobody approved what they asked for, in time and once a request; who was asked first is who approves none."""
        asked = {e.body.request: e for e in self.recorded if isinstance(e.body, VoidRequested)}
        answers = Counter(e.body.request for e in self.recorded if isinstance(e.body, DayVoided | VoidRefused))
        assert not [request for request, count in answers.items() if count > 1]
        void = Counter(entry.day for entry in self.recorded if isinstance(entry.body, DayVoided))
        assert not [day for day, count in void.items() if count > 1]
        for entry in self.recorded:
            if isinstance(entry.body, DayVoided):
                request = asked[entry.body.request]
                assert entry.actor != request.actor == entry.body.asked_by
                assert entry.day == request.day
                assert entry.at < request.body.expires_at  # type: ignore[union-attr]

    @invariant()
    def a_clearance_stands_on_what_counts(self) -> None:
        """After every append of what moves the streak: no clearance stands where the streak does not clear."""
        for number in range(self.judged, len(self.recorded)):
            if isinstance(self.recorded[number].body, StreakCounted):
                self._hold_the_clearance(self.recorded[: number + 1])
        self.judged = len(self.recorded)

    def _hold_the_clearance(self, entries: list[Entry]) -> None:
        counted = streak(day_records(entries), POLICY, void_marks(entries))
        standing = clearance_standing(entries)
        assert standing is None or counted.cleared
        assert standing is None or not set(standing.streak.days) & void_marks(entries).keys()

    @invariant()
    def nothing_recorded_is_called_rewritten(self) -> None:
        """What the program itself counted, whatever happened to it, is what a recount gives."""
        assert not recounted(self.recorded)

    def teardown(self) -> None:
        """Mend everything, and see that everything comes to its end."""
        try:
            self._mend()
            self._see_the_end()
        finally:
            self._end()

    def _mend(self) -> None:
        self.ledger.answers_lost = 0
        self.channel.outage = ""
        self.channel.faults.clear()
        if self.bot is not None:
            self.bot.life.calls_left = None
        else:
            self.start(None, True, 0.0, 0.0)
        for _ in range(round(MENDED_WITHIN / 10)):
            self._do(self.clock.advance(10.0))
            if self._is_quiet():
                break
        self.nothing_recorded_is_lost()
        self.nothing_happens_twice()
        self.void_takes_two()
        self.a_clearance_stands_on_what_counts()

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
        self._see_every_request_answered()
        queued = [e.body.announcement for e in self.recorded if isinstance(e.body, MessageQueued)]
        said = {message.key: message for message in self.channel.messages}
        elsewhere = (Placement.EDIT, Placement.ROOT)
        shown = [each for each in queued if not isinstance(each.notice, WITH_A_FILE)]  # which have a lane of their own
        posts = [each.key for each in shown if each.placement not in elsewhere]
        stood = [message.key for message in self.channel.messages if message.key in set(posts)]
        assert stood == posts
        assert {each.key for each in queued if each.placement is Placement.ROOT} <= said.keys()
        for each in queued:
            if each.placement is Placement.EDIT and each.edits in said:
                assert said[each.edits].text == render(each.notice, each.trader).text
        assert not [key for key in said if key.startswith("progress:") and f"{key}:ended" not in self._keys(queued)]

    def _see_every_request_answered(self) -> None:
        """What nobody answered has expired by now: more time has passed."""
        due = self.clock.now() - timedelta(seconds=10)
        requests = void_requests(self.recorded)
        assert not [each.number for each in requests if each.answer is None and each.expires_at < due]

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
