"""The part of Prometheus's HTTP API that the bot asks: rules, one instant, and raw samples of a window."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Any, Final, NamedTuple, TypeVar

import httpx

from bot.adapters.alert_rules import LoadedRule, fold
from bot.adapters.http_answer import HttpAsker
from bot.adapters.timeouts import Timeouts
from bot.domain.evidence import AlertRule
from bot.errors import BadAnswer, PrometheusUnreachable

T = TypeVar("T")

CHUNK: Final = timedelta(minutes=5)
_OVERLAP = timedelta(seconds=10)
_LIMIT = 16 * 1024 * 1024


class Chunk(NamedTuple):
    """A stretch of time whose raw samples are asked for at once: so many seconds, up to an instant."""

    seconds: int
    end: datetime


def chunks(opened: datetime, closed: datetime) -> Iterator[Chunk]:
    """Yield chunks that overlap and together hold every instant between two."""
    start, end = opened, min(opened + CHUNK, closed)
    yield _chunk(start, end)
    while end < closed:
        start, end = end, min(end + CHUNK, closed)
        yield _chunk(start, end)


def _chunk(start: datetime, end: datetime) -> Chunk:
    return Chunk(ceil((end - start + _OVERLAP).total_seconds()), end)


@dataclass(frozen=True, slots=True)
class RawSeries:
    """One series: its labels, and its samples as stored, as seconds since 1970 and value, oldest first."""

    labels: Mapping[str, str]
    samples: tuple[tuple[float, float], ...]

    @property
    def name(self) -> str:
        """The metric's name."""
        return self.labels.get("__name__", "")


class PrometheusApi:
    """Asks one Prometheus. Every method raises PrometheusUnreachable or BadAnswer."""

    def __init__(self, url: str, *, headers: Mapping[str, str], client: httpx.AsyncClient, timeouts: Timeouts) -> None:
        self._within = timeouts.prometheus
        self._asker = HttpAsker(
            whom="Prometheus",
            unreachable=PrometheusUnreachable,
            client=client,
            url=url,
            headers=headers,
            connect=timeouts.connect,
        )

    async def alert_rules(self) -> list[LoadedRule]:
        """Return every alerting rule that is loaded."""
        data = await self._get("/api/v1/rules", type="alert")
        return _shaped(lambda: list(_alerting(data["groups"])), "rules")

    async def formatted(self, expr: str) -> str | None:
        """Return an expression in Prometheus's own spelling, or None from one that does not offer it."""
        try:
            return fold(str(await self._get("/api/v1/format_query", query=expr)))
        except BadAnswer:
            return None

    async def now(self, selector: str) -> list[float]:
        """Return the present value of every series that a selector matches."""
        data = await self._get("/api/v1/query", query=selector)
        return _shaped(lambda: [float(one["value"][1]) for one in data["result"]], "query")

    async def clock(self) -> datetime:
        """Return the instant at which it answers, by its own clock."""
        data = await self._get("/api/v1/query", query="time()")
        return _shaped(lambda: _moment(data["result"]), "query")

    async def raw(self, selector: str, chunk: Chunk) -> list[RawSeries]:
        """Return the raw samples of a chunk: a range selector, never steps, which would repeat old values."""
        query = {"query": f"{selector}[{chunk.seconds}s]", "time": f"{chunk.end.timestamp():.3f}"}
        data = await self._get("/api/v1/query", **query)
        return _shaped(lambda: [_raw(one) for one in data["result"]], "query")

    async def _get(self, path: str, **params: str) -> Any:
        answer = await self._asker.ask("GET", path, within=self._within, limit=_LIMIT, params=params)
        said: Any = answer.good().json()
        if not isinstance(said, dict) or said.get("status") != "success":
            raise BadAnswer(f"{answer.url} did not answer as Prometheus does; check that the url is right")
        if warned := said.get("warnings") or said.get("isPartial"):  # the latter of a VictoriaMetrics cluster
            raise BadAnswer(f"{answer.url} answered in part only ({warned}); mend what it warns of")
        return said.get("data")


def _shaped(read: Callable[[], T], endpoint: str) -> T:
    try:
        return read()
    except (LookupError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise BadAnswer(f"Prometheus's {endpoint} cannot be understood; check its version and the url") from error


def _alerting(groups: Any) -> Iterator[LoadedRule]:
    for group in groups:
        for rule in group["rules"]:
            if rule["type"] == "alerting":  # not all servers heed what was asked for
                yield _loaded(rule)


def _loaded(rule: Any) -> LoadedRule:
    return LoadedRule(
        AlertRule(
            name=rule["name"], expr=fold(rule["query"]), hold=float(rule["duration"]), labels=dict(rule["labels"])
        ),
        health=str(rule["health"]),
        last_error=str(rule.get("lastError", "")),
        fires=rule.get("state") == "firing",
    )


def _moment(result: Any) -> datetime:
    """Return the time of an answer that is a scalar or, as VictoriaMetrics gives it, a vector.

    The time that the answer bears, not its value: VictoriaMetrics lets the value lag behind by half a minute.
    """
    at, _ = result[0]["value"] if isinstance(result[0], dict) else result
    return datetime.fromtimestamp(float(at), UTC)


def _raw(series: Any) -> RawSeries:
    samples = ((float(at), float(value)) for at, value in series.get("values", ()))
    return RawSeries({str(name): str(value) for name, value in series["metric"].items()}, tuple(samples))
