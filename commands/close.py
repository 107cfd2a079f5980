"""Close a day: run the report, reconcile and hygiene, judge the session, announce the verdict.

A day is closed after its session has ended, once and for ever: a second close shows what was recorded. Without a day
it closes the last session that ended.
"""

from datetime import timedelta

from bot.closing import Closing, close_day
from bot.daybook import next_step, retired_days, say, was_begun
from bot.daybook import report_of as day_report_of
from bot.domain.day import DayState
from bot.domain.duration import spoken
from bot.domain.entry import AlertsMeasured, Body, CommandStarted, Draft, ReconcileMeasured, ScriptRan, SelfTested
from bot.domain.judge import judge_reconcile, judge_self_test
from bot.domain.notice import ScriptDone
from bot.domain.people import BOT, Role
from bot.domain.results import DayReport, ScriptRun
from bot.domain.session import Session
from bot.domain.verdict import Verdict
from bot.errors import LedgerBroken, Refused
from bot.filling import fill_holes, filled_in_words
from bot.selftest.self_test import self_test
from commands.command import Call, Result
from commands.reconcile import reconcile_session, rows_told
from commands.rows_found import RowsFound
from commands.session_day import DayOptions, clock_words, not_opened, nothing_yet, session_named
from commands.steps import Steps

ROLE = Role.OPERATOR
EXAMPLES = ("close", "close yesterday", "close 2026-11-20")
ONE_AT_A_TIME = True

_WATCH_ENDS_WITHIN = timedelta(seconds=10)  # beyond the largest gap: the watch scrapes once after the close, and seals
_NEXT_TICK = timedelta(seconds=1)  # the closing instant belongs to the session
_LOOK_EVERY = 0.1  # seconds
_MEASURES = ("drill", "flatten")

STEPS = ("watch ended", "holes", "report", "reconcile", "hygiene", "alerts", "self-test", "verdict")


class Options(DayOptions):
    """Which day; the last session that ended, if left out."""


async def run(call: Call, options: Options) -> Result:
    """Close a day, or show how it was closed."""
    session = await _session(call, options)
    recorded = await _record(call, session)
    if isinstance(recorded.report, DayReport) and recorded.report.state is DayState.CLOSED:
        return recorded
    await _refuse_without_samples(call, session)
    await _refuse_before_the_burn_in(call, session)
    await _refuse_while_measured(call, session)
    return await _Close(call, session).run()


async def _refuse_without_samples(call: Call, session: Session) -> None:
    """A day whose samples are deleted proves nothing any more, whatever Prometheus still has of it."""
    if session.date in await retired_days(call.desk, call.trader):
        words = f"The samples of {session.date} are older than policy.samples_kept and deleted; it cannot be judged."
        raise Refused("samples_retired", words)


async def _refuse_before_the_burn_in(call: Call, session: Session) -> None:
    """A day before anybody watched is no day of this burn-in: an INCONCLUSIVE for it would stand on record for ever."""
    if not await was_begun(call.desk, call.trader, session):
        words = f"Nobody watched {call.trader.name} by {session.date}; there is nothing to judge. Is the bot running?"
        raise Refused("never_watched", words, hint=call.line("status"))


async def _refuse_while_measured(call: Call, session: Session) -> None:
    """What a drill or a flatten of this session is about to measure belongs to its evidence.

    The bot's own flatten clears away what a drill left, and measures nothing.
    """
    for entry in await call.desk.ledger.running(call.desk.clock.now(), call.trader.name):
        body = entry.body
        if entry.actor == BOT or not isinstance(body, CommandStarted):
            continue
        if body.command in _MEASURES and entry.at <= session.closes:
            words = f"{entry.actor}'s {body.command} of this session has not ended. Close when it has."
            raise Refused("still_measuring", words, hint=call.line("status"))


async def _record(call: Call, session: Session) -> Result:
    report = await day_report_of(call.desk, call.trader, session)
    return Result(report, reason="already_closed", detail=f"{session.date} is closed already; this is the record.")


async def _session(call: Call, options: Options) -> Session:
    now, trader = call.desk.clock.now(), call.trader
    open_now = trader.calendar.current(now)
    session = session_named(trader, options.day, now) if options.day else open_now or trader.calendar.preceding(now)
    if session is None:
        raise nothing_yet(call, "close")
    if now < session.opens:
        words = f"{not_opened(session, now)} Close it once it has ended, at {clock_words(session.closes, session)}."
        waiting = await _waiting(call)
        words += f" The one of {waiting.date} waits for its close." if waiting else ""
        raise Refused("session_not_ended", words, hint=call.line(f"close {waiting.date}" if waiting else "status"))
    if now <= session.closes:
        left = (
            f"it ends at {clock_words(session.closes, session)}, {spoken(max(session.closes - now, _NEXT_TICK))} to go"
        )
        step = next_step(await day_report_of(call.desk, trader, session)) or "day"
        words = f"The session of {session.date} is still open: {left}. Close it then."
        if step == "drill":
            words += " Until then it needs a drill that passes."
        raise Refused("session_not_ended", words, hint=call.line(step))
    return session


async def _waiting(call: Call) -> Session | None:
    """Return the last session that ended, where nobody has closed it yet: at night, today is the day to come."""
    last = call.trader.calendar.preceding(call.desk.clock.now())
    report = await day_report_of(call.desk, call.trader, last) if last else None
    return last if report and report.state is DayState.AWAITING_CLOSE and not report.before_burn_in else None


class _Close:
    """The steps of one close. Evidence is appended as it is found, so it is stored before it is judged."""

    _closing: Closing  # what the last step found

    def __init__(self, call: Call, session: Session) -> None:
        self._call = call
        self._session = session
        self._steps = Steps(STEPS, call.progress, call.desk.clock)

    async def run(self) -> Result:
        await self._steps.run("watch ended", self._watch_ended)
        await self._steps.run("holes", self._holes)
        await self._steps.run("report", lambda: self._script("report"))
        await self._steps.run("reconcile", self._reconcile)
        await self._steps.run("hygiene", lambda: self._script("hygiene"))
        await self._steps.run("alerts", self._alerts)
        await self._steps.run("self-test", self._self_test)
        await self._steps.run("verdict", self._judge)
        await self._steps.show_end()
        return self._result()

    def _result(self) -> Result:
        report = self._closing.report
        return Result(
            report, self._closing.drafts, reason=_reason(report), detail=_detail(report), instead=self._instead
        )

    async def _instead(self) -> Result:
        """Return how somebody else closed the day meanwhile, else how it ends now that the streak has moved."""
        recorded = await _record(self._call, self._session)
        if isinstance(recorded.report, DayReport) and recorded.report.state is DayState.CLOSED:
            return recorded
        await self._judge()
        return self._result()

    async def _watch_ended(self) -> tuple[Verdict, str]:
        """Wait for the watch to store its last samples, where a watch began and the session has only just ended."""
        clock, trader = self._call.desk.clock, self._call.trader
        give_up = self._session.closes + trader.policy.max_gap + _WATCH_ENDS_WITHIN
        while (under_way := await self._watch_under_way()) and clock.now() < give_up:
            await clock.sleep(_LOOK_EVERY)
        if under_way:
            return Verdict.INCONCLUSIVE, "the watch never said that it ended; what it stored is judged"
        return Verdict.PASS, "samples stored"

    async def _holes(self) -> tuple[Verdict, str]:
        """Have Prometheus fill what the bot did not see, and seal every sample before anything is judged."""
        call, session = self._call, self._session
        filled = await fill_holes(call.desk, call.trader, session, session.closes + call.trader.policy.max_gap)
        await call.desk.ledger.seal_samples(call.desk.clock.now(), call.trader.name, session.date)
        await self._refuse_broken_evidence()
        if filled is None:
            return Verdict.PASS, "none; the samples are sealed"
        holes = "1 hole" if filled.holes == 1 else f"{filled.holes} holes, together"
        verdict = Verdict.PASS if filled.samples else Verdict.INCONCLUSIVE
        return verdict, f"{holes} of {filled.seconds:.1f} s. {filled_in_words(filled)}"

    async def _refuse_broken_evidence(self) -> None:
        """Judge nothing on a ledger that was changed behind the program's back, this day's samples included.

        Raises:
            LedgerBroken: the chain or a seal does not verify.
        """
        found = await self._call.desk.ledger.verify((self._call.trader.name, self._session.date))
        if found.broken_at is not None:
            raise LedgerBroken(
                f"The ledger does not verify at entry {found.broken_at}: {found.problem}. Nothing is judged on it; "
                "restore it from a backup, and see what 'burnin verify' says."
            )

    async def _watch_under_way(self) -> bool:
        """Tell whether a watch began and has not recorded its end."""
        seen = await self._call.desk.ledger.entries(
            trader=self._call.trader.name, day=self._session.date, kinds=("session_opened", "session_ended")
        )
        return bool(seen) and all(entry.body.kind != "session_ended" for entry in seen)

    async def _script(self, name: str) -> tuple[Verdict, str]:
        runner = self._call.trader.runner
        if not runner.has(name):
            return Verdict.PASS, f"no command {name} is configured"
        ran = await runner.run(name, {"date": self._session.date.isoformat(), "trader": self._call.trader.name})
        key = f"script:{name}:{self._call.started}"
        message = say(
            ScriptDone(run=ran),
            key=key,
            trader=self._call.trader.name,
            at=self._call.desk.clock.now(),
            day=self._session.date,
        )
        await self._call.desk.ledger.append(self._draft(ScriptRan(run=ran)), message)
        return Verdict.PASS if ran.succeeded else Verdict.FAIL, _script_said(ran)

    async def _reconcile(self) -> tuple[Verdict, str]:
        found = RowsFound()
        measured = await reconcile_session(self._call, self._session, found)
        told = rows_told(self._call, self._session, measured, found)
        await self._call.desk.ledger.append(self._draft(ReconcileMeasured(run=measured)), *told)
        finding = judge_reconcile(measured)
        return finding.verdict, finding.detail

    async def _alerts(self) -> tuple[Verdict, str]:
        if self._call.trader.alerts is None:
            return Verdict.PASS, "no Prometheus is configured"
        history = await self._call.trader.alerts.alert_history(self._session)
        await self._call.desk.ledger.append(self._draft(AlertsMeasured(history=history)))
        if history.trouble is not None:
            return Verdict.INCONCLUSIVE, history.trouble
        fired = ", ".join(alert.name for alert in history.firing)
        return (Verdict.FAIL, f"fired: {fired}") if fired else (Verdict.PASS, "none fired")

    async def _self_test(self) -> tuple[Verdict, str]:
        """See the gate fail before its PASS may count, by the very checks and limits that judge this day."""
        run = await self_test(self._call.desk, self._call.trader)
        await self._call.desk.ledger.append(self._draft(SelfTested(run=run)))
        finding = judge_self_test(run)
        return finding.verdict, finding.detail

    async def _judge(self) -> tuple[Verdict, str]:
        call = self._call
        self._closing = await close_day(call.desk, call.trader, self._session, call.actor, call.origin)
        verdict = self._closing.report.verdict or Verdict.INCONCLUSIVE
        return verdict, verdict

    def _draft(self, body: Body) -> Draft:
        return self._call.draft(body, self._session.date)


def _script_said(ran: ScriptRun) -> str:
    if ran.succeeded:
        return f"exit code 0 in {ran.seconds:.1f} s"
    return ran.trouble or f"exit code {ran.exit_code}"


def _reason(report: DayReport) -> str:
    return next((result.reason for result in report.criteria if result.verdict is report.verdict), "")


def _detail(report: DayReport) -> str:
    if report.void is not None:
        return f"{report.date} is VOID, whatever it proved ({report.verdict}): {report.void.reason}"
    if report.verdict is Verdict.PASS:
        return f"{report.date} is PASS: {report.streak.passed} of {report.streak.required} days."
    decisive = dict.fromkeys(result.detail for result in report.criteria if result.verdict is report.verdict)
    return f"{report.date} is {report.verdict}: {' '.join(decisive)}"
