"""The open of a session, put on record once; a bot that comes back into a session that it opened before says so."""

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from itertools import pairwise

from bot.clearance import revocation, standing_clearance, taken, turn_of
from bot.closing import build_from_ready
from bot.daybook import card_of, opened_key, root_key, voids_of
from bot.desk import Desk, TraderDesk
from bot.domain.criteria import COVERAGE
from bot.domain.day import Provenance
from bot.domain.duration import spoken
from bot.domain.entry import Draft, HolesFilled, SessionOpened, WatchBreached, WatchRecovered
from bot.domain.notice import BotReturned, Placement
from bot.domain.sample import Source
from bot.domain.session import Anchor, Session
from bot.domain.streak import streak_with
from bot.domain.value import epoch_us
from bot.domain.verdict import Verdict
from bot.errors import DuplicateKey
from bot.filling import fill_holes, filled_in_words
from bot.services.day_drafts import DayDrafts
from bot.services.scheduled import scheduled

log = logging.getLogger(__name__)

BeforeOpen = Callable[[TraderDesk, Session], Awaitable[None]]


class Opening:
    """Records the open of one session of one trader.

    Args:
        desk: what all traders share.
        trader: whose session it is.
        session: the session.
        before_open: called first; closes the days that nobody closed.
        began: when this run of the watch began; what it read is younger.
        anchor: what the session's time is counted from.
    """

    def __init__(
        self,
        desk: Desk,
        trader: TraderDesk,
        session: Session,
        before_open: BeforeOpen,
        *,
        began: datetime,
        anchor: Anchor,
    ) -> None:
        self._desk = desk
        self._trader = trader
        self._session = session
        self._before_open = before_open
        self._began = began
        self._anchor = anchor
        self._drafts = DayDrafts(desk.clock, trader.name, session.date)

    async def record(self, build: str) -> None:
        """Record the open once; where an earlier run of the bot did, say that it is back instead.

        Args:
            build: what the trader's metrics name as its build; `/ready` is asked where they name none.

        Raises:
            LedgerError: it is not on record yet.
        """
        await self._before_open(self._trader, self._session)
        provenance = await self._provenance(build)
        while not await self._begun_before():  # and again where the streak has moved meanwhile
            try:
                await self._desk.ledger.append(*await self._opened(provenance))
            except DuplicateKey as error:
                log.debug("somebody else was quicker: %s", error.key)
            else:
                await self._root_message()
                await self._say_late()
                return
        await self._say_returned()

    async def _begun_before(self) -> bool:
        return await self._desk.ledger.by_key(self._key) is not None

    @property
    def _key(self) -> str:
        return opened_key(self._trader.name, self._session.date)

    async def _opened(self, provenance: Provenance) -> tuple[Draft, ...]:
        """Return the entries of the open, as the streak stands at this moment."""
        turn = await turn_of(self._desk, self._trader)
        days, void = await self._desk.ledger.closed_days(self._trader.name), await voids_of(self._desk, self._trader)
        counted = streak_with(days, self._trader.policy, provenance if provenance.build else None, void)
        body = SessionOpened(
            session=self._session,
            number=counted.passed + 1,
            required=counted.required,
            provenance=provenance,
            anchor=self._anchor,
        )
        opened = self._drafts.of(body, key=self._key)
        return (opened, *await self._revoked_by(provenance, opened, turn), taken(turn, counted, opened))

    async def _root_message(self) -> None:
        card = await card_of(self._desk, self._trader, self._session)
        root = self._drafts.saying(card, root_key(self._trader.name, self._session.date), Placement.ROOT)
        try:
            await self._desk.ledger.append(root)
        except DuplicateKey:
            log.debug("the day's root message stands already: a reminder came before the open")

    async def _provenance(self, build: str) -> Provenance:
        rules = self._trader.alerts.rules_digest() if self._trader.alerts else ""
        return Provenance(
            build=build or await build_from_ready(self._trader), policy=self._trader.policy.digest, rules=rules
        )

    async def _revoked_by(self, now: Provenance, template: Draft, turn: int) -> tuple[Draft, ...]:
        """Return the revocation that a new build, policy or rules file brings at once; an unknown build may be new."""
        standing = await standing_clearance(self._desk, self._trader)
        if standing is None:
            return ()
        known = now if now.build else now.model_copy(update={"build": standing.provenance.build})
        changed = standing.provenance.changes(known)
        return revocation(template, f"{' and '.join(changed)} changed", turn) if changed else ()

    async def _say_late(self) -> None:
        """Say so where the watch began after the open: what came before is a hole as well."""
        late = self._began - self._session.opens
        if late > timedelta(0):
            await self._say_blind(f"The watch began {spoken(late)} after the open.", self._session.opens)

    async def _say_returned(self) -> None:
        samples = await self._desk.ledger.samples(self._trader.name, self._session.date)
        earlier = [sample.at for sample in samples if sample.at < self._began and sample.source is Source.BOT]
        if earlier:
            away = spoken(self._began - max(earlier))
            await self._say_blind(f"It read nothing for {away} of the session.", max(earlier))

    async def _say_blind(self, detail: str, since: datetime) -> None:
        """Say what was not read, after Prometheus was asked to fill it."""
        filled = await self._filled()
        away, unseen = self._began - since, await self._longest_unseen(since)
        if filled is not None:
            detail += f" {filled_in_words(filled)}"
        if unseen > self._trader.policy.max_gap:
            which = "That is" if unseen == away else f"{spoken(unseen)} of it stay unseen,"
            detail += f" {which} longer than the {spoken(self._trader.policy.max_gap)} that may be missing."
        key = f"returned:{self._trader.name}:{epoch_us(self._began)}"
        told = self._drafts.saying(BotReturned(detail=detail), key)
        await self._desk.ledger.append(*self._blind(since, unseen, detail), told)

    async def _filled(self) -> HolesFilled | None:
        """Have Prometheus asked for what was not read, where there is one."""
        if self._trader.history is None:
            return None
        async with scheduled(self._desk, "fill", self._trader.name, args={"day": str(self._session.date)}) as act:
            filled = await fill_holes(self._desk, self._trader, self._session, self._began)
            act.detail = filled_in_words(filled) if filled else "There was no hole."
        return filled

    async def _longest_unseen(self, since: datetime) -> timedelta:
        """Return the longest stretch without a sample between an instant and the begin of this run."""
        samples = await self._desk.ledger.samples(self._trader.name, self._session.date)
        inside = sorted(s.at for s in samples if s.source is not Source.ALERTS and since < s.at < self._began)
        return max(later - earlier for earlier, later in pairwise([since, *inside, self._began]))

    def _blind(self, last_seen: datetime, unseen: timedelta, detail: str) -> tuple[Draft, ...]:
        """Return the entries of a hole that is too long to prove anything; a shorter one is none."""
        if unseen <= self._trader.policy.max_gap:
            return ()
        seconds = round(unseen.total_seconds(), 3)
        hole = WatchBreached(criterion=COVERAGE, verdict=Verdict.INCONCLUSIVE, at=last_seen, detail=detail)
        over = WatchRecovered(
            criterion=COVERAGE,
            at=last_seen + unseen,
            seconds=seconds,
            detail="The bot reads again.",
            verdict=Verdict.INCONCLUSIVE,
        )
        return self._drafts.of(hole), self._drafts.of(over)
