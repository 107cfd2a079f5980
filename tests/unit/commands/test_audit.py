"""The audit trail: every command with its outcome, narrowed down to whom or what one asks for."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.day import Provenance
from bot.domain.entry import Body, BotStarted, BotStopped, Draft, Entry, SessionOpened
from bot.domain.people import BOT, INSIDE, SCHEDULER, Actor, Role
from bot.domain.results import AuditReport, AuditRow
from bot.domain.session import Session
from bot.domain.standing import VoidRefused
from tests.support.clock import ManualClock, settle
from tests.support.drafts import DAY
from tests.support.fakes import ASHA, ListCalendar, World, finish, request, sessions, world


async def test_the_audit_trail_is_newest_first_without_itself(desk: World) -> None:
    """Who, where, what, how it ended; the asking audit is not among its own rows."""
    await desk.ask("help")
    await desk.ask("drill --qty 0")
    report = (await desk.ask("audit")).report
    assert isinstance(report, AuditReport)
    assert [(row.command, row.outcome, row.actor) for row in report.rows] == [
        ("drill", "refused", "Asha"), ("help", "done", "Asha"),
    ]  # fmt: skip


async def test_the_audit_trail_of_one_trader_among_many(clock: ManualClock, days: tuple[Session, ...]) -> None:
    """As many rows as were asked for, however busy the others were."""
    room = world(clock, ListCalendar(days), names=("orb", "gap"))
    await room.ask("day gap")
    for _ in range(30):
        await room.ask("day orb")
    rows = (await room.ask("audit gap --last 1")).report.rows  # type: ignore[union-attr]
    assert [(row.trader, row.outcome) for row in rows] == [("gap", "done")]


async def test_an_outcome_far_behind_its_intent_is_found(desk: World) -> None:
    """A command that ended long after others began does not show as running."""
    desk.trader.takes["ready"] = 2.0
    task = asyncio.create_task(desk.dispatcher.run(request("drill")))
    await settle()
    for _ in range(20):
        await desk.dispatcher.run(request("help"))
    await finish(desk.clock, asyncio.wait_for(task, None))
    rows = (await desk.ask("audit --last 21")).report.rows  # type: ignore[union-attr]
    assert (len(rows), rows[-1].command, rows[-1].outcome) == (21, "drill", "done")


async def test_an_empty_audit_trail_is_empty(desk: World) -> None:
    """Nobody did anything yet."""
    assert (await desk.ask("audit")).report.rows == ()  # type: ignore[union-attr]


async def test_the_audit_trail_is_narrowed_down(clock: ManualClock, days: tuple[Session, ...]) -> None:
    """To a person, a day, a command and a trader, in any order; a mention counts by its id."""
    room, ravi = world(clock, ListCalendar(days), names=("orb", "gap")), Actor(kind="slack", id="U02", name="Ravi Rao")
    for line, actor in (("check orb", ASHA), ("status", ravi), ("check gap", ravi), ("drll", ravi)):
        await room.ask(line, actor=actor)

    async def shown(line: str) -> tuple[list[str], str]:
        report = (await room.ask(line, actor=ASHA)).report
        assert isinstance(report, AuditReport)
        kept = [f"{row.command} {row.args}".strip() for row in report.rows if row.command != "audit"]
        return kept, report.narrowed

    assert await shown("audit @ravi") == (["unknown drll", "check gap", "status"], "by @ravi")
    assert await shown("audit <@U02|ravi.rao>") == (["unknown drll", "check gap", "status"], "by @ravi.rao")
    assert await shown("audit check by @ravi") == (["check gap"], "of check by @ravi")
    assert await shown("audit gap today me") == ([], "of gap by me on 2026-11-23")
    assert await shown("audit gap 23 nov") == (["check gap"], "of gap on 2026-11-23")
    assert await shown("audit me last 100") == (["check orb"], "by me")
    assert await shown("audit yesterday") == ([], "on 2026-11-22")
    nobody = await room.ask("audit @zed")
    assert (nobody.report.rows, nobody.hint) == ((), "audit")  # type: ignore[union-attr]


async def test_a_day_has_what_was_done_in_its_session(clock: ManualClock, days: tuple[Session, ...]) -> None:
    """Also before its midnight: a session may open the evening before, and a page of others may lie between."""
    evening = days[0].model_copy(update={"date": days[0].date + timedelta(days=2)})
    room = world(clock, ListCalendar((evening,)))
    await clock.advance((evening.opens - clock.now()).total_seconds() + 1)
    await room.ask("help")
    for _ in range(60):
        await room.ask("status")
    assert await trail(room, f"audit help {evening.date}") == ["Asha: help done"]
    assert await trail(room, f"audit help {evening.date - timedelta(days=1)}") == []


async def test_an_audit_trail_that_is_cut_says_so(desk: World) -> None:
    """Nobody takes the newest rows for all there are; exactly as many as asked for are all of them."""
    for _ in range(3):
        await desk.ask("help")
    for last, older in ((2, True), (3, False)):
        report = (await desk.ask(f"audit help --last {last}")).report
        assert isinstance(report, AuditReport)
        assert (len(report.rows), report.older) == (last, older)


async def test_a_search_reads_on_until_it_has_found_enough(desk: World) -> None:
    """What somebody did long ago is found behind what others did since."""
    ravi = Actor(kind="slack", id="U02", name="Ravi")
    await desk.ask("status", actor=ravi)
    for _ in range(230):
        await desk.ask("status")
    report = (await desk.ask("audit @ravi --last 3")).report
    assert [row.actor for row in report.rows] == ["Ravi"]  # type: ignore[union-attr]


def asked(*rows: AuditRow) -> list[str]:
    """Return what the rows tell of, newest first, without what a test typed to see them."""
    return [f"{row.actor}: {row.command} {row.outcome}" for row in rows if row.command != "audit"]


async def trail(room: World, line: str, **fields: object) -> list[str]:
    """Ask for the audit trail, and return what its rows tell of."""
    outcome = await room.ask(line, **fields)
    assert isinstance(outcome.report, AuditReport), outcome.message
    return asked(*outcome.report.rows)


async def act(room: World, body: Body, actor: Actor = BOT, **fields: Any) -> None:
    """Put what happened without a command on record."""
    await room.ledger.append(Draft(at=room.clock.now(), body=body, actor=actor, origin=INSIDE, **fields))


async def test_what_the_bot_does_by_itself_is_in_the_trail(desk: World) -> None:
    """In plain words, with who; it can be asked for by its words, by who it was and by its being no person's."""
    session = sessions(1)[0]
    await act(desk, BotStarted(version="1", host="h", pid=1))
    await act(
        desk, SessionOpened(session=session, number=1, required=3, provenance=Provenance()), trader="orb", day=DAY
    )
    await desk.ask("status")
    await act(desk, VoidRefused(request=7, why="expired"), SCHEDULER, trader="orb", day=DAY)
    assert await trail(desk, "audit") == [
        "scheduler: void expired done", "Asha: status done", "burnin: session opened done", "burnin: bot started done",
    ]  # fmt: skip
    assert await trail(desk, "audit session opened today") == ["burnin: session opened done"]
    assert await trail(desk, "audit scheduler") == ["scheduler: void expired done"]
    assert await trail(desk, "audit people") == ["Asha: status done"]
    assert len(await trail(desk, "audit acts machine")) == 3
    assert await trail(desk, "audit orb") == ["scheduler: void expired done", "burnin: session opened done"]


async def test_an_outcome_narrows_it_down(desk: World) -> None:
    """In the order in which people write it, beside a person, a day and a command."""
    await desk.ask("help")
    await desk.ask("flatten", role=Role.VIEWER)
    assert await trail(desk, "audit @asha today flatten refused") == ["Asha: flatten refused"]
    assert await trail(desk, "audit failed") == []
    assert await trail(desk, "audit --outcome DONE --command help") == ["Asha: help done"]
    outcome = await desk.ask("audit refused")
    assert outcome.report.narrowed == "refused"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("--from 2026-11-23 --to 2026-11-24", [2, 1]),
        ("from 23 nov to 24 nov", [2, 1]),
        ("since yesterday", [3, 2]),
        ("--since 2026-11-24T09:15:00+05:30", [3, 2]),
        ("from 24 nov 09:16:01", [3]),
        ("until monday", [1]),
        ("until 2026-11-24T03:46:00Z", [2, 1]),
        ("to 2026-11-24 03:44 utc", [1]),
        ("from 09:00", [3]),
        ("--since 09:16", []),
        ("on 0001-01-01", []),
    ],
)
async def test_a_stretch_of_time_narrows_it_down(desk: World, words: str, found: list[int]) -> None:
    """By days, the last of which is part of it, and by instants; on the exchange's clock unless they name another."""
    for number in (1, 2, 3):
        await desk.ask(f"history --last {number}")
        await desk.clock.advance(86_400.0 if number < 3 else 0.0)
    told = (await desk.ask(f"audit history {words}")).report
    assert [int(row.args.split()[-1]) for row in told.rows] == found  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("line", "said", "hint"),
    [
        (
            "audit flatten --from 2026-11-24 --to 2026-11-23",
            "audit: it ends (2026-11-23) before it begins (2026-11-24). "
            "Did you mean 'audit --since 2026-11-23 --until 2026-11-24 flatten'?",
            "audit --since 2026-11-23 --until 2026-11-24 flatten",
        ),
        (
            "audit --outcome refusd",
            "audit: --outcome refusd: that is no outcome; did you mean refused? There are done, refused, failed, "
            "abandoned, running.",
            None,
        ),
        ("audit refusd", "audit: No trader is called 'refusd'; there is orb. Did you mean refused?", "audit refused"),
        ("audit --command flaten", "audit: --command flaten: that is no command; did you mean flatten?", None),
        ("audit --acts robots", "audit: --acts robots: that is no such choice; there are people, machine.", None),
        (
            "audit --from 25:00",
            "audit: --since 25:00: that is no day and no instant; write 2026-11-20, monday, 09:20 or "
            "2026-11-20T03:50:00Z.",
            None,
        ),
        ("audit --to 9999-12-31", "9999-12-31: nothing is on record of that day.", "audit"),
        (
            "audit --format csv",
            "--format is for the command line: burnin audit --format csv, on the bot's host.",
            "audit",
        ),
    ],
)
async def test_a_filter_that_cannot_be_meant_is_put_right(desk: World, line: str, said: str, hint: str | None) -> None:
    """The sentence names what is wrong, and the nearest right word or line."""
    outcome = await desk.ask(line)
    assert (outcome.outcome, outcome.message) == ("refused", said)
    assert hint in (None, outcome.hint)


async def test_what_is_older_than_was_asked_for_is_not_read(desk: World) -> None:
    """A ledger of years is read from its end, and only as far back as the time that is meant."""
    for _ in range(40):
        await act(desk, BotStopped(reason="x"))
    await desk.clock.advance(30 * 86_400.0)
    read: list[int | None] = []
    entries = desk.ledger.entries

    async def noted(**asked: Any) -> tuple[Entry, ...]:
        read.append(asked.get("newest"))
        return await entries(**asked)

    desk.ledger.entries = noted  # type: ignore[method-assign]
    desk.clock.step_wall(-3600.0)
    await desk.ask("status")
    read.clear()
    assert await trail(desk, "audit today --last 5") == ["Asha: status done"]
    assert [number for number in read if number] == [20]


async def test_each_row_has_the_time_of_its_own_exchange(clock: ManualClock, days: tuple[Session, ...]) -> None:
    """UTC and local, whichever trader it is about; what is no trader's in the zone of the one who is meant."""
    room = world(clock, ListCalendar(days), names=("orb", "gap"))
    tokyo = ListCalendar(tuple(day.model_copy(update={"timezone": "Asia/Tokyo"}) for day in days))
    traders = {**room.desk.traders, "gap": replace(room.desk.traders["gap"], calendar=tokyo)}
    room.desk = replace(room.desk, traders=traders)
    await room.ask("help")
    await room.ask("day gap")
    rows = (await room.ask("audit")).report.rows  # type: ignore[union-attr]
    assert [(row.timezone, f"{row.local:%H:%M %Z}") for row in rows] == [
        ("Asia/Tokyo", "12:45 JST"), ("Asia/Kolkata", "09:15 IST"),
    ]  # fmt: skip


async def test_a_trail_of_many_pages_joins_each_command_with_its_end(
    desk: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the two stand in different pages, and one that is still under way stays so."""
    monkeypatch.setattr("commands.audit._AT_ONCE", 3)
    desk.trader.takes["ready"] = 2.0
    task = asyncio.create_task(desk.dispatcher.run(request("drill")))
    await settle()
    for _ in range(5):
        await desk.dispatcher.run(request("help"))
    assert (await trail(desk, "audit drill"))[0] == "Asha: drill running"
    await finish(desk.clock, asyncio.wait_for(task, None))
    await desk.dispatcher.run(request("status"))
    told = await trail(desk, "audit people done")
    assert told == ["Asha: status done", *["Asha: help done"] * 5, "Asha: drill done"]
    assert await trail(desk, "audit running") == []
