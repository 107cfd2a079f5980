"""What becomes of a Prometheus's raw samples, on answers written for the purpose."""

import math
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from bot.adapters.prometheus_samples import PrometheusSamples
from bot.domain.metrics import Metrics
from bot.domain.sample import MetricType, Reading, Sample, Series, Source
from bot.errors import BadAnswer, PrometheusUnreachable
from bot.sandbox.prometheus.promql import parse_selector
from tests.support.clock import ManualClock
from tests.support.http_server import HttpServer, Received, answer, answer_json, http_server

NOON = datetime(2026, 11, 23, 6, 30, tzinfo=UTC)
AT = NOON.timestamp()
TARGET = {"job": "trader", "instance": "10.0.0.7:8000"}
Points = list[tuple[float, float]]


def every(seconds: float, value: float, start: float = 0, end: float = 60) -> Points:
    """Return samples of a value that stands still; times are seconds since noon."""
    return [(start + beat * seconds, value) for beat in range(int((end - start) / seconds) + 1)]


class Stand:
    """A Prometheus in writing: series of samples, its clock, and the adapter that asks it."""

    def __init__(self, server: HttpServer, client: httpx.AsyncClient) -> None:
        self.server, self._client = server, client
        self.clock = ManualClock(NOON + timedelta(minutes=20))
        self.ahead = 0.0  # seconds
        self.under_way = [0.0, 0.0, 0.0]  # seconds that the answers about its clock take
        self.series: list[tuple[dict[str, str], Points]] = []
        self.as_vector = False
        self.roles: dict[str, Any] = {}
        self.add("up", every(1, 1))
        self.add("trader_is_leader", every(1, 1))
        self.keeps_all()
        server.replies["/api/v1/query"] = server.replies["/select/0/api/v1/query"] = self._query

    def add(self, name: str, points: Points, **labels: str) -> None:
        """Let it hold a series; without other labels those of the trader's target."""
        self.series.append(({"__name__": name, **TARGET, **labels}, points))

    def keeps_all(self, **labels: str) -> None:
        """Let it tell that it has left out nothing of what it read."""
        for name in ("scrape_samples_scraped", "scrape_samples_post_metric_relabeling"):
            self.add(name, every(1, 7), **labels)

    async def ask(self, start: float = 0, end: float = 60, *, prefix: str = "", **select: str) -> tuple[Sample, ...]:
        """Return the samples between two times."""
        history = PrometheusSamples(
            self.server.url + prefix,
            headers={"X-Scope-OrgID": "desk"},
            roles=Metrics.model_validate(self.roles).roles(),
            select=select,
            clock=self.clock,
            client=self._client,
        )
        return await history.samples(NOON + timedelta(seconds=start), NOON + timedelta(seconds=end))

    @property
    def queries(self) -> list[str]:
        """What it was asked, but for its clock."""
        asked = [parse_qs(urlsplit(request.path).query)["query"][0] for request in self.server.received]
        return [query for query in asked if query != "time()"]

    def _query(self, request: Received) -> bytes:
        asked = {name: values[0] for name, values in parse_qs(urlsplit(request.path).query).items()}
        if asked["query"] == "time()":
            return self._time()
        selector, end = parse_selector(asked["query"]), float(asked["time"])
        start = end - (selector.seconds or 0)
        found = [
            {
                "metric": labels,
                "values": [[AT + t, str(v)] for t, v in points if start < AT + t <= end],
            }
            for labels, points in self.series
            if selector.accepts(labels)
        ]
        result = [one for one in found if one["values"]]
        return answer_json({"status": "success", "data": {"resultType": "matrix", "result": result}, "infos": ["odd"]})

    def _time(self) -> bytes:
        self.clock.step_wall(self.under_way[0] / 2)
        at = self.clock.now().timestamp() + self.ahead
        self.clock.step_wall(self.under_way.pop(0) / 2)
        if self.as_vector:
            vector = [{"metric": {}, "value": [at, str(at - 30)]}]
            return answer_json({"status": "success", "data": {"resultType": "vector", "result": vector}})
        return answer_json({"status": "success", "data": {"resultType": "scalar", "result": [at, str(at)]}})


@pytest.fixture
async def stand() -> AsyncIterator[Stand]:
    """A Prometheus that has read a trader's leader gauge every second for a minute."""
    async with http_server() as server, httpx.AsyncClient(trust_env=False) as client:
        yield Stand(server, client)


def leader(value: float = 1.0, labels: str = "") -> dict[str, Reading]:
    """Return what a sample reads that holds the leader alone."""
    return {"leader": Reading(MetricType.UNKNOWN, (Series(labels, value),))}


async def test_each_successful_scrape_is_a_sample(stand: Stand) -> None:
    """Samples come in order, both ends of the time included, with their time and source."""
    stand.series[1] = (stand.series[1][0], [(t, t) for t, _ in every(1, 1)])
    found = await stand.ask(10, 12)
    times = [NOON + timedelta(seconds=t) for t in (10, 11, 12)]
    assert found == tuple(
        Sample(at, leader(float(t)), Source.PROMETHEUS) for t, at in zip((10, 11, 12), times, strict=True)
    )
    assert stand.queries[0] == (
        '{__name__=~"trader_is_leader|trader_marketdata_heartbeat_seconds|trader_order_stream_heartbeat_seconds|'
        'trader_scan_heartbeat_seconds|trader_scan_ticks_total"}[310s]'
    )
    assert stand.queries[-1].endswith('|up",instance="10.0.0.7:8000",job="trader"}[12s]')


async def test_how_long_a_scrape_took_is_told(stand: Stand) -> None:
    """What it read was so at some instant of that time; where Prometheus does not tell, nothing is said of it."""
    stand.add("scrape_duration_seconds", [(1, 0.25), (2, math.nan)])
    assert [sample.took for sample in await stand.ask(0, 2)] == [0.0, 0.25, 0.0]


async def test_long_times_are_asked_in_chunks(stand: Stand) -> None:
    """Chunks overlap, no sample is lost or told twice at their seams, and never is query_range asked."""
    stand.series = []
    stand.add("up", every(0.25, 1, end=800))
    stand.add("trader_is_leader", every(0.25, 1, end=800))
    found = await stand.ask(0.1, 720)
    assert [(sample.at - NOON).total_seconds() for sample in found] == [t / 4 for t in range(1, 2881)]
    asked = [query.rsplit("[", 1)[1] for query in stand.queries if "|up" in query]
    assert asked == ["310s]", "310s]", "130s]"]
    assert all(request.path.startswith("/api/v1/query?") for request in stand.server.received)


async def test_prefix_and_headers_are_sent(stand: Stand) -> None:
    """A tenant's header and a path before the API's reach a Mimir or a VictoriaMetrics cluster."""
    assert len(await stand.ask(prefix="/select/0/")) == 61
    assert {request.headers["x-scope-orgid"] for request in stand.server.received} == {"desk"}


@pytest.mark.parametrize("ahead", [-0.6, 0.6, 7200.0])
async def test_samples_of_another_clock_are_refused(stand: Stand, ahead: float) -> None:
    """A clock that differs by more than half a second times nothing; one that differs by less does."""
    stand.ahead = ahead
    with pytest.raises(BadAnswer, match=rf"clock may differ from this host's by {abs(ahead):.1f} s.*NTP"):
        await stand.ask()
    assert stand.queries == []
    stand.ahead, stand.under_way = math.copysign(0.45, ahead), [0.0]
    assert len(await stand.ask()) == 61


async def test_a_slow_answer_tells_less_of_a_clock(stand: Stand) -> None:
    """Half of the time that an answer takes counts as a difference; a quick one among three is enough."""
    stand.ahead, stand.under_way = 0.3, [0.5, 0.5, 0.5]
    with pytest.raises(BadAnswer, match=r"by 0\.6 s"):  # 0.55 s, rounded
        await stand.ask()
    stand.under_way = [1.0, 0.5, 0.2]
    assert len(await stand.ask()) == 61


async def test_the_time_of_an_answer_is_read_not_its_value(stand: Stand) -> None:
    """VictoriaMetrics answers with a vector whose value lags behind by half a minute."""
    stand.as_vector = True
    assert len(await stand.ask()) == 61


async def test_nothing_read_is_no_sample(stand: Stand) -> None:
    """A time in which Prometheus did not read the trader, or never did, holds no sample and is no error."""
    assert await stand.ask(100, 120) == ()
    stand.series = []
    assert await stand.ask() == ()


async def test_several_targets_are_refused(stand: Stand) -> None:
    """Where two targets expose the trader's metrics it must be said which is meant."""
    stand.add("trader_scan_ticks_total", every(1, 5, start=30), instance="10.0.0.8:8000")
    with pytest.raises(BadAnswer, match=r"from 2 targets \(.*10\.0\.0\.7:8000.*10\.0\.0\.8:8000.*prometheus\.select"):
        await stand.ask()
    assert len(await stand.ask(instance="10.0.0.7:8000")) == 61


async def test_another_trader_never_stands_in(stand: Stand) -> None:
    """While this trader was down another one was read all along: its samples are not this trader's."""
    stand.series = []
    for name in ("up", "trader_is_leader"):
        stand.add(name, [*every(1, 1, end=20), *every(1, 1, start=40)])
        stand.add(name, every(1, 1), instance="10.0.0.8:8000")
    with pytest.raises(BadAnswer, match=r"from 2 targets \(.*10\.0\.0\.7:8000.*10\.0\.0\.8:8000.*prometheus\.select"):
        await stand.ask(22, 38)
    assert await stand.ask(22, 38, instance="10.0.0.7:8000") == ()


async def test_what_prometheus_read_around_its_own_absence_is_kept(stand: Stand) -> None:
    """Where it read nothing for longer than one question reaches there is no sample, and the rest is told."""
    stand.series = []
    for name in ("up", "trader_is_leader"):
        stand.add(name, [*every(1, 1), *every(1, 1, start=840, end=900)])
    assert len(await stand.ask(0, 900)) == 122


async def test_a_trader_may_have_moved_since(stand: Stand) -> None:
    """A target that was gone before this one came, or came after it was gone, was the same trader elsewhere."""
    stand.add("trader_is_leader", every(1, 1, start=-900, end=-5), instance="10.0.0.6:8000")
    stand.add("trader_is_leader", every(1, 1, start=65, end=900), instance="10.0.0.8:8000")
    assert len(await stand.ask()) == 61


@pytest.mark.parametrize("kept", [None, every(1, 6)])
async def test_where_metrics_were_left_out_an_absent_retry_counter_is_no_zero(
    stand: Stand, kept: Points | None
) -> None:
    """A rule of Prometheus's may have dropped it; a Prometheus that does not tell may have as well."""
    (sample,) = await stand.ask(10, 10)
    assert "retries.token_refresh" not in sample.readings
    stand.series = [one for one in stand.series if one[0]["__name__"] != "scrape_samples_post_metric_relabeling"]
    if kept is not None:
        stand.add("scrape_samples_post_metric_relabeling", kept)
    (sample,) = await stand.ask(10, 10)
    assert sample.readings["retries.token_refresh"].series == ()
    stand.add("trader_retries_total", every(1, 2), type="token_refresh")
    (sample,) = await stand.ask(10, 10)
    assert sample.readings["retries.token_refresh"].total == 2.0


async def test_select_narrows_every_question(stand: Stand) -> None:
    """Two clusters in one Thanos differ in a label only, which is then taken off like the target's others."""
    stand.series = [({**labels, "cluster": "a"}, points) for labels, points in stand.series]
    stand.series += [({**labels, "cluster": "b"}, every(1, 0)) for labels, _ in stand.series]
    with pytest.raises(BadAnswer, match=r"holds up\{.*\} 2 times, with different cluster; .*prometheus\.select"):
        await stand.ask()
    found = await stand.ask(cluster="a")
    assert [sample.readings for sample in found] == [leader()] * 61
    assert all('cluster="a"' in query for query in stand.queries[-2:])


async def test_scrapes_that_failed_are_no_samples(stand: Stand) -> None:
    """Only where `up` is 1 was the trader read, whatever else bears that time."""
    stand.series[0] = (stand.series[0][0], [(t, float(t != 5)) for t, _ in every(1, 1)])
    found = await stand.ask(4, 6)
    assert [(sample.at - NOON).total_seconds() for sample in found] == [4, 6]


async def test_without_up_nothing_is_believed(stand: Stand) -> None:
    """Samples that came another way than by a scrape do not tell when the trader was read."""
    del stand.series[0]
    with pytest.raises(BadAnswer, match=r'holds no up\{instance="10.0.0.7:8000",job="trader"\}.*honor_labels'):
        await stand.ask()


async def test_labels_read_as_exposed(stand: Stand) -> None:
    """The target's labels come off; what was renamed for them gets its name back; the rest stays as it is."""
    stand.series = []
    stand.roles = {"leader": 'trader_is_leader{instance="a"}'}
    stand.add("up", every(1, 1), env="prod")
    stand.keeps_all(env="prod")
    stand.add("trader_is_leader", every(1, 1), env="prod", exported_instance="a")
    stand.add("trader_is_leader", every(1, 0), env="prod", exported_instance="b")
    stand.add("retries_total", every(1, 2), env="prod", type="token_refresh", exported_kind='a "b"')
    (sample,) = await stand.ask(1, 1)
    assert sample.readings == {
        **leader(labels='{instance="a"}'),
        "retries.token_refresh": Reading(
            MetricType.UNKNOWN, (Series(r'{exported_kind="a \"b\"",type="token_refresh"}', 2.0),)
        ),
    }


async def test_series_that_only_prometheus_tells_apart_are_refused(stand: Stand) -> None:
    """Two series that the trader exposes as one cannot both be right."""
    stand.add("trader_is_leader", every(1, 0), exported_zone="a")
    stand.add("trader_is_leader", every(1, 0), zone="a")
    assert len((await stand.ask())[0].readings["leader"].series) == 3
    stand.series[0][0]["zone"] = "a"
    with pytest.raises(BadAnswer, match=r"trader_is_leader.* twice.*prometheus\.select"):
        await stand.ask()


async def test_a_role_reads_its_first_metric_that_is_there(stand: Stand) -> None:
    """At each time by itself: a metric of another name steps in only where the first has no sample."""
    stand.roles = {"scan_ticks": ["ticks_total", "scans_total"]}
    stand.add("ticks_total", every(1, 7, start=3, end=10))
    stand.add("scans_total", every(1, 9))
    found = await stand.ask(2, 4)
    assert [sample.readings["scan_ticks"].total for sample in found] == [9, 7, 7]


async def test_values_are_kept_as_they_are(stand: Stand) -> None:
    """NaN and infinities are values; a labelled counter that is not there is absent."""
    stand.add("trader_scan_ticks_total", [(1, math.nan), (2, math.inf), (3, -math.inf)])
    stand.add("retries_total", [(2.001, 1)], type="rate_limit")
    found = await stand.ask(1, 3)
    told = [sample.readings["scan_ticks"].total for sample in found]
    assert math.isnan(told[0])
    assert told[1:] == [math.inf, -math.inf]
    assert all("retries.rate_limit" not in sample.readings for sample in found)


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (answer_json({"status": "error", "error": "parse error"}, status=400), "answered 400.*parse error"),
        (answer("busy", status=500), "answered 500"),
        (answer("", status=302, headers="Location: /login\r\n"), "redirects to /login"),
        (answer("<html>", content_type="text/html"), "HTML instead of JSON"),
        (answer_json(["up"]), "did not answer as Prometheus does"),
        (answer_json({"status": "success", "data": {"result": []}, "warnings": ["store away"]}), "in part.*store away"),
        (answer_json({"status": "success", "isPartial": True, "data": {"result": []}}), "in part only"),
        (answer_json({"status": "success", "data": {"result": []}}), "query cannot be understood"),
        (answer_json({"status": "success", "data": {"result": ["never", "1"]}}), "query cannot be understood"),
        (answer_json({"status": "success", "data": {"result": [1e300, "1"]}}), "query cannot be understood"),
        (answer_json({"status": "success"}), "query cannot be understood"),
    ],
)
async def test_odd_answers_are_refused_in_words(stand: Stand, reply: bytes, words: str) -> None:
    """What is no answer of a Prometheus, or only a part of one, is said in one sentence."""
    stand.server.replies["/api/v1/query"] = reply
    with pytest.raises(BadAnswer, match=words):
        await stand.ask()


@pytest.mark.parametrize(
    "result",
    [[{}], [{"metric": {}, "values": [["1"]]}], [{"metric": [], "values": []}], ["up"], {"metric": 1}, None, 7],
)
async def test_odd_samples_are_refused_in_words(stand: Stand, result: Any) -> None:
    """Samples in another shape than Prometheus's are a bad answer, never a crash."""
    time = stand.server.replies["/api/v1/query"]
    odd = answer_json({"status": "success", "data": {"result": result}})
    assert callable(time)
    stand.server.replies["/api/v1/query"] = lambda request: time(request) if "time%28" in request.path else odd
    with pytest.raises(BadAnswer, match="query cannot be understood"):
        await stand.ask()


async def test_no_answer_is_unreachable(stand: Stand) -> None:
    """A connection that breaks before any answer says so."""
    stand.server.replies["/api/v1/query"] = b""
    with pytest.raises(PrometheusUnreachable, match="Prometheus"):
        await stand.ask()
