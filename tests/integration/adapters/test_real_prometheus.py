"""The same questions to a real Prometheus, so that the stand-ins cannot drift from it."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from bot.adapters.clock import SystemClock
from bot.adapters.prometheus_alerts import PrometheusAlerts
from bot.domain.evidence import RULES_FIRING, RULES_PROBLEMS, RULES_STARTED
from bot.domain.session import Session
from bot.errors import BadAnswer, PrometheusUnreachable
from tests.support.http_server import HttpServer, answer, http_server
from tests.support.real_prometheus import RealPrometheus

RULES = """
groups:
  - name: fake
    rules:
      - alert: FakeDown
        expr: |
          sum ( fake_up{job = "fake"} )   by (job)   # its own spelling is another
            ==  0
        labels: {severity: critical}
      - alert: FakeSilent
        expr: fake_up > 1e3
        for: 1m30s
"""
CLOCK = SystemClock()


@pytest.fixture
async def target() -> AsyncIterator[HttpServer]:
    """A target whose one gauge says that it is up."""
    async with http_server(metrics=answer("# TYPE fake_up gauge\nfake_up 1\n")) as server:
        yield server


async def loaded(history: PrometheusAlerts) -> None:
    """Wait until Prometheus answers, has scraped itself and has evaluated its rules."""
    for _ in range(300):
        await CLOCK.sleep(0.1)
        try:
            look = await history.look()
        except (PrometheusUnreachable, BadAnswer):  # it answers 503 while it starts
            continue
        if RULES_STARTED in look and not look[RULES_PROBLEMS].series:
            return
    pytest.fail(f"the rules never came into force: {look}")


async def restarts_of(history: PrometheusAlerts, session: Session) -> int | None:
    """Wait until a new Prometheus has scraped itself, which it first does some seconds after its start."""
    for _ in range(200):
        if restarts := (await history.alert_history(session)).restarts:
            return restarts
        await CLOCK.sleep(0.1)
    return 0


async def session_of(seconds: float) -> Session:
    """Live through a session and return it once it is over and scraped."""
    opens = CLOCK.now()
    await CLOCK.sleep(seconds)
    closes = CLOCK.now()
    await CLOCK.sleep(1.2)
    return Session(date=opens.date(), opens=opens, closes=closes)


async def test_real_prometheus_tells_rules_alerts_and_restarts(tmp_path: Path, target: HttpServer) -> None:
    """Rules in force, a quiet session, a firing alert, a changed rules file and a restart are told as they are."""
    real = RealPrometheus(tmp_path, targets={"fake": target.url}, rules={"alerts.yml": RULES})
    rules = tmp_path / "alerts.yml"
    async with httpx.AsyncClient(trust_env=False) as client:
        history = PrometheusAlerts(real.url, rules_file=rules, headers={}, clock=CLOCK, client=client)
        async with real:
            await loaded(history)
            quiet = await history.alert_history(await session_of(2.5))
            assert (quiet.trouble, quiet.complete, quiet.firing, quiet.restarts) == (None, True, (), 0)
            assert (quiet.evaluation_failures, quiet.iterations_missed) == (0.0, 0.0)

            target.replies["/metrics"] = answer("# TYPE fake_up gauge\nfake_up 0\n")
            loud_session = await session_of(4)
            loud = await history.alert_history(loud_session)
            assert [alert.name for alert in loud.firing] == ["FakeDown"]
            assert [one.labels for one in (await history.look())[RULES_FIRING].series] == ["FakeDown"]
            assert loud_session.opens <= loud.firing[0].first <= loud.firing[0].last <= loud_session.closes

            rules.write_text(RULES.replace("==  0", "==  2").replace("1m30s", "90s").replace("critical", "low"))
            told = [problem.labels for problem in (await history.look())[RULES_PROBLEMS].series]
            assert told == [
                'FakeDown has another expression (sum by(job)(fake_up{job="fake"})==0) and has other labels'
            ]
            rules.write_text(RULES)
            opens = CLOCK.now() - timedelta(seconds=3)
        async with real:
            closes = CLOCK.now()
            session = Session(date=opens.date(), opens=opens, closes=closes)
            assert (await restarts_of(history, session)) == 1
