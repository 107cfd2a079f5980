"""The judge's counter arithmetic against that of a real Prometheus, on windows that start and end on samples."""

import random
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path

import httpx
import pytest

from bot.domain.judge.counters import track
from bot.domain.judge.timeline import Timeline
from bot.domain.sample import MetricType, Reading, Sample, Series
from tests.support.evidence import sample_at, session_of
from tests.support.real_prometheus import RealPrometheus, program

COUNTERS = 400
SAMPLES = 40
WINDOWS = 150
STEPS = (0.5, 0.875, 1.0, 1.0, 1.125, 4.0, 30.0)  # seconds; eighths are exact in binary and in milliseconds
SESSION = session_of(SAMPLES * max(STEPS), opens=datetime(2025, 11, 24, 3, 45, tzinfo=UTC))

Column = list[float]


@dataclass(frozen=True, slots=True)
class Ours:
    """One counter as the judge follows it."""

    risen: Sequence[float]
    largest: float

    def increase(self, start: int, end: int) -> float:
        """Return by how much it surely rose between two of its samples."""
        return self.risen[end] - self.risen[start]


def grid(chance: random.Random) -> list[float]:
    """Return the times of the samples in seconds after the open, unevenly spaced as a real watch's."""
    times = [0.0]
    while len(times) < SAMPLES:
        times.append(times[-1] + chance.choice(STEPS))
    return times


def series(chance: random.Random) -> Column:
    """Return the values of one series: rising by ones, in fractions or by millions, flat for long, often reset."""
    unit = chance.choice([1.0, 1.0, 0.1, 1 / 3, 1e6, 1e12])
    calm, resets = chance.random(), chance.choice([0.0, 0.0, 0.05, 0.5])
    value = chance.choice([0.0, 0.0, unit, chance.uniform(0, 1000 * unit)])
    column = []
    for _ in range(SAMPLES):
        column.append(value)
        if chance.random() < resets:
            value = chance.choice([0.0, unit, value / 2])
        elif chance.random() > calm:
            value += unit * chance.randint(1, 20)
    return column


def ours(times: list[float], columns: list[Column]) -> Ours:
    """Follow a counter of one or several series as the judge does."""
    rows = zip(times, zip(*columns, strict=True), strict=True)
    found = track(Timeline.of(SESSION, [_sample(at, row) for at, row in rows]), "c", absent_is_zero=False)
    assert found.flaw is None
    return Ours(found.risen, max(map(max, columns)))


def _sample(at: float, row: Sequence[float]) -> Sample:
    values = tuple(Series(f'{{s="{number}"}}', value) for number, value in enumerate(row))
    return sample_at(SESSION, at, {"c": Reading(MetricType.COUNTER, values)})


def exposition(times: list[float], counters: list[list[Column]]) -> Iterator[str]:
    """Yield the lines of an OpenMetrics text that holds every sample of every counter."""
    yield "# TYPE c counter\n"
    opens = SESSION.opens.timestamp()
    for number, columns in enumerate(counters):
        for one, column in enumerate(columns):
            for at, value in zip(times, column, strict=True):
                yield f'c_total{{n="{number}",s="{one}"}} {value!r} {opens + at:.3f}\n'
    yield "# EOF\n"


def store(folder: Path, lines: Iterator[str]) -> None:
    """Write an OpenMetrics text into the data of a Prometheus that is yet to start."""
    text = folder / "counters.om"
    text.write_text("".join(lines), encoding="utf-8")
    made = [program("promtool"), "tsdb", "create-blocks-from", "openmetrics", str(text), str(folder / "data")]
    subprocess.run(made, check=True, capture_output=True)


async def open_edge(client: httpx.AsyncClient) -> float:
    """Return by how many seconds a range must be longer so that it holds the sample at its start.

    Since Prometheus 3 a range no longer does.
    """
    version = (await client.get("/api/v1/status/buildinfo")).json()["data"]["version"]
    return 0.001 if int(version.split(".")[0]) >= 3 else 0.0


async def theirs(client: httpx.AsyncClient, end: float, seconds: float) -> dict[int, float]:
    """Return the increase of every counter in the window that ends at this time, by its number."""
    query = f"sum by (n) (increase(c_total[{seconds * 1000:.0f}ms]))"
    told = await client.get("/api/v1/query", params={"query": query, "time": f"{end:.3f}"})
    return {int(one["metric"]["n"]): float(one["value"][1]) for one in told.json()["data"]["result"]}


async def test_counters_rise_as_prometheus_says(tmp_path: Path) -> None:
    """Resets, fractions, large numbers and several series add up to what `increase()` gives, in any window."""
    chance = random.Random(20261123)  # noqa: S311 - repeatable, not secret
    times = grid(chance)
    counters = [[series(chance) for _ in range(chance.choice([1, 1, 2, 3]))] for _ in range(COUNTERS)]
    followed = [ours(times, columns) for columns in counters]
    windows = chance.sample(list(combinations(range(SAMPLES), 2)), WINDOWS)
    store(tmp_path, exposition(times, counters))
    async with RealPrometheus(tmp_path) as real, httpx.AsyncClient(base_url=real.url, trust_env=False) as client:
        edge = await open_edge(client)
        for start, end in windows:
            seconds = times[end] - times[start]
            told = await theirs(client, SESSION.opens.timestamp() + times[end], seconds + edge)
            assert told.keys() == set(range(COUNTERS))
            for number, counter in enumerate(followed):
                # Where the range is longer than the window, Prometheus extrapolates over the rest, at most.
                wanted = pytest.approx(
                    counter.increase(start, end), rel=1e-9 + edge / seconds, abs=1e-9 * counter.largest
                )
                assert told[number] == wanted, (number, start, end)
