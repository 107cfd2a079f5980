"""The way of every command, whichever front it came from: intent, leave, run, outcome; all of it on record."""

import asyncio
import logging
import os
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from bot.desk import Desk, TraderDesk
from bot.domain.duration import spoken
from bot.domain.entry import CommandFinished, CommandStarted, Draft, Entry, finished_key
from bot.domain.people import Actor, Origin, Role
from bot.domain.results import Report
from bot.domain.value import JsonObject
from bot.domain.verdict import Verdict
from bot.errors import BurninError, ClaimHeld, DuplicateKey, LedgerError, Refused, UsageError, reason_of
from bot.meter import Meter, NoMeter
from commands.command import Call, Command, CommandOptions, Result, needs_role, to_its_end
from commands.parser import command_in, parse, tokens_of
from commands.steps import Progress, no_progress
from commands.which_trader import trader_alone, trader_meant

log = logging.getLogger(__name__)

# Longer than any command may take; a claim of a process that died is free again after it.
LONGEST_COMMAND = timedelta(minutes=15)

_SHORTEST = timedelta(seconds=1)  # that is told
_MOST_TRIES = 10  # to record an end while others record what it rests on
_UNKNOWN = "unknown"  # what was typed is no command; its words are on record all the same
_VERDICT_EXIT = {Verdict.PASS: 0, Verdict.FAIL: 1, Verdict.INCONCLUSIVE: 3}


def nothing_more(outcome: "Outcome") -> Sequence[Draft]:  # noqa: ARG001 - what a front may have
    """Record nothing but the end itself."""
    return ()


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody typed (without the leading `/burnin`), who they are, and what their front already refuses."""

    text: str
    actor: Actor
    role: Role
    origin: Origin
    refusal: str = ""  # why this place or person may not run anything; told and recorded
    held_on: str | None = None  # the trader that the role was looked up for; None where it holds for all of them
    why_not: Callable[[Role], Awaitable[str]] = needs_role
    progress: Progress = no_progress
    # Called when it has ended, for what is recorded with that; again where another outcome stands in the end.
    ending: Callable[["Outcome"], Sequence[Draft]] = nothing_more


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a command ended. `message` is one sentence for a person, `hint` the line to type next, if any."""

    command: str
    outcome: Literal["done", "refused", "failed", "duplicate"]
    exit_code: int
    report: Report | None = None
    reason: str = ""
    message: str = ""
    hint: str = ""
    choices: tuple[str, ...] = ()  # lines each of which may be meant, where it cannot be told which
    seconds: float = 0.0
    trader: str = ""


@dataclass(frozen=True, slots=True)
class _Understood:
    """A request once it is known which command it is, with which options, on which trader."""

    command: Command
    options: CommandOptions
    trader: TraderDesk


class Dispatcher:
    """Runs commands for the fronts.

    Args:
        desk: the traders and what they share.
        commands: the commands there are, by name.
        meter: counts how commands end.
    """

    def __init__(self, desk: Desk, commands: Mapping[str, Command], meter: Meter | None = None) -> None:
        self._desk = desk
        self._commands = commands
        self._meter = meter or NoMeter()

    async def run(self, request: Request) -> Outcome:
        """Run what was typed and record it. Never raises for what went wrong inside; the outcome tells."""
        outcome = await self._run(request)
        if outcome.outcome != "duplicate":
            self._meter.commanded(outcome.command, outcome.outcome)
        return outcome

    async def _run(self, request: Request) -> Outcome:
        began = self._desk.clock.monotonic()
        try:
            understood: _Understood | BurninError = self._understand(request)
        except BurninError as error:
            understood = error
        try:
            started, understood = await self._intend(request, understood)
        except DuplicateKey:
            return Outcome(command="", outcome="duplicate", exit_code=0, message="This was already asked for.")
        except LedgerError as error:
            return _not_begun(understood, error)
        self._desk.under_way.add(started.seq)
        try:
            return await self._run_begun(request, understood, started, began)
        finally:
            self._desk.under_way.discard(started.seq)

    async def _run_begun(
        self, request: Request, understood: _Understood | BurninError, started: Entry, began: float
    ) -> Outcome:
        try:
            outcome, result = await self._attempt(request, understood, started)
        except asyncio.CancelledError:
            await asyncio.shield(self._abandon(request, started, began))
            raise
        # What a command found is recorded with its end, even where nobody waits for it any more.
        return await to_its_end(self._finish(request, started, self._timed(outcome, began), result))

    def _timed(self, outcome: Outcome, began: float) -> Outcome:
        return replace(outcome, seconds=round(self._desk.clock.monotonic() - began, 3))

    def _understand(self, request: Request) -> _Understood:
        tokens = tokens_of(request.text)
        try:
            command, options = parse(tokens, self._commands)
        except UsageError as error:
            raise trader_alone(self._desk, tokens) or error from None
        if not command.needs_trader and options.trader is None:
            trader = next(iter(self._desk.traders.values()))
        else:
            trader = trader_meant(self._desk, command, options, request.origin.channel)
        return _Understood(command, options, trader)

    async def _intend(
        self, request: Request, understood: _Understood | BurninError
    ) -> tuple[Entry, _Understood | BurninError]:
        """Write the intent; what is held by somebody else becomes a refusal, with an intent that claims nothing."""
        allowed = self._refusal(request, understood) is None
        try:
            (entry,) = await self._desk.ledger.append(self._intent(request, understood, claim=allowed))
        except ClaimHeld as held:
            (entry,) = await self._desk.ledger.append(self._intent(request, understood, claim=False))
            return entry, _busy(held, self._desk.clock.now())
        return entry, understood

    def _intent(self, request: Request, understood: _Understood | BurninError, *, claim: bool) -> Draft:
        now = self._desk.clock.now()
        known = understood if isinstance(understood, _Understood) else None
        args: JsonObject = known.options.model_dump(mode="json", exclude_defaults=True) if known else {}
        claims = known is not None and known.command.claim and claim
        body = CommandStarted(
            command=known.command.name if known else self._named(request.text),
            args=args,
            raw=request.text,
            claim=f"{known.command.name}:{known.trader.name}" if known and claims else None,
            expires_at=now + LONGEST_COMMAND,
            host=socket.gethostname(),
            pid=os.getpid(),
        )
        key = f"command:{request.origin.request}" if request.origin.request else None
        trader = known.trader.name if known and known.command.needs_trader else None
        return Draft(at=now, body=body, actor=request.actor, origin=request.origin, trader=trader, key=key)

    def _named(self, text: str) -> str:
        """Return the command that a line begins with, also where the rest of it cannot be read."""
        first = command_in(text) or next(iter(text.split()), "").lower()
        return first if first in self._commands else _UNKNOWN

    def _refusal(self, request: Request, understood: _Understood | BurninError) -> Refused | None:
        """Return why somebody may not run what they typed, also where the rest of the line is wrong."""
        if request.refusal and request.role is Role.NOBODY:
            return Refused("access", request.refusal)
        if isinstance(understood, _Understood):
            return self._withheld(request, understood.command, understood.trader.name)
        command = self._commands.get(self._named(request.text))
        return self._withheld(request, command) if command else None

    @staticmethod
    def _withheld(request: Request, command: Command, trader: str | None = None) -> Refused | None:
        if request.refusal and command.role is not Role.VIEWER:
            return Refused("access", request.refusal, hint="help")
        if command.role is not Role.VIEWER and trader and request.held_on not in (None, trader):
            return Refused("access", f"Nobody looked up what you may do to {trader}. Name the trader.")
        if not request.role.allows(command.role):
            return Refused("role", f"{command.name} needs the role {command.role}; you have {request.role}.", "help")
        return None

    async def _attempt(
        self, request: Request, understood: _Understood | BurninError, started: Entry
    ) -> tuple[Outcome, Result | None]:
        if refusal := self._refusal(request, understood):
            return _ended_by(refusal, _name_in(started)), None
        if isinstance(understood, BurninError):
            return self._offered(request, _ended_by(understood, _name_in(started))), None
        name = understood.command.name
        call = Call(
            desk=self._desk,
            trader=understood.trader,
            actor=request.actor,
            origin=request.origin,
            role=min(request.role, Role.VIEWER, key=list(Role).index) if request.refusal else request.role,
            refusal=request.refusal,
            why_not=request.why_not,
            started=started.seq,
            progress=request.progress,
        )
        try:
            result = await understood.command.run(call, understood.options)
        except BurninError as error:
            return self._offered(request, _ended_by(error, name)), None
        except Exception as error:  # the command edge: whatever happened is recorded and told
            log.exception("command %s broke off", name)
            return _crashed(error, name), None
        return self._offered(request, _done(result, name, understood.trader.name)), result

    def _offered(self, request: Request, outcome: Outcome) -> Outcome:
        """Offer only what the one who typed may run; of what they may not, they are told who may."""
        refusals = [
            self._withheld(request, found) for line in (outcome.hint, *outcome.choices) if (found := self._in(line))
        ]
        refused = next((refusal for refusal in refusals if refusal), None)
        if refused is None:
            return outcome
        if outcome.outcome == "done":
            return replace(outcome, hint="")
        return replace(outcome, message=f"{outcome.message} {refused}", hint="help", choices=())

    def _in(self, line: str) -> Command | None:
        return self._commands.get(command_in(line)) if line else None

    async def _finish(
        self, request: Request, started: Entry, outcome: Outcome, result: Result | None, tries: int = _MOST_TRIES
    ) -> Outcome:
        """Record the end together with what the command found, in one transaction.

        Where somebody recorded meanwhile what that rests on, it ends as the command says then: theirs stands.
        """
        drafts, end = result.drafts if result else (), self._finished(request, started, outcome)
        try:
            await self._desk.ledger.append(*drafts, *end)
        except DuplicateKey as error:
            log.info("already recorded: %s", error.key)
            if any(draft.key == error.key for draft in end):
                return await self._finish_though_ended(started, outcome, drafts)
            if tries == 1:
                return _unrecorded(outcome, error)
        except LedgerError as error:
            return _unrecorded(outcome, error)
        else:
            return outcome
        try:
            outcome, result = await _instead(outcome, result)
        except LedgerError as error:
            return _unrecorded(outcome, error)
        return await self._finish(request, started, outcome, result, tries - 1)

    async def _finish_though_ended(self, started: Entry, outcome: Outcome, drafts: Sequence[Draft]) -> Outcome:
        """End where a bot took this command for dead, and ended it: what was found here is evidence all the same."""
        try:
            if drafts:
                await self._desk.ledger.append(*drafts)
            ended = await self._desk.ledger.by_key(finished_key(started.seq))
        except LedgerError as error:
            return _unrecorded(outcome, error)
        when = f" at {ended.at:%H:%M:%S} UTC" if ended else ""
        words = f"It was taken for dead and ended on record{when}; what it found is recorded beside that."
        return replace(outcome, message=f"{outcome.message} {words}".strip())

    async def _abandon(self, request: Request, started: Entry, began: float) -> None:
        """Record that a command was cut off, so that what it claimed is free again."""
        message = "It was cut off before its end."
        outcome = Outcome(command=_name_in(started), outcome="failed", exit_code=5, reason="cut_off", message=message)
        finished = self._finished(request, started, self._timed(outcome, began), abandoned=True)
        try:
            await self._desk.ledger.append(*finished)
        except LedgerError as error:
            log.warning("that %s was cut off is not recorded; the next start does it: %s", outcome.command, error)

    def _finished(
        self, request: Request, started: Entry, outcome: Outcome, *, abandoned: bool = False
    ) -> tuple[Draft, ...]:
        """Return the end of a command, and what its front has recorded with it."""
        how = outcome.outcome if outcome.outcome != "duplicate" else "done"
        body = CommandFinished(
            started=started.seq,
            command=outcome.command,
            outcome="abandoned" if abandoned else how,
            verdict=str(getattr(outcome.report, "verdict", None) or ""),
            reason=outcome.reason,
            detail=outcome.message,
            seconds=outcome.seconds,
        )
        at = self._desk.clock.now()
        end = Draft(
            at=at,
            body=body,
            actor=request.actor,
            origin=request.origin,
            trader=started.trader,
            key=finished_key(started.seq),
        )
        return (end, *request.ending(outcome))


async def _instead(outcome: Outcome, result: Result | None) -> tuple[Outcome, Result | None]:
    """Return how a command ends after all, and what it has to record then."""
    if result is None or result.instead is None:
        return outcome, None
    try:
        result = await result.instead()
    except LedgerError:
        raise
    except BurninError as error:
        return replace(_ended_by(error, outcome.command), seconds=outcome.seconds), None
    return replace(_done(result, outcome.command, outcome.trader), seconds=outcome.seconds), result


def _name_in(started: Entry) -> str:
    return started.body.command if isinstance(started.body, CommandStarted) else ""


def _not_begun(understood: _Understood | BurninError, error: LedgerError) -> Outcome:
    name = understood.command.name if isinstance(understood, _Understood) else _UNKNOWN
    message = f"Nothing was run, because it could not be recorded. {error}"
    return Outcome(command=name, outcome="failed", exit_code=5, reason="ledger_broken", message=message)


def _unrecorded(outcome: Outcome, error: LedgerError) -> Outcome:
    """Return what is told where the end of a command is not on record: what it found proves nothing then."""
    message = f"{outcome.message} This could not be recorded, so it does not count. {error}".strip()
    return replace(outcome, outcome="failed", exit_code=5, report=None, reason="ledger_broken", message=message)


def _busy(held: ClaimHeld, now: datetime) -> Refused:
    since = f"{spoken(max(now - held.holder.at, _SHORTEST))} (since {held.holder.at:%H:%M:%S} UTC)"
    words = f"{held.holder.actor} has been running this for {since}. Wait for its end, then try again."
    return Refused("already_running", words, hint="status")


def _ended_by(error: BurninError, command: str) -> Outcome:
    refused = isinstance(error, Refused | UsageError)
    return Outcome(
        command=command,
        outcome="refused" if refused else "failed",
        exit_code=error.exit_code,
        reason=reason_of(error),
        message=str(error),
        hint=error.hint,
        choices=error.choices,
    )


def _crashed(error: Exception, command: str) -> Outcome:
    message = f"{command} broke off: {type(error).__name__}. The bot's log has the details; check positions by hand."
    return Outcome(command=command, outcome="failed", exit_code=5, reason="internal_error", message=message)


def _exit_code(verdict: Verdict | None, *, void: bool) -> int:
    """Return a verdict's exit code, 0 where there is none; that of a void day proves nothing, whatever it is."""
    if verdict is None:
        return 0
    return _VERDICT_EXIT[Verdict.INCONCLUSIVE if void else verdict]


def _done(result: Result, command: str, trader: str) -> Outcome:
    verdict = getattr(result.report, "verdict", None)
    return Outcome(
        command=command,
        outcome="done",
        exit_code=_exit_code(verdict, void=getattr(result.report, "void", None) is not None),
        report=result.report,
        reason=result.reason,
        message=result.detail,
        hint=result.hint,
        trader=trader,
    )
