"""The audit trail: every command with its outcome, narrowed down to whom or what one asks for."""

import asyncio

from bot.domain.people import Actor
from bot.domain.results import AuditReport
from bot.domain.session import Session
from tests.support.clock import ManualClock, settle
from tests.support.fakes import ASHA, ListCalendar, World, finish, request, world


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
