"""What Prometheus's answers prove, on answers written for the purpose."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from bot.adapters.prometheus_alerts import PrometheusAlerts
from bot.adapters.ruler_metrics import RulerMetrics
from bot.domain.evidence import RULES_FIRING, RULES_PROBLEMS, RULES_STARTED, AlertHistory
from bot.domain.sample import MetricType, Reading, Series
from bot.domain.session import Session
from bot.errors import BadAnswer, PrometheusUnreachable
from tests.support.clock import ManualClock
from tests.support.http_server import HttpServer, Received, answer, answer_json, http_server

OPENS = datetime(2026, 11, 23, 3, 45, tzinfo=UTC)
SESSION = Session(date=OPENS.date(), opens=OPENS, closes=OPENS + timedelta(minutes=12))
OPEN, CLOSE = SESSION.opens.timestamp(), SESSION.closes.timestamp()
RULE = {"name": "Down", "query": "up == 0", "duration": 5, "labels": {}, "health": "ok", "type": "alerting"}
FIRING = 'ALERTS{alertstate="firing"}'
FAILURES = "prometheus_rule_evaluation_failures_total"
MISSED = "prometheus_rule_group_iterations_missed_total"
STARTED = 'process_start_time_seconds{job="prometheus"}'
Stored = dict[str, list[tuple[dict[str, str], list[tuple[float, float]]]]]


def every(seconds: int, value: float, start: float = OPEN - 60, end: float = CLOSE + 60) -> list[tuple[float, float]]:
    """Return samples of a value that stands still."""
    return [(at, value) for at in range(int(start), int(end), seconds)]


def healthy() -> Stored:
    """Return what a Prometheus holds that has run for long, without trouble."""
    return {
        FIRING: [],
        FAILURES: [({"rule_group": "a"}, every(15, 3))],
        MISSED: [({"rule_group": "a"}, every(15, 0))],
        STARTED: [({}, every(15, OPEN - 86_400))],
    }


class Stand:
    """A Prometheus in writing: its rules, its samples, and the adapter that asks it."""

    def __init__(self, server: HttpServer, client: httpx.AsyncClient, file: Path) -> None:
        self.server, self._client, self.file = server, client, file
        self.clock, self.ahead = ManualClock(SESSION.closes + timedelta(seconds=90)), timedelta()
        self.history = self.adapter()
        self.stored = healthy()
        server.replies["/api/v1/query"] = self._query
        self.load(RULE)

    def adapter(self, **options: Any) -> PrometheusAlerts:
        """Return an adapter that asks it."""
        known = {"headers": {"Authorization": "Bearer t0ken"}, "clock": self.clock, "client": self._client}
        return PrometheusAlerts(self.server.url, rules_file=self.file, **known, **options)

    def load(self, *rules: object) -> None:
        """Let it have these rules loaded."""
        groups = [{"name": "a", "rules": list(rules)}]
        self.server.replies["/api/v1/rules"] = answer_json({"status": "success", "data": {"groups": groups}})

    def _query(self, request: Received) -> bytes:
        asked = {name: values[0] for name, values in parse_qs(urlsplit(request.path).query).items()}
        if asked["query"] == "time()":
            now = (self.clock.now() + self.ahead).timestamp()
            return answer_json({"status": "success", "data": {"resultType": "scalar", "result": [now, str(now)]}})
        if "time" not in asked:
            result = [{"metric": m, "value": [0, str(v[-1][1])]} for m, v in self.stored[asked["query"]]]
            return answer_json({"status": "success", "data": {"result": result}})
        selector, window = asked["query"].removesuffix("s]").rsplit("[", 1)
        end = float(asked["time"])
        inside: list[dict[str, Any]] = [
            {"metric": m, "values": [[at, str(v)] for at, v in values if end - int(window) < at <= end]}
            for m, values in self.stored[selector]
        ]
        result = [one for one in inside if one["values"]]
        return answer_json({"status": "success", "data": {"resultType": "matrix", "result": result}})

    async def ask(self) -> AlertHistory:
        """Return the history of the session."""
        return await self.history.alert_history(SESSION)


@pytest.fixture
async def stand(tmp_path: Path) -> AsyncIterator[Stand]:
    """A Prometheus with the rules file's one rule loaded."""
    file = tmp_path / "alerts.yml"
    file.write_text("groups: [{name: a, rules: [{alert: Down, expr: 'up  ==  0', for: 5s}]}]")
    async with http_server() as server, httpx.AsyncClient(trust_env=False) as client:
        yield Stand(server, client, file)


async def test_a_quiet_session_is_proven(stand: Stand) -> None:
    """No firing sample, no failed or missed evaluation, no restart, every window answered."""
    told = await stand.ask()
    assert (told.trouble, told.complete, told.firing) == (None, True, ())
    assert (told.evaluation_failures, told.iterations_missed, told.restarts) == (0.0, 0.0, 0)
    assert [rule.name for rule in told.rules] == ["Down"]
    assert told.rules_digest == sha256(stand.file.read_bytes()).hexdigest()
    assert stand.server.received[0].headers["authorization"] == "Bearer t0ken"


@pytest.mark.parametrize(("seconds", "agrees"), [(-600, False), (-0.6, False), (0.4, True), (0.6, False)])
async def test_a_clock_that_differs_proves_nothing(stand: Stand, seconds: float, agrees: bool) -> None:
    """What a server whose clock is off tells of a session's time may be about another time."""
    stand.ahead = timedelta(seconds=seconds)
    told = await stand.ask()
    assert (told.trouble is None) is told.complete is agrees
    assert agrees or "let both hosts keep their time by NTP" in str(told.trouble)


async def test_firing_rules_of_the_file_are_told(stand: Stand) -> None:
    """First and last sample inside of the session count, over all series; foreign rules and other hours do not."""
    stand.stored[FIRING] = [
        ({"alertname": "Down", "i": "1"}, [(OPEN - 5, 1), (OPEN + 290, 1), (OPEN + 295, 1)]),
        ({"alertname": "Down", "i": "2"}, [(OPEN + 500.5, 1)]),
        ({"alertname": "Foreign"}, [(OPEN + 10, 1)]),
    ]
    (fired,) = (await stand.ask()).firing
    assert fired.name == "Down"
    assert (fired.first, fired.last) == (OPENS + timedelta(seconds=290), OPENS + timedelta(seconds=500.5))


async def test_alerts_outside_of_the_session_are_not_told(stand: Stand) -> None:
    """An alert that ended before the open and one that began after the close are other days' matter."""
    stand.stored[FIRING] = [({"alertname": "Down"}, [(OPEN - 1, 1), (CLOSE + 1, 1)])]
    assert (await stand.ask()).firing == ()


@pytest.mark.parametrize(
    ("samples", "rise"),
    [
        ([(OPEN - 10, 3), (OPEN + 5, 4), (OPEN + 20, 4)], 1.0),
        ([(OPEN - 20, 1), (OPEN - 10, 3), (OPEN + 5, 3)], 0.0),
        ([(OPEN - 10, 3), (OPEN + 5, 3), (OPEN + 20, 2)], 2.0),
        ([(OPEN + 300, 2), (OPEN + 310, 2)], 2.0),
        ([(CLOSE - 10, 3), (CLOSE + 5, 4), (CLOSE + 20, 9)], 4.0),
        ([(CLOSE + 5, 9), (CLOSE + 20, 12)], 9.0),
        ([(OPEN - 20, 3), (OPEN - 10, 5)], 0.0),
    ],
)
async def test_counters_are_summed_over_the_session(
    stand: Stand, samples: list[tuple[float, float]], rise: float
) -> None:
    """Each series rises on its own; a drop counts from zero, and so does a series that is new in the session."""
    stand.stored[FAILURES].append(({"rule_group": "b"}, samples))
    assert (await stand.ask()).evaluation_failures == rise


async def test_restarts_are_counted(stand: Stand) -> None:
    """Another start time in the session is a restart; so is a first one that lies in the session."""
    stand.stored[STARTED] = [({}, every(15, OPEN - 100, end=OPEN + 100) + every(15, OPEN + 100, start=OPEN + 110))]
    assert (await stand.ask()).restarts == 1
    stand.stored[STARTED] = [({}, every(15, OPEN + 20, start=OPEN + 30))]
    assert (await stand.ask()).restarts == 1
    stand.stored[STARTED] = [({}, every(15, OPEN - 90, end=OPEN - 20) + every(15, OPEN - 15, start=OPEN - 10))]
    assert (await stand.ask()).restarts == 0
    stand.stored[STARTED] = [({}, every(15, OPEN - 90, end=CLOSE - 5) + every(15, CLOSE - 4, start=CLOSE + 3))]
    assert (await stand.ask()).restarts == 1
    stand.stored[STARTED] = [({}, every(15, OPEN - 90, end=CLOSE - 5) + every(15, CLOSE + 1, start=CLOSE + 3))]
    assert (await stand.ask()).restarts == 0


async def test_absent_self_metrics_prove_nothing(stand: Stand) -> None:
    """A Prometheus that does not scrape itself cannot tell; five minutes without a word from it are a hole."""
    stand.stored = {selector: [] for selector in stand.stored}
    told = await stand.ask()
    assert (told.evaluation_failures, told.iterations_missed, told.restarts) == (None, None, None)
    assert not told.complete
    for part in (every(15, OPEN - 100, end=CLOSE - 310), every(15, OPEN - 100, start=OPEN + 310)):
        stand.stored = healthy() | {STARTED: [({}, part)]}
        assert not (await stand.ask()).complete


async def test_trouble_is_part_of_the_history(stand: Stand) -> None:
    """A failing query, a foreign answer, a partial answer and a missing rules file are told, never raised."""
    for reply, words in (
        (answer("no", status=503), "answered 503"),
        (answer_json({"hello": 1}), "did not answer as Prometheus does"),
        (answer_json({"status": "success", "data": {"result": [{}]}}), "cannot be understood"),
        (answer_json({"status": "success", "data": {"result": []}, "warnings": ["remote"]}), "in part only"),
        (answer("<html>"), "HTML instead of JSON"),
    ):
        stand.server.replies["/api/v1/query"] = reply
        told = await stand.ask()
        assert words in str(told.trouble)
        assert not told.complete
    stand.file.unlink()
    told = await stand.ask()
    assert "cannot be read" in str(told.trouble)
    assert (told.rules, told.rules_digest) == ((), "")


async def test_look_finds_rules_in_order(stand: Stand) -> None:
    """With every rule in force there is no problem, and Prometheus's start is read."""
    assert await stand.history.look() == {
        RULES_PROBLEMS: Reading(MetricType.GAUGE, ()),
        RULES_STARTED: Reading(MetricType.GAUGE, (Series("", OPEN - 86_400),)),
    }


async def test_look_tells_problems(stand: Stand) -> None:
    """A rule that differs, a rules file that is gone and absent self-metrics are visible in the look."""
    stand.load({**RULE, "query": "up == 1"})
    stand.stored[STARTED] = []
    look = await stand.history.look()
    assert look == {RULES_PROBLEMS: Reading(MetricType.GAUGE, (Series("Down has another expression (up==1)", 1.0),))}
    stand.file.unlink()
    assert "cannot be read" in (await stand.history.look())[RULES_PROBLEMS].series[0].labels


async def test_look_tells_what_fires(stand: Stand) -> None:
    """A rule of the file that fires is named once, whatever its health; foreign and pending ones are not."""
    firing = {**RULE, "state": "firing"}
    stand.load(firing, {**firing, "query": "up == 1"}, {**firing, "name": "Foreign"})
    look = await stand.history.look()
    assert look[RULES_FIRING] == Reading(MetricType.GAUGE, (Series("Down", 1.0),))
    assert look[RULES_PROBLEMS].series == ()
    stand.load({**RULE, "state": "pending"})
    assert RULES_FIRING not in await stand.history.look()


async def test_recording_rules_are_passed_over(stand: Stand) -> None:
    """A vmalert tells recording rules as well, which have no wait, whatever it was asked for."""
    stand.load({"name": "Down", "query": "up", "labels": {}, "health": "ok", "type": "recording"}, RULE)
    assert (await stand.history.look())[RULES_PROBLEMS].series == ()
    assert stand.server.received[0].path == "/api/v1/rules?type=alert"


async def test_another_ruler_tells_in_its_own_metrics(stand: Stand) -> None:
    """A Mimir's or Thanos's ruler adds its labels to each rule, and counts its failures under names of its own."""
    stand.load({**RULE, "labels": {"cluster": "a"}})
    names = {
        "evaluation_failures": "cortex_prometheus_rule_evaluation_failures_total",
        "iterations_missed": 'missed_total{user="desk"}',
        "process_start": 'process_start_time_seconds{job="ruler"}',
    }
    ruler = stand.adapter(external_labels={"cluster": "a"}, metrics=RulerMetrics.model_validate(names))
    renamed = dict(zip((FAILURES, MISSED, STARTED), names.values(), strict=True))
    stand.stored = {renamed.get(name, name): series for name, series in stand.stored.items()}
    look = await ruler.look()
    assert look[RULES_PROBLEMS].series == ()
    assert look[RULES_STARTED].only == OPEN - 86_400
    told = await ruler.alert_history(SESSION)
    assert (told.trouble, told.complete, told.restarts) == (None, True, 0)
    assert (told.evaluation_failures, told.iterations_missed) == (0.0, 0.0)


async def test_spelling_is_asked_once(stand: Stand) -> None:
    """Every look compares, so that each spelling is remembered; one that could not be had is asked again."""
    stand.load({**RULE, "query": "0 == up"})
    for _ in range(2):
        assert (await stand.history.look())[RULES_PROBLEMS].series != ()
    stand.server.replies["/api/v1/format_query"] = answer_json({"status": "success", "data": "0 == up"})
    for _ in range(3):
        assert (await stand.history.look())[RULES_PROBLEMS].series == ()
    paths = [urlsplit(request.path).path for request in stand.server.received]
    assert paths.count("/api/v1/format_query") == 3


async def test_spelling_is_left_to_prometheus(stand: Stand) -> None:
    """Where the text differs, Prometheus's own spelling of the file's expression is compared."""
    stand.file.write_text("groups: [{name: a, rules: [{alert: Down, expr: 'sum(up) by (job) == 0'}]}]")
    stand.load({**RULE, "query": "sum by (job) (up) == 0", "duration": 0})
    assert (await stand.history.look())[RULES_PROBLEMS].series != ()
    formatted = {"status": "success", "data": "  sum by (job) (up)\n==\n  0"}
    stand.server.replies["/api/v1/format_query"] = answer_json(formatted)
    assert (await stand.history.look())[RULES_PROBLEMS].series == ()
    assert parse_qs(urlsplit(stand.server.received[-2].path).query)["query"] == ["sum(up)by(job)==0"]


async def test_look_raises_where_it_cannot_ask(stand: Stand) -> None:
    """A look without an answer is a hole in the watch, not a look without problems."""
    stand.server.replies["/api/v1/rules"] = b""
    with pytest.raises(PrometheusUnreachable, match="Prometheus"):
        await stand.history.look()
    stand.server.replies["/api/v1/rules"] = answer_json({"status": "success", "data": {}})
    with pytest.raises(BadAnswer, match="rules cannot be understood"):
        await stand.history.look()
