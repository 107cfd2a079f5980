"""A Prometheus's HTTP API in memory: it scrapes the scripted trader and holds its rules, but for what a test plants."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from math import ceil, floor
from pathlib import Path
from typing import Any

import httpx
from prometheus_client.parser import text_string_to_metric_families

from bot.sandbox.prometheus.promql import Selector, UnspokenError, number_text, parse_selector
from tests.support.evidence import OPENS
from tests.support.scripted_trader import NAMES, STARTED, ScriptedTrader

RULES = """groups:
- name: trader
  rules:
  - alert: TraderDown
    expr: up{job="trader"} == 0
    for: 10s
    labels: {severity: critical}
"""
LOADED: dict[str, Any] = {
    "name": "TraderDown",
    "query": 'up{job="trader"} == 0',
    "duration": 10,
    "labels": {"severity": "critical"},
    "health": "ok",
    "state": "inactive",
    "type": "alerting",
}
_OPENED = OPENS.timestamp()
_OWN_EVERY = 1.0  # seconds between its scrapes of itself and its rule evaluations
_LOOKBACK = 300.0  # seconds after which a series without a sample is gone

Labels = dict[str, str]
Points = list[tuple[float, float]]
Times = Callable[[float, float], Iterator[float]]


_COUNTS = ("scrape_samples_scraped", "scrape_samples_post_metric_relabeling")


@dataclass(slots=True)
class ScriptedPrometheus:
    """Answers queries and tells its rules as they stand. Times are true seconds since the session's open."""

    now: Callable[[], float]
    trader: ScriptedTrader
    scrape_every: float = 1.0
    scrape_offset: float = 0.25
    ahead: float = 0.0  # seconds by which its clock is ahead of the bot's
    starts: list[float] = field(default_factory=lambda: [-3600.0])  # oldest first
    away: list[tuple[float, float]] = field(default_factory=list)  # it does not answer
    dead: list[tuple[float, float]] = field(default_factory=list)  # it does not scrape or evaluate
    fired: list[tuple[float, float, str]] = field(default_factory=list)
    failed: list[float] = field(default_factory=list)  # when a rule evaluation failed
    missed: list[float] = field(default_factory=list)  # when a rule evaluation was missed
    tells_evaluations: bool = True  # whether it exposes those two counters
    in_part: list[tuple[float, float]] = field(default_factory=list)  # it warns that an answer is not all there is
    rules: list[tuple[float, float, list[dict[str, Any]]]] = field(default_factory=list)  # loaded otherwise
    instances: int = 1  # of the trader, as scrape targets
    scrapes_since: float = -60.0
    asked: list[str] = field(default_factory=list)
    _known: dict[float, list[tuple[str, Labels, float]]] = field(default_factory=dict)

    def client(self) -> httpx.AsyncClient:
        """Return a connection pool that reaches it, whatever the host."""
        return httpx.AsyncClient(transport=httpx.MockTransport(self._handle))

    def rules_file(self, folder: Path, text: str = RULES) -> Path:
        """Write the file of the rules that it has loaded, and return it."""
        file = folder / "alerts.yml"
        file.write_text(text, encoding="utf-8")
        return file

    def _handle(self, request: httpx.Request) -> httpx.Response:
        if _within(self.away, self.now()) or _within(self.dead, self.now()):
            raise httpx.ConnectError("refused", request=request)
        asked = dict(request.url.params)
        match request.url.path:
            case "/api/v1/rules":
                return _answer({"groups": [{"name": "trader", "rules": self._rules()}]})
            case "/api/v1/query":
                answer = self._query(asked["query"], asked.get("time"))
                warned = {"warnings": ["a store is away"]} if _within(self.in_part, self.now()) else {}
                return httpx.Response(answer.status_code, json={**answer.json(), **warned})
        return httpx.Response(404, json={"status": "error"})

    def _rules(self) -> list[dict[str, Any]]:
        now = self.now()
        loaded = next((rules for since, until, rules in self.rules if since <= now < until), [LOADED])
        firing = {name for since, until, name in self.fired if since <= now < until}
        return [{**rule, "state": "firing"} if rule["name"] in firing else rule for rule in loaded]

    def _query(self, query: str, time: str | None) -> httpx.Response:
        self.asked.append(query)
        clock = _OPENED + self.now() + self.ahead
        at = clock if time is None else float(time)
        if query == "time()":
            return _answer({"resultType": "scalar", "result": [at, f"{at:.3f}"]})
        try:
            selector = parse_selector(query)
        except UnspokenError as error:
            return httpx.Response(400, json={"status": "error", "error": str(error)})
        until = min(at, clock)
        since = until - (selector.seconds or _LOOKBACK)
        found = list(self._selected(selector, since, until))
        if selector.seconds is None:
            vector = [{"metric": labels, "value": [at, number_text(points[-1][1])]} for labels, points in found]
            return _answer({"resultType": "vector", "result": vector})
        matrix = [{"metric": labels, "values": [[t, number_text(v)] for t, v in points]} for labels, points in found]
        return _answer({"resultType": "matrix", "result": matrix})

    def _selected(self, selector: Selector, since: float, until: float) -> Iterator[tuple[Labels, Points]]:
        """Yield the series asked for with their samples in (since, until], in seconds since 1970 on its own clock."""
        for labels, value in self._own():
            if selector.accepts(labels):
                points = [(self._told(t), value(t)) for t in self._times(since, until, _OWN_EVERY, 0.125)]
                if kept := [(t, v) for t, v in points if v is not None]:
                    yield labels, kept
        names = [m for m in selector.matchers if m.label in ("__name__", "job")]
        if any(all(m.accepts({"__name__": name, "job": "trader"}) for m in names) for name in ("up", *NAMES)):
            yield from (one for one in self._scraped(since, until) if selector.accepts(one[0]))

    def _own(self) -> Iterator[tuple[Labels, Callable[[float], float | None]]]:
        for name in {name for _, _, name in self.fired}:
            labels = {"__name__": "ALERTS", "alertname": name, "alertstate": "firing", "severity": "critical"}
            spans = [(since, until) for since, until, fires in self.fired if fires == name]
            yield labels, lambda t, spans=spans: 1.0 if _within(spans, t) else None
        own = {"job": "prometheus", "instance": "localhost:9090"}
        group = {**own, "rule_group": "alerts.yml;trader"}
        counters = {
            "prometheus_rule_evaluation_failures_total": self.failed,
            "prometheus_rule_group_iterations_missed_total": self.missed,
        }
        for name, times in counters.items() if self.tells_evaluations else ():
            yield {**group, "__name__": name}, lambda t, times=times: self._counted(times, t)
        yield {**own, "__name__": "process_start_time_seconds"}, self._start

    def _counted(self, times: list[float], t: float) -> float:
        return float(sum(self._began(t) <= one <= t for one in times))

    def _start(self, t: float) -> float:
        return STARTED if self._began(t) == self.starts[0] else _OPENED + self._began(t)

    def _began(self, t: float) -> float:
        return max(start for start in self.starts if start <= t)

    def _scraped(self, since: float, until: float) -> Iterator[tuple[Labels, Points]]:
        """Yield what it read at the trader, each metric with the labels of its scrape target."""
        found: dict[tuple[tuple[str, str], ...], Points] = {}
        for t in self._times(since, until, self.scrape_every, self.scrape_offset):
            if t < self.scrapes_since:
                continue
            for number in range(self.instances):
                target = {"job": "trader", "instance": f"trader-{number}:9100"}
                for name, labels, value in self._read(t):
                    series = tuple(sorted({"__name__": name, **labels, **target}.items()))
                    found.setdefault(series, []).append((self._told(t), value))
        yield from ((dict(labels), points) for labels, points in found.items())

    def _read(self, t: float) -> list[tuple[str, Labels, float]]:
        """Return what one scrape of the trader read, and whether it succeeded."""
        if t not in self._known:
            up = self.trader.is_up(t)
            families = text_string_to_metric_families(self.trader.text(t)) if up else ()
            read = [(sample.name, sample.labels, sample.value) for family in families for sample in family.samples]
            self._known[t] = [("up", {}, float(up)), *((name, {}, float(len(read))) for name in _COUNTS), *read]
        return self._known[t]

    def _times(self, since: float, until: float, every: float, offset: float) -> Iterator[float]:
        """Yield the true times of scrapes whose time, as this Prometheus tells it, is in (since, until]."""
        shift = _OPENED + self.ahead
        first, last = ceil((since - shift - offset) / every), floor((until - shift - offset) / every)
        for beat in range(first, last + 1):
            t = beat * every + offset
            if t > since - shift and t >= self.starts[0] and not _within(self.dead, t):
                yield t

    def _told(self, t: float) -> float:
        return round(_OPENED + self.ahead + t, 3)


def _within(spans: list[tuple[float, float]], t: float) -> bool:
    return any(since <= t < until for since, until in spans)


def _answer(data: dict[str, Any]) -> httpx.Response:
    return httpx.Response(
        200, headers={"content-type": "application/json"}, text=json.dumps({"status": "success", "data": data})
    )
