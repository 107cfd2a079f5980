"""The end of one command whose process is gone: what it may have left is put right, recorded once, and told."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from bot.daybook import record_of, say
from bot.desk import Desk, TraderDesk
from bot.domain.entry import CommandFinished, CommandStarted, Draft, Entry, PlanInjecting, finished_key
from bot.domain.notice import BotReturned, Placement, ProgressEnded
from bot.domain.people import BOT, INSIDE
from bot.domain.session import Session
from bot.errors import DuplicateKey
from bot.progress import progress_day, progress_ended
from bot.services.flattening import REASON, Flat, Flattening

log = logging.getLogger(__name__)

_FLATTEN = "flatten"
_CLOSE = "close"


@dataclass(frozen=True, slots=True)
class _Ending:
    """How a command that was cut off ended, in words."""

    detail: str
    outcome: Literal["done", "failed", "abandoned"] = "abandoned"
    reason: str = "process_died"
    next_step: str = ""
    loud: bool = False


class CutOff:
    """One command without an outcome whose process is gone.

    Args:
        desk: where it was begun.
        intent: the command's CommandStarted.
        may_act: whether this bot may do anything at the moment.
    """

    def __init__(self, desk: Desk, intent: Entry, may_act: Callable[[], bool]) -> None:
        self._desk = desk
        self._intent = intent
        self._may_act = may_act
        self._trader: TraderDesk | None = desk.traders.get(intent.trader or "")
        body = intent.body
        self._body = body if isinstance(body, CommandStarted) else CommandStarted(command="", expires_at=intent.at)
        self._flatten: Entry | None = None  # the intent of the flatten that a drill needs

    async def end(self) -> None:
        """Bring it to its end. Done again after it was itself cut off, it does the same and records nothing twice.

        Raises:
            LedgerError: what was done is not on record; it must be done again.
        """
        injected = await self._had_injected()
        flat = await self._made_flat(self._trader, injected=injected) if self._trader else None
        ending = await self._ending(flat, injected=injected)
        own = (self._flatten_ended(self._flatten, flat),) if self._flatten and flat else ()
        try:
            await self._desk.ledger.append(*own, self._ended(ending), *self._told(ending))
        except DuplicateKey as error:
            log.info("%s was ended by somebody else in the meantime: %s", self._body.command, error.key)
            if own:
                await self._desk.ledger.append(*own)

    async def _had_injected(self) -> bool:
        later = await self._desk.ledger.entries(
            trader=self._intent.trader, kinds=("plan_injecting",), after=self._intent.seq
        )
        return any(isinstance(e.body, PlanInjecting) and e.body.started == self._intent.seq for e in later)

    async def _made_flat(self, trader: TraderDesk, *, injected: bool) -> Flat | None:
        """Flatten where a plan was injected, or where somebody asked for it not too long ago."""
        if injected:
            self._flatten = await self._flatten_intent(trader)
        elif self._body.command != _FLATTEN or self._body.expires_at <= self._desk.clock.now():
            return None
        return await Flattening(trader, self._desk.clock, may_act=self._may_act, tell=self._tell_trouble).run(
            self._intent.at
        )

    async def _flatten_intent(self, trader: TraderDesk) -> Entry:
        """Return the intent of the drill's flatten: a recovery that was cut off has written it already."""
        now, key = self._desk.clock.now(), f"recovery:{self._intent.seq}"
        body = CommandStarted(
            command=_FLATTEN, args={"of": self._intent.seq}, raw=REASON, expires_at=now + timedelta(minutes=15)
        )
        try:
            (entry,) = await self._desk.ledger.append(
                Draft(at=now, body=body, actor=BOT, origin=INSIDE, trader=trader.name, key=key)
            )
        except DuplicateKey:
            found = await self._desk.ledger.by_key(key)
            if found is None:
                raise
            return found
        return entry

    async def _ending(self, flat: Flat | None, *, injected: bool) -> _Ending:
        if flat is not None:
            return self._flatten_ending(flat) if self._flatten is None else self._drill_ending(flat)
        if injected:
            return _Ending(f"{self._cut_off} and is abandoned. Look at its positions by hand: its plan was injected.")
        if self._body.command == _CLOSE and self._trader is not None:
            return await self._close_ending(self._trader)
        if self._body.command == _FLATTEN:
            return _Ending(
                f"{self._cut_off}, too long ago to be carried out. Look at the positions.", next_step=_FLATTEN
            )
        return _Ending(f"{self._cut_off} and is abandoned.")

    def _drill_ending(self, flat: Flat) -> _Ending:
        said = f"{self._cut_off} and is abandoned. {flat.words}"
        return _Ending(said) if flat.flat else _Ending(f"{said} Flatten by hand.", next_step=_FLATTEN, loud=True)

    def _flatten_ending(self, flat: Flat) -> _Ending:
        carried_out, could_not = ("", "") if self._is_own else (" and is carried out", " and could not be carried out")
        if flat.flat:
            return _Ending(f"{self._cut_off}{carried_out}. {flat.words}", "done", "carried_out")
        said = f"{self._cut_off}{could_not}. {flat.words} Flatten by hand."
        return _Ending(said, "failed", "not_flat", _FLATTEN, loud=True)

    async def _close_ending(self, trader: TraderDesk) -> _Ending:
        """A close decides nothing before its end: the day awaits it as if nobody had begun."""
        session = self._session()
        if session is not None and await record_of(self._desk, trader, session.date) is not None:
            return _Ending(f"{self._cut_off} and is abandoned; {session.date} was closed in the meantime.")
        if session is None:
            return _Ending(f"{self._cut_off} and is abandoned.")
        said = f"{self._cut_off} and is undone: nothing is decided, {session.date} still awaits its close."
        return _Ending(f"{said} Please close it again.", next_step=f"{_CLOSE} {trader.name} {session.date}")

    @property
    def _cut_off(self) -> str:
        when = f"{self._intent.at:%H:%M:%S} UTC"
        if self._is_own:
            return f"A drill left a position, seen at {when}"
        return f"{self._body.command} by {self._intent.actor} at {when} was cut off"

    @property
    def _is_own(self) -> bool:
        """Whether the bot itself asked for it, because of what a drill left."""
        return self._intent.actor == BOT

    def _session(self) -> Session | None:
        """Return the session that it was about: a close names one, or means the last."""
        if self._trader is None:
            return None
        calendar, at = self._trader.calendar, self._intent.at
        if self._body.command != _CLOSE:
            return calendar.current(at)
        last, word = calendar.current(at) or calendar.preceding(at), self._body.args.get("day")
        if word == "yesterday":
            return calendar.preceding(last.opens) if last else None
        try:
            return calendar.on(date.fromisoformat(str(word)))
        except ValueError:
            return last

    async def _tell_trouble(self, words: str) -> None:
        """Say at once, and once, that somebody may have to look at positions."""
        left = "" if self._is_own else " and may have left positions"
        said = f"{self._cut_off}{left}. {words} The bot tries again until none is left."
        ending = _Ending(f"{said} Look at them by hand meanwhile.", next_step=_FLATTEN, loud=True)
        try:
            await self._desk.ledger.append(*self._said(ending, f"recovering:{self._intent.seq}"))
        except DuplicateKey as error:
            log.debug("said before: %s", error.key)

    def _told(self, ending: _Ending) -> tuple[Draft, ...]:
        """Return what is said of the end, and the last words of the message that showed how far it was."""
        return (*self._said(ending, f"abandoned:{self._intent.seq}"), *self._progress_ended(ending))

    def _said(self, ending: _Ending, key: str) -> tuple[Draft, ...]:
        trader, actor = self._trader, self._intent.actor
        if trader is None or actor.kind == "scheduler":
            return ()
        session = self._session()
        threaded = Placement.BROADCAST if ending.loud else Placement.THREAD
        notice = BotReturned(
            detail=ending.detail, to=actor if actor.kind in ("slack", "cli") else None, next_step=ending.next_step
        )
        message = say(
            notice,
            key=key,
            trader=trader.name,
            at=self._desk.clock.now(),
            day=session.date if session else None,
            placement=threaded if session else Placement.CHANNEL,
        )
        return (message,)

    def _progress_ended(self, ending: _Ending) -> tuple[Draft, ...]:
        trader, origin = self._trader, self._intent.origin
        if trader is None or not origin.request:
            return ()
        ended = ProgressEnded(
            actor=self._intent.actor,
            command=self._body.raw or self._body.command,
            at=self._desk.clock.now(),
            outcome=ending.outcome,
            detail=ending.detail,
        )
        day = progress_day(trader, self._intent.at)
        return (progress_ended(ended, request=origin.request, trader=trader.name, day=day),)

    def _ended(self, ending: _Ending) -> Draft:
        return self._outcome(self._intent, ending.outcome, ending.reason, ending.detail)

    def _flatten_ended(self, intent: Entry, flat: Flat) -> Draft:
        return self._outcome(intent, "done" if flat.flat else "failed", REASON, flat.words)

    def _outcome(
        self, intent: Entry, outcome: Literal["done", "failed", "abandoned"], reason: str, detail: str
    ) -> Draft:
        command = intent.body.command if isinstance(intent.body, CommandStarted) else ""
        body = CommandFinished(started=intent.seq, command=command, outcome=outcome, reason=reason, detail=detail)
        at, key = self._desk.clock.now(), finished_key(intent.seq)
        return Draft(at=at, body=body, actor=BOT, origin=INSIDE, trader=intent.trader, key=key)
