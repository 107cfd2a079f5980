"""Reports as they are asked for: of which days one is, and the entry that has it printed and put into Slack."""

from collections.abc import Iterable
from datetime import date, datetime

from bot.daybook import say, standing_streak
from bot.desk import Desk, TraderDesk
from bot.domain.entry import Draft
from bot.domain.notice import Placement, ReportFile
from bot.domain.people import Actor
from bot.domain.results import DayReport
from bot.domain.streak import Streak


def burn_in(counted: Streak, closed: Iterable[date]) -> tuple[date, ...]:
    """Return the days of a burn-in, oldest first: from the first that counts to the newest that is closed.

    Without one that counts they are the newest closed ones, as many as a burn-in takes. Void days among them belong
    to it, and so do those that proved nothing: a reader should see why they did not count.
    """
    days = sorted(closed)
    if not counted.days:
        return tuple(days[-counted.required :])
    return tuple(day for day in days if day >= counted.days[0])


async def burn_in_days(desk: Desk, trader: TraderDesk) -> tuple[date, ...]:
    """Return the days of a trader's burn-in as it stands; none where no day is closed yet."""
    closed = await desk.ledger.closed_days(trader.name)
    return burn_in(await standing_streak(desk, trader), (each.day for each in closed))


def day_told(report: DayReport, at: datetime, *, key: str, actor: Actor | None = None) -> Draft:
    """Return the entry that puts a day's report into its thread."""
    notice = ReportFile(days=(report.date,), verdict=report.verdict, void=report.void is not None, actor=actor)
    return say(notice, key=key, trader=report.trader, at=at, day=report.date)


def burn_in_told(trader: str, days: tuple[date, ...], at: datetime, *, key: str, actor: Actor | None = None) -> Draft:
    """Return the entry that puts the report of a burn-in into the channel."""
    notice = ReportFile(days=days, actor=actor)
    return say(notice, key=key, trader=trader, at=at, day=None, placement=Placement.CHANNEL)
