"""What the trader's Prometheus can prove: that the rules of the file are in force, and that none of them fired."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Final

import httpx

from bot.adapters.alert_rules import LoadedRule, problem_with, read_rules
from bot.adapters.prometheus_api import CHUNK, PrometheusApi, RawSeries, chunks
from bot.adapters.timeouts import Timeouts
from bot.domain.evidence import RULES_PROBLEMS, RULES_STARTED, AlertHistory, AlertRule, FiringAlert
from bot.domain.sample import MetricType, Reading, Series
from bot.domain.session import Session
from bot.errors import BadAnswer, ConfigurationError, PrometheusUnreachable

_FIRING: Final = 'ALERTS{alertstate="firing"}'
_FAILURES: Final = "prometheus_rule_evaluation_failures_total"
_MISSED: Final = "prometheus_rule_group_iterations_missed_total"
_STARTED: Final = 'process_start_time_seconds{job="prometheus"}'
_SELECTORS = (_FIRING, _FAILURES, _MISSED, _STARTED)
_AFTERWARDS = timedelta(minutes=1)
_SILENCE = 300.0  # seconds without a sample after which Prometheus itself holds a series for gone

Samples = dict[float, float]  # value by time: what overlapping windows both hold is one sample


@dataclass(slots=True)
class _Collected:
    """The samples of a session, by selector and series, and whether every window was answered."""

    by_selector: dict[str, dict[tuple[tuple[str, str], ...], Samples]] = field(
        default_factory=lambda: {selector: {} for selector in _SELECTORS}
    )
    answered: bool = False

    def add(self, selector: str, series: Iterable[RawSeries]) -> None:
        for one in series:
            self.by_selector[selector].setdefault(tuple(sorted(one.labels.items())), {}).update(one.samples)


class PrometheusAlerts:
    """The rules and the past of one Prometheus.

    Args:
        url: its base URL, with a path or without.
        rules_file: the alerting rules that must be in force; read anew each time.
        headers: sent with every request.
        client: the connection pool; whoever made it closes it.
        timeouts: the time limits.
    """

    def __init__(
        self,
        url: str,
        *,
        rules_file: Path,
        headers: Mapping[str, str],
        client: httpx.AsyncClient,
        timeouts: Timeouts | None = None,
    ) -> None:
        self._api = PrometheusApi(url, headers=headers, client=client, timeouts=timeouts or Timeouts())
        self._rules_file = rules_file

    async def look(self) -> Mapping[str, Reading]:
        """Return what is wrong with the rules now, and when Prometheus started."""
        problems = [Series(problem, 1.0) for problem in await self._problems()]
        started = [Series("", value) for value in await self._api.now(_STARTED)]
        readings = {RULES_PROBLEMS: Reading(MetricType.GAUGE, tuple(problems))}
        return readings | ({RULES_STARTED: Reading(MetricType.GAUGE, tuple(started))} if started else {})

    async def alert_history(self, session: Session) -> AlertHistory:
        """Return what the samples say about a session. Trouble is part of the answer."""
        rules: tuple[AlertRule, ...] = ()
        collected, trouble = _Collected(), None
        try:
            rules = await asyncio.to_thread(read_rules, self._rules_file)
            await self._collect(session, collected)
        except (PrometheusUnreachable, BadAnswer, ConfigurationError) as error:
            trouble = str(error)
        found = collected.by_selector
        return AlertHistory(
            rules=rules,
            rules_digest=self.rules_digest(),
            firing=_firing(found[_FIRING], {rule.name for rule in rules}, session),
            complete=collected.answered and _told_throughout(found[_STARTED].values(), session),
            evaluation_failures=_increase(found[_FAILURES].values(), session),
            iterations_missed=_increase(found[_MISSED].values(), session),
            restarts=_restarts(found[_STARTED].values(), session),
            trouble=trouble,
        )

    def rules_digest(self) -> str:
        """Return the SHA-256 (hex) of the rules file, or an empty text where it cannot be read."""
        try:
            return sha256(self._rules_file.read_bytes()).hexdigest()
        except OSError:
            return ""

    async def _problems(self) -> list[str]:
        loaded = await self._api.alert_rules()
        try:
            rules = await asyncio.to_thread(read_rules, self._rules_file)
        except ConfigurationError as error:
            return [str(error)]
        found = [await self._problem_with(rule, loaded) for rule in rules]
        return sorted({problem for problem in found if problem is not None})

    async def _problem_with(self, rule: AlertRule, loaded: list[LoadedRule]) -> str | None:
        problem = problem_with(rule, loaded)
        if problem is None or not any(one.rule.name == rule.name for one in loaded):
            return problem
        # Prometheus tells expressions in its own spelling: `sum(x) by (y)` comes back as `sum by (y) (x)`.
        formatted = await self._api.formatted(rule.expr)
        return problem if formatted is None else problem_with(rule.model_copy(update={"expr": formatted}), loaded)

    async def _collect(self, session: Session, collected: _Collected) -> None:
        # What stood before the open is where counters rise from; what happened last is first told after the close.
        for chunk in chunks(session.opens - CHUNK, session.closes + _AFTERWARDS):
            for selector in _SELECTORS:
                collected.add(selector, await self._api.raw(selector, chunk))
        collected.answered = True


def _inside(samples: Samples, session: Session) -> list[tuple[float, float]]:
    opens, closes = session.opens.timestamp(), session.closes.timestamp()
    return [(at, value) for at, value in sorted(samples.items()) if opens <= at <= closes]


def _firing(
    by_series: Mapping[tuple[tuple[str, str], ...], Samples], names: set[str], session: Session
) -> tuple[FiringAlert, ...]:
    seen: dict[str, list[float]] = {}
    for labels, samples in by_series.items():
        name = dict(labels).get("alertname", "")
        if name in names:
            seen.setdefault(name, []).extend(at for at, _ in _inside(samples, session))
    return tuple(
        FiringAlert(name=name, first=_instant(min(times)), last=_instant(max(times)))
        for name, times in sorted(seen.items())
        if times
    )


def _told_throughout(series: Iterable[Samples], session: Session) -> bool:
    """Tell whether Prometheus's own samples leave no part of a session untold."""
    times = [at for samples in series for at, _ in _inside(samples, session)]
    edges = [session.opens.timestamp(), *sorted(times), session.closes.timestamp()]
    return bool(times) and all(after - before <= _SILENCE for before, after in pairwise(edges))


def _with_edges(samples: Samples, session: Session) -> list[tuple[float, float]]:
    """Return the samples of a session between the last one before it and the first one after it."""
    opens, closes = session.opens.timestamp(), session.closes.timestamp()
    ordered = sorted(samples.items())
    before = [sample for sample in ordered if sample[0] < opens]
    after = [sample for sample in ordered if sample[0] > closes]
    return [*before[-1:], *_inside(samples, session), *after[:1]]


def _increase(series: Iterable[Samples], session: Session) -> float | None:
    """Return how far counters rose in a session; None where none of them was seen in it."""
    seen = list(series)
    if not any(_inside(samples, session) for samples in seen):
        return None
    return sum(_rise(_with_edges(samples, session), session.opens.timestamp()) for samples in seen if samples)


def _rise(row: list[tuple[float, float]], opens: float) -> float:
    # A counter that first appears in the session rose from zero in it; after a drop the value itself is the rise.
    new = row[0][1] if row[0][0] > opens else 0.0
    return new + sum(value - before if value >= before else value for (_, before), (_, value) in pairwise(row))


def _restarts(series: Iterable[Samples], session: Session) -> int | None:
    """Return how often Prometheus started in a session, or unseen at its edge; None where it does not tell."""
    seen = list(series)
    if not any(_inside(samples, session) for samples in seen):
        return None
    told = {value for samples in seen for _, value in _with_edges(samples, session)}
    starts = {value for value in told if value <= session.closes.timestamp()}
    # With nothing before the session to compare with, the start time itself tells.
    return len(starts) - 1 + (min(starts) > session.opens.timestamp()) if starts else 0


def _instant(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)
