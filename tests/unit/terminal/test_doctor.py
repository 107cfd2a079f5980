"""What doctor finds: each part on its own line, and never stopped by another."""

import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.adapters.clock import SystemClock
from bot.errors import ConfigurationError
from bot.finding import Finding, State
from bot.settings import load_settings
from bot.terminal.doctor import examine, exit_code, misconfigured
from tests.support.desk_file import METRICS, write_desk
from tests.support.http_server import Received, answer, answer_json, http_server


@pytest.fixture(autouse=True)
def _no_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET"):
        monkeypatch.delenv(name, raising=False)


async def _found(path: Path) -> dict[str, list[Finding]]:
    parts: dict[str, list[Finding]] = {}
    for finding in await examine(load_settings(path, {})):
        parts.setdefault(finding.part.removeprefix("nifty-orb: "), []).append(finding)
    return parts


def _states(found: dict[str, list[Finding]], part: str) -> set[State]:
    return {finding.state for finding in found[part]}


async def test_a_trader_in_order_is_ok_in_every_part(tmp_path: Path) -> None:
    """With a trader that answers well, its parts are ok, and what is not configured is missing by name."""
    script = {"inject_plan": {"argv": [sys.executable, "-c", "pass"]}}
    async with http_server(
        metrics=answer(METRICS), ready=answer_json({"mode": "paper"}), positions=answer_json({"count": 0})
    ) as trader:
        found = await _found(write_desk(tmp_path, trader.url, commands=script))
    for part in ("configuration", "ledger", "outbox", "metrics", "ready", "paper guard", "positions", "scripts"):
        assert _states(found, part) == {State.OK}, found[part]
    assert found["retention"][0].text == "samples are kept 400 days; no legal hold"
    assert "DATABASE_URL" in found["database"][0].text
    assert "no session is to come" in found["calendar"][0].text
    assert "SLACK_BOT_TOKEN" in found["slack"][0].text


async def test_a_legal_hold_is_said(tmp_path: Path) -> None:
    """In words: somebody else wonders why the ledger grows."""
    found = await _found(write_desk(tmp_path, policy={"legal_hold": "case 17"}))
    assert found["retention"][0].text == "legal hold (case 17): no sample is deleted"


async def test_every_missing_metric_is_named(tmp_path: Path) -> None:
    """A metric that is absent, or that has two series, is named with the key that mends it."""
    text = METRICS.replace("trader_scan_ticks_total", "scans_total").replace(
        "trader_is_leader 1", 'trader_is_leader{pod="a"} 1\ntrader_is_leader{pod="b"} 0'
    )
    async with http_server(metrics=answer(text)) as trader:
        found = await _found(write_desk(tmp_path, trader.url))
    said = "\n".join(finding.text for finding in found["metrics"])
    assert "scan_ticks: trader_scan_ticks_total is not in /metrics; set metrics.scan_ticks" in said
    assert "trader_is_leader has 2 series where one is needed; narrow it by a label" in said


async def test_a_live_trader_is_told_apart(tmp_path: Path) -> None:
    """A trader that does not report paper is missing something; a guard that is off is a warning."""
    async with http_server(ready=answer_json({"mode": "live"})) as trader:
        found = await _found(write_desk(tmp_path, trader.url))
        assert _states(found, "paper guard") == {State.MISSING}
        assert "drill and flatten will be refused" in found["paper guard"][0].text
        off = await _found(write_desk(tmp_path, trader.url, paper_guard="off"))
    assert _states(off, "paper guard") == {State.WARNING}


async def test_a_trader_that_is_down_is_unreachable_and_stops_nothing(tmp_path: Path) -> None:
    """Without a trader its parts are unreachable, and the others are examined all the same."""
    found = await _found(write_desk(tmp_path))
    for part in ("metrics", "ready", "paper guard", "positions"):
        assert _states(found, part) == {State.UNREACHABLE}
    assert _states(found, "ledger") == {State.OK}


async def test_a_broken_ledger_does_not_hide_the_rest(tmp_path: Path) -> None:
    """A ledger that is no database is one finding among the others."""
    path = write_desk(tmp_path)
    (tmp_path / "burnin.db").write_bytes(b"not a database, but long enough to be looked at as one" * 40)
    found = await _found(path)
    assert _states(found, "ledger") == {State.UNREACHABLE}
    assert "metrics" in found


def scraping(seconds: float, *instances: str, leader: str = "trader_is_leader") -> Callable[[Received], bytes]:
    """Return a Prometheus that has read the trader at every so many seconds, as one or more targets."""

    def reply(request: Received) -> bytes:
        asked = {name: values[0] for name, values in parse_qs(urlsplit(request.path).query).items()}
        if asked["query"] == "time()":
            now = SystemClock().now().timestamp()
            return answer_json({"status": "success", "data": {"resultType": "scalar", "result": [now, str(now)]}})
        at = float(asked.get("time") or SystemClock().now().timestamp())
        values = [[at - beat * seconds, "1"] for beat in range(int(70 / seconds) + 1)]
        name, _, label = leader.partition("/")
        names = ["up", name] if "|up" in asked["query"] else [name]
        series = [
            {
                "__name__": name,
                "job": "trader",
                "instance": instance,
                **({"env": label} if label and name != "up" else {}),
            }
            for name in names
            for instance in instances
        ]
        if "[" not in asked["query"]:
            now_only = [{"metric": labels, "value": values[0]} for labels in series]
            return answer_json({"status": "success", "data": {"resultType": "vector", "result": now_only}})
        result = [{"metric": labels, "values": values[::-1]} for labels in series]
        return answer_json({"status": "success", "data": {"resultType": "matrix", "result": result}})

    return reply


@pytest.mark.parametrize(
    ("prometheus", "state", "said"),
    [
        (scraping(1, "a"), State.OK, "times within a minute, at most 1 s apart: it can fill the bot's holes"),
        (
            scraping(15, "a"),
            State.WARNING,
            "at most 15 s apart: too rarely to fill a hole, of which 5 s may stay. Set its scrape_interval to 1 s",
        ),
        (scraping(1), State.WARNING, "has not read the trader lately: it cannot fill the bot's holes"),
        (scraping(1, "a", "b"), State.UNREACHABLE, "name the labels of this trader's under prometheus.select"),
        (
            scraping(1, "a", leader="trader_is_leader/prod"),
            State.WARNING,
            'leader has other labels in Prometheus ({env="prod"}) than at the trader (no labels), so that',
        ),
        (answer("no", status=503), State.UNREACHABLE, "answered 503"),
    ],
)
async def test_whether_prometheus_can_fill_a_hole_is_found(
    tmp_path: Path, prometheus: bytes | Callable[[Received], bytes], state: State, said: str
) -> None:
    """A Prometheus that reads the trader often enough is ok; of any other it is said why, and what to write."""
    async with http_server(metrics=answer(METRICS)) as server:
        server.replies["/api/v1/query"] = prometheus
        found = await _found(write_desk(tmp_path, server.url, prometheus=server.url))
    assert _states(found, "samples") == {state}, found["samples"]
    assert said in found["samples"][0].text


def rules_loaded(*names: str) -> dict[str, object]:
    """Return what a Prometheus answers that holds these rules, each comparing `up` with zero."""
    healthy = {"type": "alerting", "query": "up == 0", "duration": 0, "labels": {}, "health": "ok", "lastError": ""}
    rules = [{**healthy, "name": name, "state": "inactive", "alerts": []} for name in names]
    return {"status": "success", "data": {"groups": [{"name": "a", "rules": rules}]}}


async def _found_of_rules(
    folder: Path, rules: bytes, prometheus: Callable[[Received], bytes]
) -> dict[str, list[Finding]]:
    """Examine a desk whose rules file has the one alert `Down`."""
    file = folder / "alerts.yml"
    file.write_text("groups: [{name: a, rules: [{alert: Down, expr: up == 0}]}]")
    async with http_server(metrics=answer(METRICS)) as server:
        server.replies |= {"/api/v1/query": prometheus, "/api/v1/rules": rules}
        return await _found(write_desk(folder, server.url, prometheus=server.url, rules_file=str(file)))


@pytest.mark.parametrize(
    ("reply", "state", "said"),
    [
        (answer_json(rules_loaded("Down")), State.OK, "holds every rule of the rules file, in good health"),
        (answer_json(rules_loaded()), State.MISSING, "Down is not loaded. Let it load"),
        (
            answer("<!DOCTYPE HTML>", status=404),
            State.UNREACHABLE,
            "answered 404 (<!DOCTYPE HTML>); check that the url",
        ),
    ],
)
async def test_whether_prometheus_can_prove_that_nothing_fired(
    tmp_path: Path, reply: bytes, state: State, said: str
) -> None:
    """The file's rules must be loaded, and it must tell of its evaluations: both are needed at the close."""
    found = await _found_of_rules(tmp_path, reply, scraping(1, "a"))
    assert _states(found, "prometheus") == {state}, found["prometheus"]
    assert said in found["prometheus"][0].text


async def test_a_prometheus_that_tells_nothing_of_itself_is_found_out(tmp_path: Path) -> None:
    """One that does not scrape itself has the rules, and yet no day could pass."""
    found = await _found_of_rules(tmp_path, answer_json(rules_loaded("Down")), scraping(1))
    assert _states(found, "prometheus") == {State.MISSING}
    assert "let it scrape itself, or name its own under prometheus.metrics" in found["prometheus"][0].text
    assert "prometheus_rule_evaluation_failures_total and prom" in found["prometheus"][0].text


async def test_a_prometheus_without_a_rules_file_is_told_from_none(tmp_path: Path) -> None:
    """What is missing is named, and not what is there."""
    async with http_server(metrics=answer(METRICS)) as server:
        found = await _found(write_desk(tmp_path, server.url, prometheus=server.url))
    assert "the rules file is missing (not configured)" in found["prometheus"][0].text


async def test_without_a_prometheus_holes_stay(tmp_path: Path) -> None:
    """That is a warning: a bot that is never away needs none."""
    found = await _found(write_desk(tmp_path))
    assert _states(found, "samples") == {State.WARNING}
    assert "stays a hole" in found["samples"][0].text


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ({"argv": ["no-such-program-here"]}, "the program no-such-program-here is not found"),
        ({"argv": [sys.executable, "absent.py"]}, "absent.py is not there"),
        ({"argv": [sys.executable], "cwd": "/no/such/folder"}, "its cwd /no/such/folder is not there"),
    ],
)
async def test_a_script_that_cannot_run_is_found_before_it_must(
    tmp_path: Path, script: dict[str, object], said: str
) -> None:
    """The program, its source file and its folder are looked for."""
    found = await _found(write_desk(tmp_path, commands={"report": script}))
    texts = [finding.text for finding in found["scripts"]]
    assert any(said in text for text in texts)
    assert any("commands.inject_plan is not configured" in text for text in texts)


def test_the_exit_code_asks_for_configuration_first() -> None:
    """Something missing is 2, else something unreachable 5, else 0; a warning is no failure."""
    ok, warning, missing, away = (Finding(part="x", state=state, text="") for state in State)
    assert exit_code([ok, warning]) == 0
    assert exit_code([ok, away]) == 5
    assert exit_code([away, missing]) == 2


def test_a_configuration_that_cannot_be_used_is_a_line_a_problem() -> None:
    """Each problem of the file is a finding of its own."""
    findings = misconfigured(ConfigurationError("b.yaml:1: a: x\nb.yaml:2: b: y"))
    assert [str(finding) for finding in findings] == [
        "missing     configuration: b.yaml:1: a: x",
        "missing     configuration: b.yaml:2: b: y",
    ]
