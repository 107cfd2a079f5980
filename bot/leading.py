"""The parts of a bot: what stands by, and what begins when it has the lease."""

import asyncio
import logging
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from bot.adapters.timer import running_timer
from bot.desk import Desk, TraderDesk
from bot.domain.notice import Announcement
from bot.domain.session import Session
from bot.errors import BurninError, LedgerError
from bot.factory import make_ports
from bot.health import HealthReading
from bot.own_metrics import BotMetrics
from bot.ports import Announcer, Lease
from bot.services.answered_reminders import AnsweredReminders
from bot.services.certificates import Certificates
from bot.services.lapse import lapse_forgotten
from bot.services.outbox import Outbox
from bot.services.recovery import Recovery
from bot.services.reminders import Reminders
from bot.services.retention import Retention
from bot.services.void_expiry import VoidExpiry
from bot.services.watch import Watch
from bot.settings import Settings

log = logging.getLogger(__name__)

_SAY_THE_REST_WITHIN = 5.0  # seconds for what was queued last


class Bot:
    """The parts of a running bot. It tells the health of each."""

    def __init__(self, settings: Settings, desk: Desk, lease: Lease, *, slack: bool) -> None:
        self._settings = settings
        self._desk = desk
        self._lease = lease
        self._slack = slack
        self.metrics = BotMetrics()
        self._epoch: int | None = None
        self._watches: dict[str, Watch] = {}
        self._recovery: Recovery | None = None
        self._outbox: Outbox | None = None
        self._slack_health: Callable[[], HealthReading] | None = None

    def warm(self) -> None:
        """Load and check what leading needs, so that it begins at once when its turn comes.

        Raises:
            ConfigurationError: something that is configured cannot be used.
        """
        make_ports(self._desk)
        for trader in self._desk.traders.values():
            trader.calendar.current(self._desk.clock.now())
        if self._slack:
            from bot.slack_factory import check_slack  # noqa: PLC0415 - without Slack nothing of it is loaded

            check_slack(self._settings)

    async def lead(self, stack: AsyncExitStack, epoch: int) -> None:
        """Start every part. The watch comes before all that may wait for something outside."""
        self._epoch = epoch
        for place, trader in enumerate(self._desk.traders.values()):
            phase = place / len(self._desk.traders)
            watch = self._watches[trader.name] = Watch(self._desk, trader, self._before_open, self.metrics, phase)
            await stack.enter_async_context(running(watch.run(), f"the watch of {trader.name}"))
        self._recovery = Recovery(self._desk, self._lease.held)
        await self._recovery.start()
        await stack.enter_async_context(running(self._recovery.run(), "the recovery"))
        if not self._slack:
            await self._speak(stack, _terminal())
            return
        from bot.slack_factory import open_slack  # noqa: PLC0415 - without Slack nothing of it is loaded

        slack = open_slack(self._settings, self._desk, self.metrics, may_act=self._lease.held, health=self)
        front = await stack.enter_async_context(slack)
        await self._speak(stack, front.announcer)
        # Begun last and so ended first: no new work, and while what runs may end, all of it is still told.
        link = await stack.enter_async_context(front.listening())
        self._slack_health = link.health

    def readings(self) -> Mapping[str, HealthReading]:
        """Return how each part is."""
        found = {"lease": self._lease_health()}
        found.update({f"watch {name}": watch.health() for name, watch in self._watches.items()})
        if self._recovery is not None:
            found["recovery"] = self._recovery.health()
        if self._outbox is not None:
            found["outbox"] = self._outbox.health()
        if self._slack_health is not None:
            found["slack"] = self._slack_health()
        return found

    def _lease_health(self) -> HealthReading:
        if self._epoch is None:
            return HealthReading(ok=True, detail="standby", values={"held": 0})
        values = {"held": float(self._lease.held()), "epoch": float(self._epoch)}
        if not self._lease.held():
            why = "it could not be renewed lately, so nothing is said or run; see whether the ledger's database answers"
            return HealthReading(ok=False, detail=why, values=values)
        return HealthReading(ok=True, detail=f"held, epoch {self._epoch}", values=values)

    async def _speak(self, stack: AsyncExitStack, announcer: Announcer) -> None:
        """Say what is queued, remind, and do what has its time."""
        self._outbox = Outbox(self._desk, announcer, may_act=self._lease.held)
        stack.push_async_callback(self._say_the_rest, self._outbox)
        await stack.enter_async_context(running(self._outbox.run(), "the outbox"))
        timer = await stack.enter_async_context(running_timer())
        Reminders(self._desk, timer, self._settings.reminders).start()
        follow_up = AnsweredReminders(self._desk, self._settings.reminders).run()
        await stack.enter_async_context(running(follow_up, "the follow-up of reminders"))
        await stack.enter_async_context(running(VoidExpiry(self._desk).run(), "the expiry of void requests"))
        await stack.enter_async_context(running(Certificates(self._desk).run(), "the certifying of clearances"))
        await stack.enter_async_context(running(Retention(self._desk).run(), "the retention"))

    async def _before_open(self, trader: TraderDesk, session: Session) -> None:
        try:
            await lapse_forgotten(self._desk, trader, session)
        except LedgerError:
            raise
        except Exception:  # an edge: days gone by must not keep this one from being watched
            log.exception("the days of %s that nobody closed are still open", trader.name)

    async def _say_the_rest(self, outbox: Outbox) -> None:
        """Say what the last commands queued; what does not go out now is said at the next start."""
        try:
            async with asyncio.timeout(_SAY_THE_REST_WITHIN):
                await outbox.deliver_due()
        except (BurninError, TimeoutError) as error:
            log.warning("some messages wait for the next start: %s", str(error) or "no answer in time")
        finally:
            await outbox.end()


@asynccontextmanager
async def running(work: Coroutine[Any, Any, None], name: str) -> AsyncIterator[None]:
    """Run something beside the rest. Ending is never what it should do by itself, so it is logged where it does."""
    task = asyncio.create_task(work, name=name)
    task.add_done_callback(_note_end)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def _note_end(task: "asyncio.Task[None]") -> None:
    if not task.cancelled() and task.exception() is not None:
        log.critical("%s broke off; restart the bot", task.get_name(), exc_info=task.exception())


def _terminal() -> Announcer:
    from bot.adapters.terminal_announcer import TerminalAnnouncer  # noqa: PLC0415 - only `--no-slack` needs it

    return TerminalAnnouncer(_print, _in_words)


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _in_words(announcement: Announcement) -> str:
    from bot.slack.cards import plain_text  # noqa: PLC0415 - the cards own the words, also for a terminal

    return plain_text(announcement.notice, announcement.trader)
