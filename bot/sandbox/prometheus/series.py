"""Raw samples in memory, with the stale markers by which a Prometheus knows that a series has ended."""

from collections import deque
from collections.abc import Iterable, Mapping

from bot.sandbox.prometheus.promql import Selector

LOOKBACK_SECONDS = 300.0
SAMPLES_KEPT = 20_000  # of one series: hours, at a sandbox's rates

Labels = tuple[tuple[str, str], ...]
Sample = tuple[float, float]


def labels_of(name: str, labels: Mapping[str, str]) -> Labels:
    """Return a series' identity: its name and its labels, sorted, without the empty ones."""
    return tuple(sorted((key, value) for key, value in {**labels, "__name__": name}.items() if value))


class SeriesStore:
    """Samples by series. Times are Unix seconds."""

    def __init__(self) -> None:
        self._samples: dict[Labels, deque[tuple[float, float | None]]] = {}
        self._written: dict[str, set[Labels]] = {}

    def write(self, source: str, at: float, batch: Mapping[Labels, float]) -> None:
        """Store what a source holds at a time; its series that are no longer among them become stale."""
        for labels, value in batch.items():
            self._append(labels, at, value)
        for labels in self._written.get(source, set()) - set(batch):
            self._append(labels, at, None)
        self._written[source] = set(batch)

    def instant(self, selector: Selector, at: float) -> list[tuple[dict[str, str], Sample]]:
        """Return each selected series' newest sample not after `at`; none where that is stale or too old."""
        found = []
        for labels, samples in self._selected(selector):
            newest = next(((t, v) for t, v in reversed(samples) if t <= at), None)
            if newest and newest[1] is not None and newest[0] > at - LOOKBACK_SECONDS:
                found.append((labels, (newest[0], newest[1])))
        return found

    def window(self, selector: Selector, at: float, seconds: float) -> list[tuple[dict[str, str], list[Sample]]]:
        """Return each selected series' raw samples in (at - seconds, at], oldest first."""
        found = []
        for labels, samples in self._selected(selector):
            inside = [(t, v) for t, v in samples if at - seconds < t <= at and v is not None]
            if inside:
                found.append((labels, inside))
        return found

    def _append(self, labels: Labels, at: float, value: float | None) -> None:
        self._samples.setdefault(labels, deque(maxlen=SAMPLES_KEPT)).append((at, value))

    def _selected(self, selector: Selector) -> Iterable[tuple[dict[str, str], deque[tuple[float, float | None]]]]:
        for labels, samples in self._samples.items():
            if selector.accepts(named := dict(labels)):
                yield named, samples
