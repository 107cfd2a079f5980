"""APScheduler as the timer of the reminders. Jobs live in memory: what is due is planned anew at each start."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.date import DateTrigger

from bot.ports import Job


class SchedulerTimer:
    """Implements `bot.ports.Timer` on a running scheduler."""

    def __init__(self, scheduler: AsyncIOScheduler) -> None:
        self._scheduler = scheduler

    def at(self, moment: datetime, name: str, job: Job) -> None:
        """Call the job once at a moment, however late the loop comes to it.

        A job that is planned again while it runs may run beside itself: reminders are said once by their key.
        """
        self._scheduler.add_job(
            job,
            DateTrigger(run_date=moment),
            id=name,
            name=name,
            replace_existing=True,
            misfire_grace_time=None,
            max_instances=2,
        )


@asynccontextmanager
async def running_timer() -> AsyncIterator[SchedulerTimer]:
    """Run a scheduler on this event loop for as long as the context lasts."""
    scheduler = AsyncIOScheduler(timezone="UTC")
    scheduler.start()
    try:
        yield SchedulerTimer(scheduler)
    finally:
        scheduler.shutdown(wait=False)
