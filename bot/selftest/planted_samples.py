"""The samples of a planted day: a metrics text for each, read as a scrape reads it, stored and read back.

The session is as short as the policy's windows allow.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from math import ceil, nan
from typing import Final

from bot.desk import TraderDesk
from bot.domain.evidence import RULES_FIRING, RULES_PROBLEMS, RULES_STARTED
from bot.domain.metrics import HEARTBEATS, LEADER, RETRIES, SCAN_TICKS, heartbeat, retries
from bot.domain.sample import MetricType, Reading, Sample, Series, Source, decode_readings, encode_readings
from bot.domain.session import Session
from bot.selftest.planted_metrics import PlantedMetrics

_BEATS = tuple(heartbeat(name) for name in HEARTBEATS)
SAMPLED: Final = (LEADER, *_BEATS, SCAN_TICKS, *(retries(kind) for kind in RETRIES))
_OPENS = datetime(2000, 1, 3, 9, 15, tzinfo=UTC)  # any day will do
_STILL = 1.0  # what all that does not move reads
_STEPS = 4  # in so many steps scan ticks rise within one window

_Curve = Callable[[int], float]  # a metric's value, by the number of the sample
_Readings = Mapping[str, Reading]


class SamplePlanter:
    """Makes the samples of one trader's planted days.

    Every method that returns samples raises BadAnswer where the trader's metrics cannot be read as they were planted.

    Args:
        trader: whose metrics, policy and reading are put to the test.

    Raises:
        ConfigurationError: no metrics can be made of the trader's selectors.
    """

    def __init__(self, trader: TraderDesk) -> None:
        self._trader = trader.trader
        self._policy = trader.policy
        self._metrics = PlantedMetrics(trader.metrics.roles())
        self._read: dict[tuple[float, ...], _Readings] = {}  # most samples of a day are alike
        policy, interval = trader.policy, trader.policy.scrape_interval
        self._window = ceil(policy.scan_ticks.window / interval)  # in samples
        self._count = max(2 * self._window, ceil(2 * policy.alerts.interval / interval)) + 2
        self._middle = self._count // 2
        self.session = Session(date=_OPENS.date(), opens=_OPENS, closes=_OPENS + self._count * interval)
        age = policy.heartbeat_limit.total_seconds() / 10
        self._clean: dict[str, _Curve] = {
            **dict.fromkeys(trader.metrics.roles(), lambda _: _STILL),
            **dict.fromkeys(_BEATS, lambda _: age),
            SCAN_TICKS: self._ticks,
        }

    def readers(self, criterion: str) -> frozenset[str]:
        """Return the criteria that read the same series as one: what spoils it spoils them."""
        return self._metrics.readers(criterion)

    def clean(self) -> tuple[Sample, ...]:
        """Return samples that hold every target."""
        return tuple(self._samples({}))

    def breach(self, criterion: str) -> tuple[Sample, ...]:
        """Return clean samples but for one criterion, which leaves its target."""
        return tuple(self._samples(self._instead(criterion, self._breaching(criterion))))

    def unreadable(self, criterion: str) -> tuple[Sample, ...]:
        """Return clean samples but for one, in which the criterion's metric is no number."""
        return tuple(self._samples(self._instead(criterion, self._once(nan, self._clean[criterion]))))

    def total(self, role: str, rise: float) -> float:
        """Return a counter as a drill reads it after a rise; one that is absent counts zero."""
        values = self._instead(role, lambda _: _STILL + rise)
        reading = self._reading(self._values(0, values)).get(role)
        return reading.total if reading else 0.0

    def looks(self) -> Iterator[Sample]:
        """Yield looks at Prometheus's rules that find them in order."""
        interval = self._policy.alerts.interval
        started = Reading(MetricType.GAUGE, (Series("", _STILL),))
        nothing = Reading(MetricType.GAUGE, ())
        told = encode_readings({RULES_PROBLEMS: nothing, RULES_FIRING: nothing, RULES_STARTED: started})
        readings = decode_readings(told)
        for number in range(ceil(self.session.length / interval) + 1):
            yield Sample(_OPENS + (number + 0.5) * interval, readings, Source.ALERTS)

    def _samples(self, instead: Mapping[str, _Curve]) -> Iterator[Sample]:
        """Yield samples half an interval beside the edges, the first before the open and the last after the close."""
        for number in range(self._count + 2):
            at = _OPENS + (number - 0.5) * self._policy.scrape_interval
            yield Sample(at, self._reading(self._values(number, instead)))

    def _values(self, number: int, instead: Mapping[str, _Curve]) -> dict[str, float]:
        return {role: instead.get(role, curve)(number) for role, curve in self._clean.items()}

    def _reading(self, values: Mapping[str, float]) -> _Readings:
        key = tuple(values.values())
        if key not in self._read:
            text = self._metrics.text(values)
            self._read[key] = decode_readings(encode_readings(self._trader.read(text)))
        return self._read[key]

    def _instead(self, role: str, curve: _Curve) -> dict[str, _Curve]:
        return dict.fromkeys(self._metrics.readers(role), curve)

    def _once(self, value: float, otherwise: _Curve) -> _Curve:
        return lambda number: value if number == self._middle else otherwise(number)

    def _ticks(self, number: int) -> float:
        """Return scan ticks that rise in steps, so that few texts need to be read."""
        return float(number // max(self._window // _STEPS, 1) * self._policy.scan_ticks.min_increase)

    def _breaching(self, criterion: str) -> _Curve:
        clean = self._clean[criterion]
        if criterion == LEADER:
            return self._once(0.0, clean)
        if criterion == SCAN_TICKS:
            return lambda number: clean(min(number, self._window))
        if criterion in _BEATS:
            return self._once(self._policy.heartbeat_limit.total_seconds(), clean)
        kind = next(kind for kind in RETRIES if retries(kind) == criterion)
        too_many = getattr(self._policy.retries, kind).max_increase + 1
        return lambda number: clean(number) + too_many * (number >= self._middle)
