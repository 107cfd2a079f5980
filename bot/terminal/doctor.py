"""Checks everything the bot needs before a session does: one finding a line, with what to do about it.

The checks run side by side, each with a time limit, and one that breaks does not stop the others.
"""

import asyncio
import logging
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

from bot.adapters.ruler_metrics import RulerMetrics
from bot.adapters.scripts import ArgvSpec
from bot.configuration.ledger_address import LedgerAddress, SqliteAddress
from bot.desk import Desk, TraderDesk
from bot.domain.duration import spoken
from bot.domain.evidence import RULES_PROBLEMS
from bot.domain.metrics import BUILD, LEADER, PROCESS_START, heartbeat
from bot.domain.sample import CLOCKS_AGREE_WITHIN, Reading
from bot.domain.session import Session
from bot.errors import BurninError, ConfigurationError, LedgerError
from bot.factory import open_desk
from bot.finding import Finding, State
from bot.ports import AlertSource
from bot.settings import Settings, TraderSettings
from bot.terminal.key_setup import signing_key
from bot.terminal.slack_setup import roles, slack_setup
from bot.terminal.unsaid import unsaid

log = logging.getLogger(__name__)

TIME_LIMIT = 15.0  # seconds a check may take
_MINUTE = timedelta(minutes=1)
_ARRIVED = timedelta(seconds=30)  # the age at which samples have reached also a store that is written to from afar

Check = Callable[[], Awaitable[Iterable[Finding]]]


def exit_code(findings: Iterable[Finding]) -> int:
    """Return 2 where something must be set up first, else 5 where something does not answer, else 0."""
    states = {finding.state for finding in findings}
    if State.MISSING in states:
        return 2
    return 5 if State.UNREACHABLE in states else 0


def misconfigured(error: ConfigurationError) -> tuple[Finding, ...]:
    """Return a finding for every problem of a configuration that cannot be used."""
    return tuple(Finding(part="configuration", state=State.MISSING, text=line) for line in str(error).splitlines())


async def examine(settings: Settings) -> tuple[Finding, ...]:
    """Return all findings, in the order in which a person would mend them."""
    async with _desk_for(settings) as (desk, ledger):
        checks: dict[str, Check] = {"slack": lambda: slack_setup(settings)}
        for trader in settings.traders:
            checks |= _trader_checks(desk, desk.traders[trader.name], trader)
        found = await asyncio.gather(*(_limited(part, check) for part, check in checks.items()))
    return (*_configuration(settings), *ledger, *(finding for findings in found for finding in findings))


async def _limited(part: str, check: Check) -> tuple[Finding, ...]:
    """Run one check to its end or its time limit; what goes wrong in it becomes its finding."""
    try:
        async with asyncio.timeout(TIME_LIMIT):
            return tuple(await check())
    except BurninError as error:
        state = State.MISSING if isinstance(error, ConfigurationError) else State.UNREACHABLE
        return tuple(Finding(part=part, state=state, text=line) for line in str(error).splitlines())
    except TimeoutError:
        return (Finding(part=part, state=State.UNREACHABLE, text=f"no answer within {TIME_LIMIT:g} s"),)
    except Exception as error:  # the check's edge: the others are told all the same
        log.debug("the check of %s broke off", part, exc_info=True)
        text = f"this check broke off: {type(error).__name__}: {error}. Run again with --debug, and report it."
        return (Finding(part=part, state=State.UNREACHABLE, text=text),)


def _configuration(settings: Settings) -> Iterable[Finding]:
    names = ", ".join(trader.name for trader in settings.traders)
    yield Finding(part="configuration", state=State.OK, text=f"traders: {names}")
    yield from roles(settings)


@asynccontextmanager
async def _desk_for(settings: Settings) -> AsyncIterator[tuple[Desk, tuple[Finding, ...]]]:
    """Open the desk; where its ledger cannot be opened, with one to be thrown away, so that the rest is examined."""
    try:
        async with open_desk(settings) as desk:
            ledger = await _limited("ledger", lambda: _ledger(desk, settings.ledger))
            outbox = await _limited("outbox", lambda: unsaid(desk))
            key = await _limited("signing key", lambda: signing_key(settings.signing, desk.ledger))
            yield desk, (*ledger, *outbox, *key)
            return
    except LedgerError as error:
        broken = Finding(part="ledger", state=State.UNREACHABLE, text=str(error))
    with tempfile.TemporaryDirectory() as folder:
        async with open_desk(
            settings.model_copy(update={"ledger": SqliteAddress(path=Path(folder, "burnin.db"))})
        ) as desk:
            yield desk, (broken,)


async def _ledger(desk: Desk, address: LedgerAddress) -> Iterable[Finding]:
    head = await desk.ledger.head()
    if isinstance(address, SqliteAddress) and not _writable(address.path):
        text = f"{address.path} or its folder cannot be written by this user; give it to the user that runs the bot"
        return [Finding(part="ledger", state=State.MISSING, text=text)]
    text = f"{address}: {head.seq} entries, head {head.hash[:16]}; `burnin verify` recomputes the chain"
    return [Finding(part="ledger", state=State.OK, text=text)]


def _writable(path: Path) -> bool:
    return os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)


def _trader_checks(desk: Desk, trader: TraderDesk, settings: TraderSettings) -> Mapping[str, Check]:
    checks: dict[str, Check] = {
        "metrics": lambda: _metrics(trader),
        "ready": lambda: _ready(trader),
        "paper guard": lambda: _paper_guard(trader, settings),
        "positions": lambda: _positions(trader),
        "database": lambda: _database(trader),
        "calendar": lambda: _calendar(desk, trader),
        "prometheus": lambda: _prometheus(desk, trader, settings),
        "samples": lambda: _samples(desk, trader, settings),
        "scripts": lambda: _scripts(trader, settings),
        "retention": lambda: _retention(trader),
    }
    return {f"{trader.name}: {part}": check for part, check in checks.items()}


def _finding(trader: TraderDesk, part: str, state: State, text: str) -> Finding:
    return Finding(part=f"{trader.name}: {part}", state=state, text=text)


async def _metrics(trader: TraderDesk) -> Iterable[Finding]:
    seen = await trader.trader.scrape()
    roles = trader.metrics.roles()
    found = [
        _finding(trader, "metrics", State.MISSING, f"{role}: {problem}; set metrics.{role} in the configuration")
        for role in roles
        if (problem := _role_problem(role, str(roles[role][0]), seen.get(role)))
    ]
    if BUILD not in seen:
        text = f"{roles[BUILD][0]} is absent: a new build of the trader will not be noticed in the streak"
        found.append(_finding(trader, "metrics", State.WARNING, text))
    return found or [_finding(trader, "metrics", State.OK, f"all {len(seen)} metrics are there")]


def _role_problem(role: str, metric: str, reading: Reading | None) -> str:
    """Say what is wrong with a role; labelled counters are absent until they first count, and that is well."""
    if role.startswith("retries.") or role in (BUILD, PROCESS_START):
        return ""
    if reading is None:
        return f"{metric} is not in /metrics"
    is_gauge = role == LEADER or role.startswith(heartbeat(""))
    if is_gauge and reading.only is None:
        return f"{metric} has {len(reading.series)} series where one is needed; narrow it by a label"
    return ""


async def _ready(trader: TraderDesk) -> Iterable[Finding]:
    said = await trader.trader.ready()
    words = ", ".join(f"{key}={value}" for key, value in said.items())
    state = State.WARNING if said.get("status") == 503 else State.OK  # noqa: PLR2004 - HTTP's "not ready"
    return [_finding(trader, "ready", state, words or "an empty answer")]


async def _paper_guard(trader: TraderDesk, settings: TraderSettings) -> Iterable[Finding]:
    mode = await trader.trader.paper_mode()
    if settings.paper_guard is None:
        return [_finding(trader, "paper guard", State.WARNING, mode.words)]
    text = mode.words if mode.paper else f"{mode.words}: drill and flatten will be refused"
    return [_finding(trader, "paper guard", State.OK if mode.paper else State.MISSING, text)]


async def _positions(trader: TraderDesk) -> Iterable[Finding]:
    count = await trader.trader.positions()
    text = f"{count} open" + ("; a drill needs a flat book, so flatten first" if count else "")
    return [_finding(trader, "positions", State.WARNING if count else State.OK, text)]


async def _database(trader: TraderDesk) -> Iterable[Finding]:
    if trader.order_book is None:
        text = "none is configured: drill and reconcile cannot pass. Export DATABASE_URL, or set the key database"
        return [_finding(trader, "database", State.MISSING, text)]
    return [_finding(trader, "database", State.OK, await trader.order_book.describe())]


async def _calendar(desk: Desk, trader: TraderDesk) -> Iterable[Finding]:
    session = await asyncio.to_thread(trader.calendar.following, desk.clock.now())
    if session is None:
        return [_finding(trader, "calendar", State.MISSING, "no session is to come; add sessions, or set a code")]
    text = f"next session {session.date}, {session.opens:%Y-%m-%d %H:%M} to {session.closes:%H:%M} UTC"
    return [_finding(trader, "calendar", State.OK, text)]


async def _prometheus(desk: Desk, trader: TraderDesk, settings: TraderSettings) -> Iterable[Finding]:
    if settings.prometheus is None:
        text = "none is configured: `alerts` cannot pass. Set prometheus and rules_file, or exclude it with a reason"
        return [_finding(trader, "prometheus", State.MISSING, text)]
    if trader.alerts is None or settings.rules_file is None or not settings.rules_file.is_file():
        place = settings.rules_file.absolute() if settings.rules_file else "not configured"
        text = f"the rules file is missing ({place}): `alerts` cannot pass. Set rules_file, or exclude it with a reason"
        return [_finding(trader, "prometheus", State.MISSING, text)]
    problems = (await trader.alerts.look()).get(RULES_PROBLEMS)
    if problems is not None and problems.series:
        said = "; ".join(series.labels for series in problems.series)
        text = f"{said}. Let it load {settings.rules_file} as it is (rule_files), and reload it"
        return [_finding(trader, "prometheus", State.MISSING, text)]
    if untold := await _untold(trader.alerts, settings.prometheus.metrics, desk.clock.now()):
        return [_finding(trader, "prometheus", State.MISSING, untold)]
    return [_finding(trader, "prometheus", State.OK, "holds every rule of the rules file, in good health")]


async def _untold(alerts: AlertSource, metrics: RulerMetrics, now: datetime) -> str:
    """Say of which of its own metrics there was none in a minute that has just passed; a close needs them all."""
    until = now - _ARRIVED
    minute = Session(date=until.date(), opens=until - _MINUTE, closes=until, timezone="UTC")
    history = await alerts.alert_history(minute)
    if history.trouble is not None:
        return f"its history cannot be used: {history.trouble}"
    told = {
        metrics.evaluation_failures: history.evaluation_failures,
        metrics.iterations_missed: history.iterations_missed,
        metrics.process_start: history.restarts,
    }
    absent = " and ".join(str(metric) for metric, value in told.items() if value is None)
    how = "let it scrape itself, or name its own under prometheus.metrics"
    return f"tells nothing of its rule evaluations by {absent}, so that `alerts` cannot pass: {how}" if absent else ""


async def _samples(desk: Desk, trader: TraderDesk, settings: TraderSettings) -> Iterable[Finding]:
    """Find out whether Prometheus could fill a hole of the bot's: by what it holds of a minute that has just passed."""
    if trader.history is None:
        text = "no prometheus is configured: what the bot does not see, in a restart or a deploy, stays a hole"
        return [_finding(trader, "samples", State.WARNING, text)]
    until = desk.clock.now() - _ARRIVED
    samples = await trader.history.samples(until - _MINUTE, until)
    if not samples:
        text = "Prometheus has not read the trader lately: it cannot fill the bot's holes. Let it scrape its /metrics"
        if settings.prometheus is not None and settings.prometheus.select:
            text += ", and see prometheus.select"
        return [_finding(trader, "samples", State.WARNING, text)]
    unread = max(later - at for at, later in pairwise([until - _MINUTE, *(s.at for s in samples), until]))
    told = f"Prometheus read the trader {len(samples)} times within a minute, at most {spoken(unread)} apart"
    if unread + CLOCKS_AGREE_WITHIN > trader.policy.max_gap:
        may, wanted = spoken(trader.policy.max_gap), spoken(trader.policy.scrape_interval)
        text = f"{told}: too rarely to fill a hole, of which {may} may stay. Set its scrape_interval to {wanted}"
        return [_finding(trader, "samples", State.WARNING, text)]
    if relabelled := _relabelled(samples[-1].readings, await trader.trader.scrape()):
        text = f"{relabelled}, so that its samples do not join the bot's; see its metric_relabel_configs"
        return [_finding(trader, "samples", State.WARNING, text)]
    return [_finding(trader, "samples", State.OK, f"{told}: it can fill the bot's holes")]


def _relabelled(there: Mapping[str, Reading], here: Mapping[str, Reading]) -> str:
    """Say which series has other labels in Prometheus than at the trader: the judge would take it for another."""
    for role in sorted(there.keys() & here.keys() - {BUILD}):
        theirs, ours = ({series.labels for series in readings[role].series} for readings in (there, here))
        if theirs and ours and theirs != ours:
            told, exposed = (" and ".join(sorted(one)) or "no labels" for one in (theirs, ours))
            return f"{role} has other labels in Prometheus ({told}) than at the trader ({exposed})"
    return ""


async def _retention(trader: TraderDesk) -> Iterable[Finding]:
    hold, days = trader.policy.legal_hold, trader.policy.samples_kept.days
    text = f"legal hold ({hold}): no sample is deleted" if hold else f"samples are kept {days} days; no legal hold"
    return [_finding(trader, "retention", State.OK, text)]


async def _scripts(trader: TraderDesk, settings: TraderSettings) -> Iterable[Finding]:
    scripts = settings.commands.configured()
    found = [
        _finding(trader, "scripts", State.MISSING, f"{name}: {problem}")
        for name, script in scripts.items()
        if (problem := _script_problem(script))
    ]
    if "inject_plan" not in scripts:
        text = "commands.inject_plan is not configured: a drill has nothing to inject a plan with"
        found.append(_finding(trader, "scripts", State.MISSING, text))
    return found or [_finding(trader, "scripts", State.OK, f"found: {', '.join(scripts)}")]


def _script_problem(script: ArgvSpec) -> str:
    program, folder = script.argv[0], script.cwd or Path()
    if not folder.is_dir():
        return f"its cwd {folder.absolute()} is not there"
    place = str(folder / program) if "/" in program else program
    search = script.env["PATH"].get_secret_value() if "PATH" in script.env else None
    if shutil.which(place, path=search) is None:
        return f"the program {program} is not found; name it by its full path, or install it"
    source = next((word for word in script.argv[1:2] if word.endswith((".py", ".sh"))), None)
    if source and not (folder / source).is_file():
        return f"{(folder / source).absolute()} is not there; set its cwd"
    return ""
