"""What follows from a closed day for streak, clearance and the build that they belong to."""

from bot.clearance import revocation, turn_of
from bot.closing import close_day
from bot.domain.results import DayReport
from bot.domain.session import Session
from bot.errors import TraderUnreachable
from tests.support.fakes import ASHA, IN_CHANNEL, World
from tests.support.lived_day import announced, live, stand_after


async def test_three_days_clear_once(desk: World, days: tuple[Session, ...]) -> None:
    """At 3/3 the clearance is granted and announced in the channel; a fourth PASS announces nothing anew."""
    for number, session in enumerate(days, start=1):
        await live(desk, session, build="b1")
        outcome = await desk.ask("close")
        assert outcome.report.streak.passed == number  # type: ignore[union-attr]
        assert len(desk.ledger.of_kind("clearance_granted")) == (1 if number >= 3 else 0)
    (cleared,) = announced(desk, "cleared")
    assert (cleared.placement, cleared.notice.build, cleared.notice.criteria_total) == ("channel", "b1", 11)
    assert desk.ledger.of_kind("clearance_granted")[0].provenance.build == "b1"


async def test_a_fail_after_the_clearance_revokes_it(desk: World, days: tuple[Session, ...]) -> None:
    """The revocation is recorded and announced with the verdict."""
    for session in days[:3]:
        await live(desk, session)
        await desk.ask("close")
    await live(desk, days[3], leader=0.0)
    assert (await desk.ask("close")).exit_code == 1
    (revoked,) = announced(desk, "revoked")
    assert (revoked.placement, revoked.notice.why) == ("channel", "2026-11-26 failed")
    assert desk.ledger.of_kind("clearance_revoked")[0].why == "2026-11-26 failed"


async def test_a_new_build_starts_anew(desk: World, days: tuple[Session, ...]) -> None:
    """A change of the build between days sets the streak to one, and says why."""
    await live(desk, days[0], build="b1")
    await desk.ask("close")
    await live(desk, days[1], build="b2")
    report = (await desk.ask("close")).report
    assert isinstance(report, DayReport)
    assert (report.streak.passed, report.streak_note) == (1, "the trader's build changed before 2026-11-24")


async def test_rules_that_changed_in_the_session_belong_to_neither_day(desk: World, days: tuple[Session, ...]) -> None:
    """What changed since the open is recorded as both, so the streak starts anew on both sides."""
    await live(desk, days[0])
    desk.alerts.digest = "rules-2"
    await desk.ask("close")
    assert desk.ledger.of_kind("day_closed")[0].record.provenance.rules == "d then rules-2"


async def test_the_build_is_asked_for_where_samples_name_none(desk: World, days: tuple[Session, ...]) -> None:
    """`/ready` names the build of a trader without an info metric; one that is away leaves it unknown."""
    await live(desk, days[0], opened=False)
    desk.trader.says_ready = {"ready": True, "build": "from-ready"}
    await desk.ask("close")
    await live(desk, days[1], opened=False)
    desk.trader.trouble["ready"] = TraderUnreachable("Away.")
    await desk.ask("close")
    builds = [body.record.provenance.build for body in desk.ledger.of_kind("day_closed")]
    assert builds == ["from-ready", ""]


async def test_only_a_passing_day_clears(desk: World, days: tuple[Session, ...]) -> None:
    """A clearance that was taken away does not come back with a day that proves nothing."""
    for session in days[:3]:
        await live(desk, session)
        await desk.ask("close")
    revoked = (await close_day(desk.desk, desk.trader_desk, days[2], ASHA, IN_CHANNEL)).drafts[0]
    turn = await turn_of(desk.desk, desk.trader_desk)
    await desk.ledger.append(*revocation(revoked, "a person said so", turn))
    await stand_after(desk, days[3])
    assert (await desk.ask("close")).exit_code == 3
    assert len(desk.ledger.of_kind("clearance_granted")) == 1
