"""The way of every command: intent before action, outcome after, and everything on record."""

import asyncio
from dataclasses import replace
from types import ModuleType

import pytest

from bot.daybook import say
from bot.domain.entry import BotStopped, CommandFinished, Draft, finished_key
from bot.domain.notice import Revoked
from bot.domain.people import BOT, INSIDE, Actor, Origin, Role
from bot.errors import BurninError, LedgerBroken
from bot.meter import NoMeter
from commands.command import Call, Command, CommandOptions, Result
from commands.dispatcher import LONGEST_COMMAND, Dispatcher, Outcome
from commands.registry import load_commands
from tests.support.clock import ManualClock, settle
from tests.support.fakes import ListCalendar, World, finish, request, world

RAVI = Actor(kind="slack", id="U02", name="Ravi")


class Counting(NoMeter):
    """A meter that remembers what it was told."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str]] = []

    def commanded(self, command: str, outcome: str) -> None:
        """Remember a command that ended."""
        self.seen.append((command, outcome))


def doing(name: str, run: object, *, claim: bool = False) -> dict[str, Command]:
    """Return the commands there are, one of them doing something else than usual."""
    commands = dict(load_commands())
    commands[name] = replace(commands[name], run=run, claim=claim)  # type: ignore[arg-type]
    return commands


async def test_the_intent_stands_before_the_action_and_the_outcome_after(desk: World) -> None:
    """Intent, what the command found and said, outcome: in this order, the last three in one transaction."""
    desk.trader.held = 1
    await desk.ask("flatten")
    assert desk.ledger.kinds() == ["command_started", "flatten_measured", "message_queued", "command_finished"]
    started, finished = desk.ledger.of_kind("command_started")[0], desk.ledger.of_kind("command_finished")[0]
    assert (started.command, started.raw, finished.started) == ("flatten", "flatten", 1)
    assert (finished.outcome, finished.verdict, finished.command) == ("done", "PASS", "flatten")
    assert finished.seconds == pytest.approx(0.3, abs=0.06)


async def test_the_intent_is_durable_before_anything_is_asked_of_the_trader(desk: World) -> None:
    """While the command runs its intent is in the ledger, with who, where and until when."""
    desk.trader.takes["paper_mode"] = 1.0
    task = asyncio.create_task(desk.dispatcher.run(request("flatten")))
    await settle()
    assert desk.ledger.kinds() == ["command_started"]
    entry = desk.ledger.chain[0]
    assert (str(entry.actor), entry.origin.channel, entry.trader) == ("Asha", "C01", "orb")
    assert desk.ledger.of_kind("command_started")[0].expires_at == entry.at + LONGEST_COMMAND
    await finish(desk.clock, asyncio.wait_for(task, None))


async def test_evidence_and_outcome_are_one_transaction(desk: World) -> None:
    """Where the outcome cannot be written, the evidence is not there either, and the answer says so."""
    desk.trader.held = 1
    desk.ledger.refuses = lambda draft: LedgerBroken("Disk full.") if draft.body.kind == "command_finished" else None
    outcome = await desk.ask("flatten")
    assert desk.ledger.kinds() == ["command_started"]
    assert (outcome.outcome, outcome.exit_code, outcome.report) == ("failed", 5, None)
    assert "1 position closed" in outcome.message
    assert "does not count. Disk full." in outcome.message


async def test_what_a_front_says_at_the_end_is_recorded_with_it(desk: World) -> None:
    """The last words of a progress message are queued in the transaction of the end, also where it is cut off."""
    ended: list[str] = []

    def last_words(outcome: Outcome) -> tuple[Draft, ...]:
        ended.append(outcome.outcome)
        return (say(Revoked(why="w"), key=f"last {len(ended)}", trader="orb", at=desk.clock.now(), day=None),)

    await finish(desk.clock, desk.dispatcher.run(replace(request("check"), ending=last_words)))
    assert desk.ledger.kinds()[-2:] == ["command_finished", "message_queued"]
    desk.trader.takes["ready"] = 60.0
    cut_off = asyncio.create_task(desk.dispatcher.run(replace(request("drill"), ending=last_words)))
    await settle()
    cut_off.cancel()
    with pytest.raises(asyncio.CancelledError):
        await cut_off
    assert desk.ledger.kinds()[-2:] == ["command_finished", "message_queued"]
    assert ended == ["done", "failed"]


async def test_without_a_ledger_nothing_runs(desk: World) -> None:
    """What cannot be recorded is not done, and the person is told why."""
    desk.ledger.away = True
    outcome = await desk.ask("flatten")
    assert (outcome.outcome, outcome.exit_code, outcome.command) == ("failed", 5, "flatten")
    assert outcome.message == ("Nothing was run, because it could not be recorded. The ledger is away; bring it back.")
    assert desk.trader.asked == []
    assert (await desk.ask("nonsense")).command == "unknown"


@pytest.mark.parametrize(
    ("line", "role", "refusal", "reason"),
    [
        ("drill", Role.VIEWER, "", "role"),
        ("audit", Role.NOBODY, "You are not of this workspace.", "access"),
        ("status", Role.NOBODY, "", "role"),
        ("drill", Role.OPERATOR, "Nothing may be changed from here.", "access"),
        ("drill --qty 0", Role.OPERATOR, "", "usage"),
        ("drill nobody", Role.OPERATOR, "", "usage"),
    ],
)
async def test_refusals_are_recorded(desk: World, line: str, role: Role, refusal: str, reason: str) -> None:
    """Role, place, bad options and an unknown trader leave intent and outcome, and nothing was asked of the trader."""
    outcome = await desk.ask(line, role=role, refusal=refusal)
    assert (outcome.outcome, outcome.reason) == ("refused", reason)
    assert desk.ledger.kinds() == ["command_started", "command_finished"]
    assert desk.ledger.of_kind("command_started")[0].raw == line
    assert desk.ledger.of_kind("command_started")[0].claim is None
    finished = desk.ledger.of_kind("command_finished")[0]
    assert (finished.outcome, finished.reason, finished.detail) == ("refused", reason, outcome.message)
    assert desk.trader.asked == []


async def test_an_unknown_command_is_recorded_with_its_words(desk: World) -> None:
    """The audit trail shows what was typed, and the answer names the nearest command."""
    outcome = await desk.ask("drll --symbol 'NIFTY 50'")
    assert (outcome.exit_code, outcome.hint) == (2, "drill --symbol 'NIFTY 50'")
    started = desk.ledger.of_kind("command_started")[0]
    assert (started.command, started.raw) == ("unknown", "drll --symbol 'NIFTY 50'")
    (row,) = (await desk.ask("audit")).report.rows  # type: ignore[union-attr]
    assert (row.command, row.args, row.outcome) == ("unknown", "drll --symbol 'NIFTY 50'", "refused")


async def test_looking_is_allowed_from_anywhere(desk: World) -> None:
    """A place where nothing may be changed refuses no look."""
    outcome = await desk.ask("status", role=Role.VIEWER, refusal="Nothing may be changed from here.")
    assert outcome.outcome == "done"


async def test_a_redelivered_request_runs_once(desk: World) -> None:
    """The same request key a second time does nothing and records nothing."""
    desk.trader.held = 1
    origin = Origin(surface="slack", channel="C01", request="abc")
    assert (await desk.ask("flatten", origin=origin)).outcome == "done"
    entries = len(desk.ledger.chain)
    assert (await desk.ask("flatten", origin=origin)).outcome == "duplicate"
    assert len(desk.ledger.chain) == entries
    assert desk.trader.asked.count("flatten") == 1


async def test_a_crash_is_recorded_as_failed(desk: World) -> None:
    """Whatever a command raises ends as an outcome that says where to look."""

    async def run(call: Call, options: CommandOptions) -> Result:
        raise ZeroDivisionError

    outcome = await Dispatcher(desk.desk, doing("check", run)).run(request("check"))
    assert (outcome.outcome, outcome.exit_code, outcome.reason) == ("failed", 5, "internal_error")
    assert "ZeroDivisionError" in outcome.message
    assert desk.ledger.of_kind("command_finished")[0].outcome == "failed"


async def test_trouble_outside_is_a_failure_in_words(desk: World) -> None:
    """An error of ours is told with its own text and exit code."""

    async def run(call: Call, options: CommandOptions) -> Result:
        raise BurninError("Something is away.")

    outcome = await Dispatcher(desk.desk, doing("check", run)).run(request("check"))
    assert (outcome.outcome, outcome.exit_code, outcome.message) == ("failed", 5, "Something is away.")


async def test_the_second_asker_is_told_who_runs_it_since_when(desk: World) -> None:
    """One drill at a time a trader: the refusal names the first one and when they began."""
    desk.trader.takes["ready"] = 5.0
    first = asyncio.create_task(desk.dispatcher.run(request("drill")))
    await settle()
    second = await desk.dispatcher.run(request("drill", actor=RAVI))
    assert (second.outcome, second.reason, second.command) == ("refused", "already_running", "drill")
    assert second.message == (
        "Asha has been running this for 1 s (since 03:45:30 UTC). Wait for its end, then try again."
    )
    assert second.hint == "status"
    assert desk.ledger.of_kind("command_started")[1].claim is None
    await finish(desk.clock, asyncio.wait_for(first, None))
    assert (await desk.ask("drill", actor=RAVI)).outcome == "done"


async def test_a_flatten_never_waits_for_a_drill(desk: World) -> None:
    """Reducing risk goes through while a drill runs."""
    desk.trader.takes["ready"] = 60.0
    first = asyncio.create_task(desk.dispatcher.run(request("drill")))
    await settle()
    second = asyncio.create_task(desk.dispatcher.run(request("flatten", actor=RAVI)))
    await desk.clock.advance(1.0)
    assert second.done()
    assert not first.done()
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)


async def test_a_command_that_is_cut_off_frees_what_it_claimed(desk: World) -> None:
    """Cancelled, it is on record as abandoned, and the next one may begin."""
    desk.trader.takes["ready"] = 60.0
    first = asyncio.create_task(desk.dispatcher.run(request("drill")))
    await settle()
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    finished = desk.ledger.of_kind("command_finished")[0]
    assert (finished.outcome, finished.reason) == ("abandoned", "cut_off")
    desk.trader.takes.clear()
    assert (await desk.ask("drill")).outcome == "done"


async def test_a_cut_off_that_cannot_be_recorded_is_left_to_the_next_start(desk: World) -> None:
    """Without a ledger the intent stays open; the cancellation goes its way."""
    desk.trader.takes["ready"] = 60.0
    first = asyncio.create_task(desk.dispatcher.run(request("drill")))
    await settle()
    desk.ledger.away = True
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    assert desk.ledger.kinds() == ["command_started"]


async def test_the_meter_counts_how_commands_end(desk: World) -> None:
    """Each command that ended is counted once; a redelivery is none."""
    meter, origin = Counting(), Origin(surface="slack", request="abc")
    dispatcher = Dispatcher(desk.desk, load_commands(), meter)
    await dispatcher.run(request("help", origin=origin))
    await dispatcher.run(request("help", origin=origin))
    await dispatcher.run(request("flatten", role=Role.VIEWER))
    await dispatcher.run(request("hlp"))
    assert meter.seen == [("help", "done"), ("flatten", "refused"), ("unknown", "refused")]


async def test_several_traders_are_told_apart_by_name_or_channel(clock: ManualClock, days: tuple[object, ...]) -> None:
    """Without a name the trader's own channel decides; elsewhere the question names them all."""
    room = world(clock, ListCalendar(days), names=("orb", "gap"))  # type: ignore[arg-type]
    assert (await room.ask("day gap")).trader == "gap"
    assert (await room.ask("day", origin=Origin(surface="slack", channel="C-gap"))).trader == "gap"
    refused = await room.ask("day")
    assert (refused.exit_code, refused.message) == (2, "day: Which trader? There are orb, gap.")
    assert (refused.hint, refused.choices) == ("day [day] [trader]", ("day orb", "day gap"))
    assert (await room.ask("drill --qty 5")).choices == ("drill orb --qty 5", "drill gap --qty 5")
    typo = await room.ask("day grap yesterday")
    assert (typo.message, typo.hint) == (
        "day: No trader is called 'grap'; there are orb, gap. Did you mean gap?", "day gap yesterday",
    )  # fmt: skip
    assert (await room.ask("day GAP")).outcome == "done"


async def test_a_record_of_somebody_else_is_told_instead(desk: World) -> None:
    """A fact that somebody recorded in the meantime stands; the answer tells theirs, and only the outcome is added."""

    async def run(call: Call, options: CommandOptions) -> Result:
        ours = await load_commands()["status"].run(call, options)
        draft = Draft(
            at=call.desk.clock.now(), body=BotStopped(reason="a test"), actor=call.actor, origin=call.origin, key="fact"
        )
        await desk.ledger.append(draft)

        async def theirs() -> Result:
            return Result(ours.report, reason="already", detail="This is the record.")

        return Result(ours.report, (draft,), reason="ours", detail="Ours.", instead=theirs)

    outcome = await Dispatcher(desk.desk, doing("status", run)).run(request("status"))
    assert (outcome.outcome, outcome.reason, outcome.message) == ("done", "already", "This is the record.")
    assert desk.ledger.kinds() == ["command_started", "bot_stopped", "command_finished"]
    assert desk.ledger.of_kind("command_finished")[0].reason == "already"


async def test_a_record_of_somebody_else_that_cannot_be_read_is_trouble(desk: World) -> None:
    """Where not even theirs can be told, the outcome says that nothing was recorded."""

    async def run(call: Call, options: CommandOptions) -> Result:
        draft = Draft(
            at=call.desk.clock.now(), body=BotStopped(reason="a test"), actor=call.actor, origin=call.origin, key="fact"
        )
        await desk.ledger.append(draft)
        ours = await load_commands()["status"].run(call, options)

        async def theirs() -> Result:
            raise LedgerBroken("Away.")

        return Result(ours.report, (draft,), instead=theirs)

    outcome = await Dispatcher(desk.desk, doing("status", run)).run(request("status"))
    assert (outcome.outcome, outcome.reason) == ("failed", "ledger_broken")


def test_every_command_is_a_module_of_the_room() -> None:
    """Each has its help, its usage line and its role."""
    for name, command in load_commands().items():
        assert isinstance(command, Command)
        assert not isinstance(command.run, ModuleType)
        assert command.name == name
        assert command.summary
        assert command.usage.startswith(name)
    assert (
        load_commands()["drill"].usage
        == "drill [trader] [--symbol SYMBOL] [--side SIDE] [--qty QTY] [--strategy STRATEGY]"
    )


async def taken_for_dead(desk: World) -> Outcome:
    """Run a command that finds something, while a bot ends it; from then on the ledger may refuse what it found."""

    async def run(call: Call, options: CommandOptions) -> Result:
        ours = await load_commands()["status"].run(call, options)
        at = call.desk.clock.now()
        body = CommandFinished(started=call.started, command="status", outcome="abandoned")
        await desk.ledger.append(Draft(at=at, body=body, actor=BOT, origin=INSIDE, key=finished_key(call.started)))
        fact = Draft(at=at, body=BotStopped(reason="a test"), actor=call.actor, origin=call.origin)
        return Result(ours.report, (fact,), detail="Found.")

    return await Dispatcher(desk.desk, doing("status", run)).run(request("status"))


async def test_a_command_that_was_taken_for_dead_is_told_so_and_its_evidence_stays(desk: World) -> None:
    """Its outcome stands as the bot wrote it, once; what it found is recorded beside that."""
    outcome = await taken_for_dead(desk)
    assert outcome.outcome == "done"
    assert outcome.message == (
        f"Found. It was taken for dead and ended on record at {desk.clock.now():%H:%M:%S} UTC; "
        "what it found is recorded beside that."
    )
    assert desk.ledger.kinds() == ["command_started", "command_finished", "bot_stopped"]


async def test_one_taken_for_dead_whose_evidence_is_not_taken_has_failed(desk: World) -> None:
    """What is not on record does not count."""
    tries: list[Draft] = []

    def refuses(draft: Draft) -> BaseException | None:
        tries.extend([draft] if draft.body.kind == "bot_stopped" else [])
        return LedgerBroken("Full.") if len(tries) > 1 else None

    desk.ledger.refuses = refuses
    outcome = await taken_for_dead(desk)
    assert (outcome.outcome, outcome.reason) == ("failed", "ledger_broken")


async def test_a_command_is_under_way_until_it_has_ended(desk: World) -> None:
    """So that nobody takes it for dead in its own process."""
    desk.trader.takes["ready"] = 60.0
    running = asyncio.create_task(desk.dispatcher.run(request("drill")))
    await settle()
    assert desk.desk.under_way == {1}
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert desk.desk.under_way == set()
