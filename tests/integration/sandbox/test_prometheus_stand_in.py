"""The Prometheus stand-in: what it answers by itself, and that a real Prometheus answers in the same shapes."""

import asyncio
import os
import shutil
import socket
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import groupby
from pathlib import Path

import httpx
import pytest
from aiohttp import web

from bot.sandbox.prometheus import PrometheusStandIn

RULES = """
groups:
  - name: state
    rules:
      - alert: LeaderLost
        expr: trader_is_leader   !=  1.0
        for: 300ms
        labels: {severity: critical}
        annotations: {summary: "{{ $labels.job }} has leader {{ $value }}"}
      - alert: Breached
        expr: trader_risk_limit_breached{job='trader'} > 0
  - name: beyond
    rules:
      - alert: Stalled
        expr: rate(trader_scan_ticks_total[1m]) == 0
"""


class Exposition:
    """A trader's metrics that a test changes by hand; `None` makes the scrape fail."""

    def __init__(self) -> None:
        self.text: str | None = "trader_is_leader 1\ntrader_risk_limit_breached 1\n"

    async def answer(self, _request: web.Request) -> web.Response:
        """Serve the text, or an error."""
        return web.Response(text=self.text) if self.text is not None else web.Response(status=500)


@asynccontextmanager
async def serving(exposition: Exposition) -> AsyncIterator[str]:
    """Serve metrics on the loopback."""
    app = web.Application()
    app.router.add_get("/metrics", exposition.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@pytest.fixture
def exposition() -> Exposition:
    """What the scraped trader exports."""
    return Exposition()


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """A rules file of two groups, the second of which the stand-in does not speak."""
    path = tmp_path / "rules.yml"
    path.write_text(RULES)
    return path


@pytest.fixture
async def target(exposition: Exposition) -> AsyncIterator[str]:
    """The URL under which the exposition is scraped."""
    async with serving(exposition) as url:
        yield url


@pytest.fixture
async def prometheus(target: str, rules: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a running stand-in."""
    async with (
        PrometheusStandIn(target, rules, scrape_interval=0.1, evaluation_interval=0.1) as running,
        httpx.AsyncClient(base_url=running.url) as client,
    ):
        yield client


async def query(client: httpx.AsyncClient, text: str, **parameters: object) -> list[dict]:
    """Ask an instant query and return its result."""
    answer = await client.get("/api/v1/query", params={"query": text, **parameters})
    return answer.raise_for_status().json()["data"]["result"]


async def rule(client: httpx.AsyncClient, name: str) -> dict:
    """Return one rule of the rules API."""
    groups = (await client.get("/api/v1/rules", params={"type": "alert"})).json()["data"]["groups"]
    return next(rule for group in groups for rule in group["rules"] if rule["name"] == name)


async def test_answers_what_it_scraped(prometheus, target, eventually):
    """A scraped gauge is answered with the target's labels, the time asked for, and its value as text."""
    await eventually(lambda: query(prometheus, "trader_is_leader"))
    at = time.time()
    found = await query(prometheus, 'trader_is_leader{job=~"tra.*",instance!="x"}', time=at)
    labels = {"__name__": "trader_is_leader", "job": "trader", "instance": target.removeprefix("http://")}
    assert found == [{"metric": labels, "value": [at, "1"]}]
    assert await query(prometheus, 'trader_is_leader{job!~"tra.*"}') == []


async def test_range_selector_answers_raw_samples(prometheus, eventually):
    """A range selector answers every raw sample after the range's begin up to the time asked for."""

    async def five() -> bool:
        found = await query(prometheus, "trader_is_leader[1m]")
        return bool(found) and len(found[0]["values"]) >= 5

    await eventually(five)
    samples = (await query(prometheus, "trader_is_leader[1h30m]"))[0]["values"]
    third = samples[2][0]
    [inside] = await query(prometheus, "trader_is_leader[1h]", time=third)
    assert inside["values"] == samples[:3]
    assert await query(prometheus, "trader_is_leader[1h]", time=samples[0][0] - 0.01) == []


async def test_vanished_series_is_stale_at_once(prometheus, exposition, eventually):
    """A series that left the exposition, or whose scrape failed, is not answered with its last value."""
    await eventually(lambda: query(prometheus, "trader_is_leader"))
    exposition.text = None

    async def down() -> bool:
        return (await query(prometheus, 'up{job="trader"}'))[0]["value"][1] == "0"

    await eventually(down)
    assert await query(prometheus, "trader_is_leader") == []
    assert await query(prometheus, "trader_is_leader[1m]")


async def test_tells_its_clock(prometheus):
    """The one function it knows is the time, as a scalar."""
    before = time.time()
    at, text = await query(prometheus, "time()")
    assert before <= at <= time.time()
    assert float(text) == at


async def test_away_it_neither_scrapes_nor_evaluates(target, rules, eventually):
    """While it is away no sample is stored; it comes back as one that was started anew."""
    async with (
        PrometheusStandIn(target, rules, scrape_interval=0.1, evaluation_interval=0.1) as running,
        httpx.AsyncClient(base_url=running.url) as client,
    ):
        await eventually(lambda: query(client, 'ALERTS{alertstate="firing"}'))
        [started] = await query(client, "process_start_time_seconds")
        with running.away():
            left = time.time()
            await asyncio.sleep(0.5)
            back = time.time()

        async def returned() -> bool:
            [now] = await query(client, "process_start_time_seconds")
            return now["value"][1] != started["value"][1]

        await eventually(returned)
        for selector in ("up[1m]", "ALERTS[1m]"):
            times = [at for series in await query(client, selector) for at, _ in series["values"]]
            assert not [at for at in times if left < at < back]


async def test_rule_waits_fires_and_resolves(prometheus, exposition, eventually):
    """A rule is pending for its `for`, then fires; its ALERTS series tell both, and end when it resolves."""

    async def state(wanted: str) -> bool:
        return (await rule(prometheus, "LeaderLost"))["state"] == wanted

    await eventually(lambda: query(prometheus, "trader_is_leader"))
    exposition.text = "trader_is_leader 0\n"
    await eventually(lambda: state("pending"))
    await eventually(lambda: state("firing"))
    [alert] = (await rule(prometheus, "LeaderLost"))["alerts"]
    assert alert["annotations"] == {"summary": "trader has leader 0"}
    assert alert["labels"]["severity"] == "critical"
    assert alert["value"] == "0e+00"
    exposition.text = "trader_is_leader 1\n"
    await eventually(lambda: state("inactive"))
    assert await query(prometheus, 'ALERTS{alertname="LeaderLost"}') == []
    past = await query(prometheus, 'ALERTS{alertname="LeaderLost"}[1m]')
    assert {series["metric"]["alertstate"] for series in past} == {"pending", "firing"}


async def test_admits_what_it_cannot_evaluate(prometheus, eventually):
    """A rule it does not speak has health err, says why, and counts as failed evaluations."""

    async def evaluated() -> bool:
        return (await rule(prometheus, "Stalled"))["health"] == "err"

    await eventually(evaluated)
    assert "stand-in" in (await rule(prometheus, "Stalled"))["lastError"]

    async def failures() -> dict[str, bool]:
        found = await query(prometheus, "prometheus_rule_evaluation_failures_total")
        return {series["metric"]["rule_group"].split(";")[1]: series["value"][1] != "0" for series in found}

    async def counted() -> bool:
        return await failures() == {"state": False, "beyond": True}

    await eventually(counted)


@pytest.mark.parametrize(
    "text",
    ["", "{}", "up(", "rate(up[1m])", "up[2]", "up{job=trader}", 'up{job=~"("}', r'up{job="\d"}', "up offset 5m"],
)
async def test_refuses_what_it_does_not_speak(prometheus, text):
    """Any other query answers 400 in Prometheus's error shape, and says so."""
    answer = await prometheus.post("/api/v1/query", data={"query": text})
    assert answer.status_code == 400
    assert set(answer.json()) == {"status", "errorType", "error"}
    assert answer.json()["errorType"] == "bad_data"
    assert "stand-in" in answer.json()["error"]


async def test_refuses_other_endpoints_and_bad_times(prometheus):
    """Other endpoints, times that are none and unknown rule types answer 400 too."""
    for path in ("query_range?query=up", "query?query=up&time=noon", "rules?type=x"):
        assert (await prometheus.get(f"/api/v1/{path}")).status_code == 400


@pytest.mark.parametrize(
    "text",
    [
        "groups: [{name: g, rules: [{record: r, expr: up}]}]",
        "groups: [{name: g, rules: [{alert: A, expr: up == 0, for: soon}]}]",
        "groups: [{name: g, interval: 1 s}]",
    ],
)
async def test_refuses_a_rules_file_it_cannot_load(tmp_path, text):
    """A recording rule or a duration that is none ends the start, as a broken file ends a Prometheus's."""
    (tmp_path / "rules.yml").write_text(text)
    with pytest.raises(ValueError, match=r"record|duration"):
        await PrometheusStandIn("http://127.0.0.1:1", tmp_path / "rules.yml").__aenter__()


@pytest.mark.parametrize("file", ["bot/sandbox/alerts.yml", "config/alerts.yml"])
async def test_shipped_rules_are_loaded(file, target):
    """The sandbox's rules are all spoken; of the example, those of its first group are."""
    path = Path(__file__).parents[3] / file
    async with (
        PrometheusStandIn(target, path, evaluation_interval=0.1) as running,
        httpx.AsyncClient(base_url=running.url) as client,
    ):
        first, *others = (await client.get("/api/v1/rules")).json()["data"]["groups"]
    assert all("lastError" not in rule for rule in first["rules"])
    assert bool(others) == file.startswith("config")


@asynccontextmanager
async def real_prometheus(target: str, rules: Path, folder: Path) -> AsyncIterator[str]:
    """Run the installed Prometheus over the same target and rules; yield its URL."""
    config = folder / "prometheus.yml"
    address = f"127.0.0.1:{free_port()}"
    config.write_text(
        "global: {scrape_interval: 100ms, scrape_timeout: 100ms, evaluation_interval: 100ms}\n"
        f"rule_files: [{rules}]\n"
        "scrape_configs:\n"
        f"  - {{job_name: trader, static_configs: [{{targets: ['{target.removeprefix('http://')}']}}]}}\n"
        f"  - {{job_name: prometheus, static_configs: [{{targets: ['{address}']}}]}}\n"
    )
    process = await asyncio.create_subprocess_exec(
        "prometheus",
        f"--config.file={config}",
        f"--storage.tsdb.path={folder / 'tsdb'}",
        f"--web.listen-address={address}",
        "--log.level=error",
    )
    try:
        yield f"http://{address}"
    finally:
        process.terminate()
        await process.wait()


def free_port() -> int:
    """A port nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def shape(answer: object) -> object:
    """Reduce a JSON answer to its keys and types, and a list to the different shapes of its elements."""
    if isinstance(answer, dict):
        return {key: shape(value) for key, value in sorted(answer.items())}
    if isinstance(answer, list):
        shapes = sorted((shape(element) for element in answer), key=repr)
        return [first for first, _ in groupby(shapes)]
    return "number" if isinstance(answer, int | float) and not isinstance(answer, bool) else type(answer).__name__


QUESTIONS = [
    "query?query=time()",
    'query?query={__name__=~"up|trader_is_leader",job="trader"}[30s]',
    "query?query=trader_is_leader",
    "query?query=trader_is_leader[30s]",
    'query?query=up{job="prometheus"}',
    'query?query=ALERTS{alertstate="firing"}',
    'query?query=ALERTS{alertstate="firing"}[30s]',
    'query?query=process_start_time_seconds{job="prometheus"}',
    "query?query=prometheus_rule_evaluation_failures_total",
    "query?query=prometheus_rule_group_iterations_missed_total",
    "query?query=prometheus_rule_group_iterations_total",
    "query?query=absent_metric",
    "query?query=up(",
    "query?query=up&time=noon",
    "rules?type=alert",
    "rules?type=record",
    "rules?type=x",
    "alerts",
    "status/buildinfo",
]


async def test_answers_in_the_shapes_of_a_real_prometheus(target, rules, tmp_path, eventually):
    """Over the same target and rules, a real Prometheus gives answers of the same status, keys and types."""
    if not shutil.which("prometheus"):
        (pytest.fail if os.environ.get("CI") else pytest.skip)("no prometheus is installed to compare with")
    rules.write_text(RULES.split("  - name: beyond", maxsplit=1)[0])  # a real one would evaluate that group
    async with AsyncExitStack() as stack:
        urls = [
            await stack.enter_async_context(real_prometheus(target, rules, tmp_path)),
            (
                await stack.enter_async_context(
                    PrometheusStandIn(target, rules, scrape_interval=0.1, evaluation_interval=0.1)
                )
            ).url,
        ]
        real, stand_in = [await stack.enter_async_context(httpx.AsyncClient(base_url=url)) for url in urls]
        for client in (real, stand_in):
            await eventually(lambda client=client: seen(client))
        for question in QUESTIONS:
            answers = [await client.get(f"/api/v1/{question}") for client in (real, stand_in)]
            theirs, ours = [(answer.status_code, shape(answer.json())) for answer in answers]
            assert ours == theirs, question
        texts = [(await client.get(f"/-/{path}")).text for path in ("ready", "healthy") for client in (real, stand_in)]
        assert (texts[0], texts[2]) == (texts[1], texts[3])
        assert static(await rule(stand_in, "LeaderLost")) == static(await rule(real, "LeaderLost"))
        assert static(await rule(stand_in, "Breached")) == static(await rule(real, "Breached"))


async def seen(client: httpx.AsyncClient) -> bool:
    """Whether this Prometheus has scraped, evaluated and fired."""
    try:
        scraped = await query(client, "prometheus_rule_group_iterations_total")
        return bool(scraped and await query(client, 'ALERTS{alertstate="firing"}'))
    except httpx.HTTPError:
        return False


def static(rule: dict) -> dict:
    """The parts of a rule's answer that do not depend on when it was evaluated."""
    timed = ("evaluationTime", "lastEvaluation")
    alerts = [{key: value for key, value in alert.items() if key != "activeAt"} for alert in rule["alerts"]]
    return {key: value for key, value in rule.items() if key not in timed} | {"alerts": alerts}
