"""The way of every command, whichever front it came from: intent, leave, run, outcome; all of it on record."""

import logging
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal

from bot.desk import Desk, TraderDesk
from bot.domain.entry import CommandFinished, CommandStarted, Draft, Entry
from bot.domain.people import Actor, Origin, Role
from bot.domain.results import Report
from bot.domain.value import JsonObject
from bot.domain.verdict import Verdict
from bot.errors import BurninError, ClaimHeld, DuplicateKey, Refused, UsageError
from commands.command import Call, Command, CommandOptions, Progress, Result, no_progress
from commands.parser import parse, tokens_of

log = logging.getLogger(__name__)

# Longer than any command may take; a claim of a process that died is free again after it.
LONGEST_COMMAND = timedelta(minutes=15)

_VERDICT_EXIT = {Verdict.PASS: 0, Verdict.FAIL: 1, Verdict.INCONCLUSIVE: 3}


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody typed (without the leading `/burnin`), who they are, and what their front already refuses."""

    text: str
    actor: Actor
    role: Role
    origin: Origin
    refusal: str = ""  # why this place or person may not run anything; told and recorded
    progress: Progress = no_progress


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
    """

    def __init__(self, desk: Desk, commands: Mapping[str, Command]) -> None:
        self._desk = desk
        self._commands = commands

    async def run(self, request: Request) -> Outcome:
        """Run what was typed and record it. Never raises for what went wrong inside; the outcome tells."""
        began = self._desk.clock.monotonic()
        try:
            understood: _Understood | BurninError = self._understand(request)
        except BurninError as error:
            understood = error
        try:
            started, understood = await self._intend(request, understood)
        except DuplicateKey:
            return Outcome(command="", outcome="duplicate", exit_code=0, message="This was already asked for.")
        outcome, drafts = await self._attempt(request, understood, started)
        outcome = replace(outcome, seconds=round(self._desk.clock.monotonic() - began, 3))
        return await self._finish(request, started, outcome, drafts)

    def _understand(self, request: Request) -> _Understood:
        command, options = parse(tokens_of(request.text), self._commands)
        if not command.needs_trader and options.trader is None:
            trader = next(iter(self._desk.traders.values()))
        else:
            trader = self._desk.trader(options.trader, request.origin.channel)
        return _Understood(command, options, trader)

    async def _intend(
        self, request: Request, understood: _Understood | BurninError
    ) -> tuple[Entry, _Understood | BurninError]:
        """Write the intent; what is held by somebody else becomes a refusal, with an intent that claims nothing."""
        allowed = isinstance(understood, _Understood) and self._refusal(request, understood) is None
        try:
            (entry,) = await self._desk.ledger.append(self._intent(request, understood, claim=allowed))
        except ClaimHeld as held:
            (entry,) = await self._desk.ledger.append(self._intent(request, understood, claim=False))
            return entry, _busy(held)
        return entry, understood

    def _intent(self, request: Request, understood: _Understood | BurninError, *, claim: bool) -> Draft:
        now = self._desk.clock.now()
        known = understood if isinstance(understood, _Understood) else None
        args: JsonObject = known.options.model_dump(mode="json", exclude_defaults=True) if known else {}
        claims = known is not None and known.command.claim and claim
        body = CommandStarted(
            command=known.command.name if known else "unknown",
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

    def _refusal(self, request: Request, understood: _Understood) -> Refused | None:
        command = understood.command
        if request.refusal and command.role is not Role.VIEWER:
            return Refused("access", request.refusal)
        if not request.role.allows(command.role):
            return Refused("role", f"{command.name} needs the role {command.role}; you have {request.role}.")
        return None

    async def _attempt(
        self, request: Request, understood: _Understood | BurninError, started: Entry
    ) -> tuple[Outcome, tuple[Draft, ...]]:
        if isinstance(understood, BurninError):
            return _ended_by(understood, "unknown"), ()
        name = understood.command.name
        if refusal := self._refusal(request, understood):
            return _ended_by(refusal, name), ()
        call = Call(
            desk=self._desk,
            trader=understood.trader,
            actor=request.actor,
            origin=request.origin,
            role=request.role,
            started=started.seq,
            progress=request.progress,
        )
        try:
            result = await understood.command.run(call, understood.options)
        except BurninError as error:
            return _ended_by(error, name), ()
        except Exception as error:  # the command edge: whatever happened is recorded and told
            log.exception("command %s broke off", name)
            return _crashed(error, name), ()
        return _done(result, name, understood.trader.name), result.drafts

    async def _finish(self, request: Request, started: Entry, outcome: Outcome, drafts: tuple[Draft, ...]) -> Outcome:
        body = CommandFinished(
            started=started.seq,
            command=outcome.command,
            outcome="failed" if outcome.outcome == "failed" else "refused" if outcome.outcome == "refused" else "done",
            verdict=str(getattr(outcome.report, "verdict", None) or ""),
            reason=outcome.reason,
            detail=outcome.message,
            seconds=outcome.seconds,
        )
        finished = Draft(
            at=self._desk.clock.now(), body=body, actor=request.actor, origin=request.origin, trader=started.trader
        )
        try:
            await self._desk.ledger.append(*drafts, finished)
        except DuplicateKey as error:
            # Somebody recorded the same fact in the meantime (a day is closed once): theirs stands, ours is only told.
            log.info("already recorded: %s", error.key)
            await self._desk.ledger.append(finished)
        return outcome


def _busy(held: ClaimHeld) -> Refused:
    since = f"{held.holder.at:%H:%M:%S} UTC"
    return Refused("already_running", f"{held.holder.actor} has been running this since {since}. Wait for its end.")


def _ended_by(error: BurninError, command: str) -> Outcome:
    refused = isinstance(error, Refused | UsageError)
    return Outcome(
        command=command,
        outcome="refused" if refused else "failed",
        exit_code=error.exit_code,
        reason=getattr(error, "reason", "usage" if isinstance(error, UsageError) else "failed"),
        message=str(error),
        hint=getattr(error, "hint", ""),
    )


def _crashed(error: Exception, command: str) -> Outcome:
    message = f"{command} broke off: {type(error).__name__}. The bot's log has the details; check positions by hand."
    return Outcome(command=command, outcome="failed", exit_code=5, reason="internal_error", message=message)


def _done(result: Result, command: str, trader: str) -> Outcome:
    verdict = getattr(result.report, "verdict", None)
    return Outcome(
        command=command,
        outcome="done",
        exit_code=_VERDICT_EXIT.get(verdict, 0) if isinstance(verdict, Verdict) else 0,
        report=result.report,
        reason=result.reason,
        message=result.detail,
        trader=trader,
    )
