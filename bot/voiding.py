"""Making a day void, and what follows from it: it neither counts nor resets, so a clearance may fall with it, or rise.

A clearance rises only on what is known: what was seen to run last must be what passed, and no session that is not
closed yet may look like FAIL.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial

from bot.clearance import grant, revocation, standing_clearance, taken, turn_of
from bot.closing import provenance_of
from bot.daybook import record_of, report_of, say, voids_of
from bot.desk import Desk, TraderDesk
from bot.domain.day import ClosedDay, Provenance
from bot.domain.entry import Draft, SessionOpened
from bot.domain.notice import Placement, VoidAsked, VoidDecided
from bot.domain.people import Origin
from bot.domain.results import VoidMark
from bot.domain.standing import DayVoided, void_key
from bot.domain.streak import Streak, streak, streak_with
from bot.domain.verdict import Verdict
from bot.domain.void import VoidRequest
from bot.errors import Refused
from bot.reporting import burn_in


@dataclass(frozen=True, slots=True)
class Voiding:
    """A day as it is about to be void: the streak then, what that means in words, and the entries to append."""

    streak: Streak
    note: str
    drafts: tuple[Draft, ...]


def already_void(day: date, mark: VoidMark) -> Refused:
    """Return the refusal to void a day once more."""
    return Refused("already_void", f"{day} is void already, approved by {mark.approved_by}: {mark.reason}")


def asking(trader: str, request: VoidRequest) -> Draft:
    """Return the entry that asks for the approval of a request."""
    notice = VoidAsked(
        request=request.number,
        day=request.day,
        reason=request.reason,
        asked_by=request.asked_by,
        at=request.at,
        expires_at=request.expires_at,
    )
    key, placement = _asked_key(request), Placement.BROADCAST
    return say(notice, key=key, trader=trader, at=request.at, day=request.day, placement=placement)


def _asked_key(request: VoidRequest) -> str:
    return f"void_asked:{request.number}"


def decided(trader: str, request: VoidRequest, streak_note: str = "") -> tuple[Draft, ...]:
    """Return the entries that say what became of a request: in the place of the question, and as a message."""
    answer = request.answer
    if answer is None:
        return ()
    notice = VoidDecided(
        request=request.number,
        day=request.day,
        reason=request.reason,
        asked_by=request.asked_by,
        decision=answer.decision,
        decided_by=None if answer.decision == "expired" else answer.by,
        at=answer.at,
        streak_note=streak_note,
    )
    tell = partial(say, notice, trader=trader, at=answer.at, day=request.day)
    place = Placement.BROADCAST if answer.decision == "approved" else Placement.THREAD
    return (
        tell(key=f"void_decided:{request.number}", placement=Placement.EDIT, edits=_asked_key(request)),
        tell(key=f"void_told:{request.number}", placement=place),
    )


async def void_day(desk: Desk, trader: TraderDesk, request: VoidRequest, origin: Origin) -> Voiding:
    """Draft that a day is void, for a request that is approved. Nothing is appended yet.

    The drafts take the streak's turn: where something else moves the streak meanwhile, they are refused.

    Raises:
        Refused: the day is void already; hosts whose clocks differ may have let a second request in.
    """
    if request.answer is None:
        raise ValueError(f"request {request.number} has no answer")
    turn = await turn_of(desk, trader)
    days, void = await desk.ledger.closed_days(trader.name), await voids_of(desk, trader)
    if mark := void.get(request.day):
        raise already_void(request.day, mark)
    before, after = streak(days, trader.policy, void), streak(days, trader.policy, {*void, request.day})
    template = Draft(
        at=request.answer.at,
        body=DayVoided(request=request.number, reason=request.reason, asked_by=request.asked_by),
        actor=request.answer.by,
        origin=origin,
        trader=trader.name,
        day=request.day,
        key=void_key(request.number),
    )
    change, why = await _Clearing(desk, trader, request.day, before, after, turn).change(template)
    was, now = [await _as_it_runs(desk, trader, days, each) for each in (set(void), {*void, request.day})]
    note = "; ".join(filter(None, (_moved(was, now), why)))
    said = decided(trader.name, request, note)
    return Voiding(now, note, (template, *said, *change, taken(turn, now, template)))


async def _as_it_runs(desk: Desk, trader: TraderDesk, days: Sequence[ClosedDay], void: Collection[date]) -> Streak:
    """Return the streak with these void days as the open of a session counted it that is not closed yet."""
    begun = await desk.ledger.days_of(trader.name, "session_opened") - set(void)
    newest = max(begun - {each.day for each in days}, default=None)
    opened = await _opened(desk, trader, newest) if newest else None
    return streak_with(days, trader.policy, opened.provenance if opened and opened.provenance.build else None, void)


async def _opened(desk: Desk, trader: TraderDesk, day: date) -> SessionOpened | None:
    entries = await desk.ledger.entries(trader=trader.name, day=day, kinds=("session_opened",))
    return next((entry.body for entry in entries if isinstance(entry.body, SessionOpened)), None)


def _moved(before: Streak, after: Streak) -> str:
    if before.passed == after.passed:
        return f"The streak stays at {after.passed}/{after.required}"
    return f"The streak was {before.passed}/{before.required} and is {after.passed}/{after.required}"


@dataclass(frozen=True, slots=True)
class _Clearing:
    """What a void day does to the clearance; `before` and `after` are the streak without it and with it."""

    desk: Desk
    trader: TraderDesk
    day: date
    before: Streak
    after: Streak
    turn: int

    async def change(self, template: Draft) -> tuple[tuple[Draft, ...], str]:
        """Return the entries that grant or revoke the clearance, if any, and what they do in words."""
        standing = await standing_clearance(self.desk, self.trader)
        if not self.after.cleared:
            return self._revoked(template, self._falls()) if standing else ((), "")
        rests_on_it = standing is not None and self.day in standing.streak.days
        rises = standing is None and not self.before.cleared
        if not rests_on_it and not rises:
            return (), ""
        if doubt := await self._doubt():
            if standing is not None:
                return self._revoked(template, f"{self.day} is void, and {doubt}")
            return (), f"no clearance yet, for {doubt}; the next PASS day may bring it"
        last = await record_of(self.desk, self.trader, self.after.days[-1])
        if last is None:  # it counted a moment ago
            return (), ""
        words = "the clearance rests on other days now and must be signed off anew" if standing else "that clears it"
        closed = await self.desk.ledger.closed_days(self.trader.name)
        days = burn_in(self.after, (each.day for each in closed))
        return grant(template, self.after, last, self.turn, days), words

    def _revoked(self, template: Draft, why: str) -> tuple[tuple[Draft, ...], str]:
        return revocation(template, why, self.turn), "the clearance is revoked"

    def _falls(self) -> str:
        return f"{self.day} is void, and {self.after.passed} of {self.after.required} days are left"

    async def _doubt(self) -> str:
        """Return what keeps the days that are left from clearing at this moment; nothing where all is well."""
        days = await self.desk.ledger.closed_days(self.trader.name)
        newest = max(await self.desk.ledger.days_of(self.trader.name, "session_opened") | {each.day for each in days})
        void = {*await voids_of(self.desk, self.trader), self.day}
        counted = streak_with(days, self.trader.policy, await self._seen_last(newest), void)
        if not counted.cleared:
            return f"{counted.why.replace(' changed after', ' may have changed after')}"
        return "" if newest in void else await self._fails_so_far(newest)

    async def _seen_last(self, newest: date) -> Provenance:
        """Return what was seen to run on the newest day that began; an unknown build may be another."""
        opened = await _opened(self.desk, self.trader, newest)
        samples = await self.desk.ledger.samples(self.trader.name, newest)
        return await provenance_of(self.trader, samples, opened, lapsed=False)

    async def _fails_so_far(self, newest: date) -> str:
        if await record_of(self.desk, self.trader, newest) is not None:
            return ""
        session = self.trader.calendar.on(newest)
        if session is None:
            return f"{newest} is not closed, and no session of the calendar any more"
        report = await report_of(self.desk, self.trader, session)
        failed = any(result.verdict is Verdict.FAIL for result in report.criteria)
        return f"{newest} looks like {Verdict.FAIL} so far" if failed else ""
