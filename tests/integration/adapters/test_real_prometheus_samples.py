"""What a real Prometheus has scraped is read back as the trader exposed it, scrape by scrape."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import httpx

from bot.adapters.clock import SystemClock
from bot.adapters.exposition import read_roles
from bot.adapters.prometheus_samples import PrometheusSamples
from bot.domain.metrics import Metrics
from bot.domain.sample import SCRAPE_SECONDS, MetricType, Reading, Sample, Source, encode_readings
from tests.support.http_server import Received, answer, http_server
from tests.support.real_prometheus import RealPrometheus

ROLES = Metrics().roles() | Metrics.model_validate({"leader": 'trader_is_leader{instance="a"}'}).roles()
CLOCK = SystemClock()
SCRAPES = 9
BROKEN = (3, 4)  # scrapes that are answered with an error

# The trader has labels of the names that Prometheus gives its targets, one without a value, and text to be escaped.
METRICS = """\
# TYPE trader_is_leader gauge
trader_is_leader{{instance="a"}} 1
trader_is_leader{{instance="b"}} 0
# TYPE trader_marketdata_heartbeat_seconds gauge
trader_marketdata_heartbeat_seconds {age}
# TYPE trader_order_stream_heartbeat_seconds gauge
trader_order_stream_heartbeat_seconds NaN
# TYPE trader_scan_heartbeat_seconds gauge
trader_scan_heartbeat_seconds +Inf
# TYPE trader_scan_ticks_total counter
trader_scan_ticks_total{{job="scan",venue="",path="C:\\\\x \\"q\\""}} {ticks}
"""
RETRIES = """\
# TYPE retries_total counter
retries_total{{type="token_refresh"}} {ticks}
"""


@dataclass(slots=True)
class Exposed:
    """What the trader has answered: each text with the time it was asked."""

    texts: list[tuple[datetime, str]] = field(default_factory=list)
    scrapes: int = 0

    def answer(self, _: Received) -> bytes:
        """Answer a scrape; the retries are first counted in the sixth."""
        number, self.scrapes = self.scrapes, self.scrapes + 1
        if number in BROKEN:
            return answer("starting", status=503)
        text = (METRICS + (RETRIES if number > 4 else "")).format(age=number / 4, ticks=100 + number)
        self.texts.append((CLOCK.now(), text))
        return answer(text, content_type="text/plain; version=0.0.4")


def untyped(readings: Mapping[str, Reading]) -> dict[str, Reading]:
    """Return readings as a Prometheus has them: its raw samples bear no type."""
    return {role: replace(reading, type=MetricType.UNKNOWN) for role, reading in readings.items()}


def untimed(sample: Sample) -> dict[str, Reading]:
    """Return what a sample read at the trader, without how long the scrape took."""
    return {role: reading for role, reading in sample.readings.items() if role != SCRAPE_SECONDS}


async def test_samples_are_what_was_exposed(tmp_path: Path) -> None:
    """Values, labels, what is absent and what could not be read: every successful scrape is one sample, at its time."""
    exposed = Exposed()
    async with (
        http_server(metrics=exposed.answer) as trader,
        RealPrometheus(tmp_path, targets={"trader": trader.url}) as real,
        httpx.AsyncClient(trust_env=False) as client,
    ):
        history = PrometheusSamples(real.url, headers={}, roles=ROLES, select={}, clock=CLOCK, client=client)
        opened = CLOCK.now()
        while exposed.scrapes < SCRAPES:
            await CLOCK.sleep(0.1)
        found: tuple[Sample, ...] = ()
        while len(found) < SCRAPES - len(BROKEN):
            await CLOCK.sleep(0.1)
            found = await history.samples(opened, CLOCK.now())
        between = await history.samples(found[1].at, found[-2].at)
        assert [sample.at for sample in between] == [sample.at for sample in found[1:-1]]
    for sample, (at, text) in zip(found, exposed.texts[: len(found)], strict=True):  # it was scraped until it ended
        read = untyped(read_roles(text, "text/plain", ROLES))
        assert encode_readings(untimed(sample)) == encode_readings(read)
        assert sample.took > 0
        assert timedelta(0) <= at - sample.at < timedelta(seconds=0.5)
        assert sample.source is Source.PROMETHEUS
