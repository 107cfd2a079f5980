"""At start: what a dead process left without an outcome is brought to a clean end, and told."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.entry import Draft, Entry
from bot.errors import TraderUnreachable
from bot.ports import FlattenAnswer
from bot.progress import progress_key
from bot.services.recovery import Recovery
from tests.support.clock import ManualClock
from tests.support.cut_off import DAYS, begun, injecting, recover, settled, told
from tests.support.evidence import OPENS
from tests.support.fake_trader import LIVE
from tests.support.fakes import ASHA, IN_CHANNEL, FickleLedger, ListCalendar, World, finish, world


async def test_a_drill_cut_off_after_its_injection_is_flattened_abandoned_and_told(room: World) -> None:
    """The flatten has an intent and an outcome of its own; the thread says what was done."""
    await injecting(room, await begun(room))
    room.trader.held = 1
    await finish(room.clock, recover(room.desk))
    assert room.trader.held == 0
    assert room.ledger.kinds()[2:] == ["command_started", "command_finished", "command_finished", "message_queued"]
    flatten, abandoned = room.ledger.of_kind("command_finished")
    assert (flatten.command, flatten.outcome, flatten.reason) == ("flatten", "done", "burnin_recovery")
    assert (abandoned.started, abandoned.outcome, abandoned.reason) == (1, "abandoned", "process_died")
    (announcement,) = told(room)
    assert announcement.notice.detail == (
        "drill by Asha at 03:45:30 UTC was cut off and is abandoned. Its positions were flattened; none is left."
    )
    assert (announcement.placement, announcement.day) == ("thread", DAYS[0].date)
    assert await room.ledger.dangling(room.clock.now()) == ()


async def test_a_drill_cut_off_before_its_injection_touches_nothing(room: World) -> None:
    """Nothing was injected, so nothing is flattened; it is abandoned all the same."""
    first = await begun(room)
    await injecting(room, first + 100)  # somebody else's plan
    await recover(room.desk)
    assert room.trader.asked == []
    assert [body.outcome for body in room.ledger.of_kind("command_finished")] == ["abandoned"]


TROUBLES: tuple[tuple[dict[str, Any], str], ...] = (
    ({"mode": LIVE}, "orb does not report paper mode: mode is live. Nothing was sent to it."),
    ({"closes_after": None}, "1 position is still open after 10 s."),
    (
        {"closes_after": None, "answer": FlattenAnswer(503, "")},
        "1 position is still open after 10 s. /flatten answered 503.",
    ),
    ({"trouble": {"flatten": TraderUnreachable("No answer.")}}, "No answer."),
)


@pytest.mark.parametrize(("change", "said"), TROUBLES)
async def test_what_cannot_be_flattened_is_told_at_once_and_tried_again_until_it_is(
    room: World, change: dict[str, Any], said: str
) -> None:
    """A person looks at the positions meanwhile; that is said in the channel as well, and once."""
    await injecting(room, await begun(room))
    room.trader.held = 1
    healthy = {name: getattr(room.trader, name) for name in change}
    for name, value in change.items():
        setattr(room.trader, name, value)
    recovering = asyncio.create_task(recover(room.desk))
    await room.clock.advance(120.0)
    (trouble,) = told(room)
    assert trouble.notice.detail == (
        "drill by Asha at 03:45:30 UTC was cut off and may have left positions. "
        f"{said} The bot tries again until none is left. Look at them by hand meanwhile."
    )
    assert (trouble.placement, trouble.notice.to, trouble.notice.next_step) == ("broadcast", ASHA, "flatten")
    for name, value in healthy.items():
        setattr(room.trader, name, value)
    await finish(room.clock, recovering)
    assert room.trader.held == 0
    assert told(room)[-1].notice.detail.endswith("is abandoned. Its positions were flattened; none is left.")
    assert [body.outcome for body in room.ledger.of_kind("command_finished")] == ["done", "abandoned"]


@pytest.mark.parametrize(("change", "said"), TROUBLES[:3])
async def test_a_trader_that_answers_and_never_becomes_flat_is_given_up_loudly(
    room: World, change: dict[str, Any], said: str
) -> None:
    """After a quarter of an hour it is a person's turn."""
    await injecting(room, await begun(room))
    room.trader.held = 1
    for name, value in change.items():
        setattr(room.trader, name, value)
    recovering = asyncio.create_task(recover(room.desk))
    await room.clock.advance(950.0)
    await recovering
    assert [body.outcome for body in room.ledger.of_kind("command_finished")] == ["failed", "abandoned"]
    last = told(room)[-1]
    assert last.notice.detail.endswith(f"is abandoned. {said} Flatten by hand.")
    assert (last.placement, last.notice.next_step) == ("broadcast", "flatten")


async def test_a_trader_that_is_away_is_waited_for_and_holds_up_nobody_else() -> None:
    """Its positions are flattened when it is back, hours later; the commands of the others are ended at once."""
    room = world(ManualClock(OPENS + timedelta(seconds=30)), ListCalendar(DAYS), names=("orb", "vwap"))
    await injecting(room, await begun(room))
    other = await begun(room, "reconcile", trader="vwap")
    room.trader.held = 1
    room.trader.trouble = {"paper_mode": TraderUnreachable("No answer.")}
    recovery = Recovery(room.desk)
    await recovery.start()
    await room.clock.advance(1.0)
    assert [body.started for body in room.ledger.of_kind("command_finished")] == [other]
    assert recovery.health().values == {"under_way": 1}
    await room.clock.advance(3 * 3600.0)
    room.trader.trouble = {}
    await finish(room.clock, settled(recovery))
    assert room.trader.held == 0
    assert recovery.health().detail == ""


async def test_a_trader_that_stays_away_for_a_day_is_given_up(room: World) -> None:
    """What it holds then belongs to another day."""
    await injecting(room, await begun(room))
    room.trader.trouble = {"paper_mode": TraderUnreachable("No answer.")}
    recovering = asyncio.create_task(recover(room.desk))
    await room.clock.advance(24 * 3600.0 + 60)
    await recovering
    assert told(room)[-1].notice.detail.endswith("is abandoned. No answer. Flatten by hand.")


async def test_a_drill_of_a_trader_no_longer_configured_is_left_to_a_person(room: World) -> None:
    """Nobody here can reach it; its record ends all the same."""
    await injecting(room, await begun(room, trader="gone"), trader="gone")
    await recover(room.desk)
    assert room.trader.asked == []
    (abandoned,) = room.ledger.of_kind("command_finished")
    assert abandoned.detail.endswith("Look at its positions by hand: its plan was injected.")


async def test_a_flatten_that_was_cut_off_is_carried_out(room: World) -> None:
    """Somebody asked for it; it is told to them, and its claim is free."""
    room.trader.held = 2
    await begun(room, "flatten")
    await finish(room.clock, recover(room.desk))
    assert room.trader.held == 0
    (ended,) = room.ledger.of_kind("command_finished")
    assert (ended.outcome, ended.reason) == ("done", "carried_out")
    (announcement,) = told(room)
    assert announcement.notice.to == ASHA
    assert announcement.notice.detail == (
        "flatten by Asha at 03:45:30 UTC was cut off and is carried out. Its positions were flattened; none is left."
    )


async def test_a_flatten_that_could_not_be_carried_out_has_failed(room: World) -> None:
    """It is said that a person must."""
    room.trader.held, room.trader.closes_after = 2, None
    await begun(room, "flatten")
    recovering = asyncio.create_task(recover(room.desk))
    await room.clock.advance(950.0)
    await recovering
    (ended,) = room.ledger.of_kind("command_finished")
    assert (ended.outcome, ended.reason) == ("failed", "not_flat")
    assert ended.detail.endswith("could not be carried out. 2 positions are still open after 10 s. Flatten by hand.")


async def test_a_flatten_of_long_ago_is_not_carried_out(room: World) -> None:
    """What it was meant for is over; whoever asked may ask again."""
    await begun(room, "flatten")
    await room.clock.advance(901.0)
    await recover(room.desk)
    assert room.trader.asked == []
    (announcement,) = told(room)
    assert announcement.notice.detail.endswith("was cut off, too long ago to be carried out. Look at the positions.")
    assert announcement.notice.next_step == "flatten"


async def test_the_message_that_showed_how_far_it_was_gets_its_last_words(room: World) -> None:
    """In the transaction of the end, so it never says for ever that something runs."""
    await begun(room, "reconcile", origin=IN_CHANNEL.model_copy(update={"request": "r1"}))
    await recover(room.desk)
    said, edit = told(room)
    assert (edit.placement, edit.edits, edit.day) == ("edit", progress_key("r1"), DAYS[0].date)
    assert (edit.notice.outcome, edit.notice.detail) == ("abandoned", said.notice.detail)


class Killing(FickleLedger):
    """A ledger whose process is killed at one of its appends, before or after it is on disk."""

    def __init__(self) -> None:
        super().__init__()
        self.appends = 0
        self.kill_at = -1.0

    async def append(self, *drafts: Draft) -> tuple[Entry, ...]:
        """Append, or die."""
        self.appends += 1
        if self.appends == self.kill_at:
            raise asyncio.CancelledError
        appended = await super().append(*drafts)
        if self.appends == self.kill_at - 0.5:
            raise asyncio.CancelledError
        return appended


@pytest.mark.parametrize("kill_at", [number / 2 for number in range(2, 12)])
@pytest.mark.parametrize("away", [0.0, 30.0])
async def test_a_recovery_killed_anywhere_is_done_again_and_recorded_once(kill_at: float, away: float) -> None:
    """Whatever the next one finds, everything has one outcome in the end, and everybody is told once."""
    room = world(ManualClock(OPENS + timedelta(seconds=30)), ListCalendar(DAYS))
    ledger = Killing()
    room = replace(room, ledger=ledger, desk=replace(room.desk, ledger=ledger))
    await injecting(room, await begun(room, origin=IN_CHANNEL.model_copy(update={"request": "r1"})))
    await begun(room, "flatten")
    room.trader.held = 1
    if away:
        room.trader.trouble = {"flatten": TraderUnreachable("No answer.")}
    ledger.kill_at, ledger.appends = kill_at, 0
    first = Recovery(room.desk)
    await first.start()
    killing = asyncio.create_task(first.run())
    await room.clock.advance(away + 15.0)
    killing.cancel()
    await asyncio.gather(killing, return_exceptions=True)
    room.trader.trouble, ledger.kill_at = {}, -1.0
    await finish(room.clock, recover(room.desk))
    assert room.trader.held == 0
    assert await ledger.dangling(room.clock.now()) == ()
    outcomes = [body.started for body in ledger.of_kind("command_finished")]
    intents = [entry.seq for entry in ledger.chain if entry.body.kind == "command_started"]
    assert sorted(outcomes) == intents
    keys = [said.key for said in told(room)]
    assert len(keys) == len(set(keys))
    assert {"abandoned:1", "abandoned:3", "progress:r1:ended"} <= set(keys)


async def test_a_second_start_finds_nothing_to_do(room: World) -> None:
    """Recovery is on record, so it happens once."""
    await injecting(room, await begun(room))
    await finish(room.clock, recover(room.desk))
    entries = len(room.ledger.chain)
    await recover(room.desk)
    assert len(room.ledger.chain) == entries
