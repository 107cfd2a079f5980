"""The entries that the bot itself writes about one trader's day, dressed alike."""

from dataclasses import dataclass
from datetime import date

from bot.daybook import say
from bot.domain.entry import Body, Draft
from bot.domain.notice import Notice, Placement
from bot.domain.people import BOT, INSIDE
from bot.ports import Clock


@dataclass(frozen=True, slots=True)
class DayDrafts:
    """Drafts entries of one trader's day, at the time it is."""

    clock: Clock
    trader: str
    day: date

    def of(self, body: Body, key: str | None = None) -> Draft:
        """Return the entry that records a fact."""
        return Draft(
            at=self.clock.now(), body=body, actor=BOT, origin=INSIDE, trader=self.trader, day=self.day, key=key
        )

    def saying(self, notice: Notice, key: str, placement: Placement = Placement.THREAD) -> Draft:
        """Return the entry that queues what is to be said of it."""
        return say(notice, key=key, trader=self.trader, at=self.clock.now(), day=self.day, placement=placement)
