"""What the trader's Prometheus can prove: that the rules of the file are in force, and that none of them fired."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Final

import httpx

from bot.adapters.alert_rules import LoadedRule, RulesFile, problem_with
from bot.adapters.prometheus_api import CHUNK, PrometheusApi, RawSeries, chunks
from bot.adapters.prometheus_clock import compare_clocks
from bot.adapters.ruler_metrics import RulerMetrics
from bot.adapters.timeouts import Timeouts
from bot.domain.evidence import RULES_FIRING, RULES_PROBLEMS, RULES_STARTED, AlertHistory, AlertRule, FiringAlert
from bot.domain.sample import MetricType, Reading, Series
from bot.domain.selector import Selector
from bot.domain.session import Session
from bot.errors import BadAnswer, ConfigurationError, PrometheusUnreachable
from bot.ports import Clock

_FIRING: Final = 'ALERTS{alertstate="firing"}'
_AFTERWARDS = timedelta(minutes=1)
_SILENCE = 300.0  # seconds without a sample after which Prometheus itself holds a series for gone

Samples = dict[float, float]  # value by time: what overlapping windows both hold is one sample


@dataclass(slots=True)
class _Collected:
    """The samples of a session, by selector and series, and whether every chunk was answered."""

    by_selector: dict[str, dict[tuple[tuple[str, str], ...], Samples]] = field(default_factory=dict)
    answered: bool = False

    def add(self, selector: str, series: Iterable[RawSeries]) -> None:
        known = self.by_selector.setdefault(selector, {})
        for one in series:
            known.setdefault(tuple(sorted(one.labels.items())), {}).update(one.samples)

    def of(self, selector: Selector | str) -> Mapping[tuple[tuple[str, str], ...], Samples]:
        return self.by_selector.get(str(selector), {})


class PrometheusAlerts:
    """The rules and the past of one Prometheus.

    Args:
        url: its base URL, with a path or without.
        rules_file: the alerting rules that must be in force; looked at anew each time.
        headers: sent with every request.
        clock: the bot's own, with which the server's must agree: what fired is told by the server's time.
        client: the connection pool; whoever made it closes it.
        external_labels: what the server adds to the labels of every rule.
        metrics: where it tells how its evaluations went, and when it started.
        timeouts: the time limits.
    """

    def __init__(
        self,
        url: str,
        *,
        rules_file: Path,
        headers: Mapping[str, str],
        clock: Clock,
        client: httpx.AsyncClient,
        external_labels: Mapping[str, str] | None = None,
        metrics: RulerMetrics | None = None,
        timeouts: Timeouts | None = None,
    ) -> None:
        self._api = PrometheusApi(url, headers=headers, client=client, timeouts=timeouts or Timeouts())
        self._clock = clock
        self._file = RulesFile(rules_file)
        self._external_labels = dict(external_labels or {})
        self._metrics = metrics or RulerMetrics()
        self._spelling: dict[str, str] = {}  # expressions as Prometheus formats them

    async def look(self) -> Mapping[str, Reading]:
        """Return what is wrong with the rules now, which of them fire, and when Prometheus started."""
        loaded = await self._api.alert_rules()
        try:
            rules, problems = await asyncio.to_thread(self._file.rules), set[str]()
        except ConfigurationError as error:
            rules, problems = (), {str(error)}
        problems |= {problem for rule in rules if (problem := await self._problem_with(rule, loaded)) is not None}
        firing = {rule.name for rule in rules} & {one.rule.name for one in loaded if one.fires}
        started = tuple(Series("", value) for value in await self._api.now(str(self._metrics.process_start)))
        told = {RULES_PROBLEMS: _texts(problems), RULES_FIRING: _texts(firing), RULES_STARTED: started}
        # That there is no problem is told as well: it is what a look is for.
        return {role: Reading(MetricType.GAUGE, one) for role, one in told.items() if one or role == RULES_PROBLEMS}

    async def alert_history(self, session: Session) -> AlertHistory:
        """Return what the samples say about a session. Trouble is part of the answer."""
        rules: tuple[AlertRule, ...] = ()
        collected, trouble = _Collected(), None
        try:
            rules = await asyncio.to_thread(self._file.rules)
            await compare_clocks(self._api, self._clock)
            await self._collect(session, collected)
        except (PrometheusUnreachable, BadAnswer, ConfigurationError) as error:
            trouble = str(error)
        own, started = self._metrics, collected.of(self._metrics.process_start).values()
        return AlertHistory(
            rules=rules,
            rules_digest=self.rules_digest(),
            firing=_firing(collected.of(_FIRING), {rule.name for rule in rules}, session),
            complete=collected.answered and _told_throughout(started, session),
            evaluation_failures=_increase(collected.of(own.evaluation_failures).values(), session),
            iterations_missed=_increase(collected.of(own.iterations_missed).values(), session),
            restarts=_restarts(started, session),
            trouble=trouble,
        )

    def rules_digest(self) -> str:
        """Return the SHA-256 (hex) of the rules file, or an empty text where it cannot be read."""
        return self._file.digest()

    async def _problem_with(self, rule: AlertRule, loaded: list[LoadedRule]) -> str | None:
        problem = problem_with(rule, loaded, self._external_labels)
        if problem is None or not any(one.rule.name == rule.name for one in loaded):
            return problem
        # Prometheus tells expressions in its own spelling: `sum(x) by (y)` comes back as `sum by (y) (x)`.
        respelled = rule.model_copy(update={"expr": await self._respelled(rule.expr)})
        return problem_with(respelled, loaded, self._external_labels)

    async def _respelled(self, expr: str) -> str:
        """Return an expression as Prometheus spells it; it is asked once, for every look compares."""
        if expr not in self._spelling:
            formatted = await self._api.formatted(expr)
            if formatted is None:
                return expr
            self._spelling[expr] = formatted
        return self._spelling[expr]

    async def _collect(self, session: Session, collected: _Collected) -> None:
        own = self._metrics
        selectors = (_FIRING, *map(str, (own.evaluation_failures, own.iterations_missed, own.process_start)))
        # What stood before the open is where counters rise from; what happened last is first told after the close.
        for chunk in chunks(session.opens - CHUNK, session.closes + _AFTERWARDS):
            for selector in selectors:
                collected.add(selector, await self._api.raw(selector, chunk))
        collected.answered = True


def _texts(texts: Iterable[str]) -> tuple[Series, ...]:
    return tuple(Series(text, 1.0) for text in sorted(texts))


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
