"""What the trader's Prometheus has read at the trader, scrape by scrape: it fills what the bot itself did not see."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

import httpx

from bot.adapters.prometheus_api import Chunk, PrometheusApi, RawSeries, chunks
from bot.adapters.prometheus_clock import compare_clocks
from bot.adapters.role_readings import Line, exposed, readings_of
from bot.adapters.timeouts import Timeouts
from bot.domain.metrics import HEARTBEATS, LEADER, SCAN_TICKS, heartbeat
from bot.domain.sample import MetricType, Sample, Source, timed
from bot.domain.selector import Selector, escape_label
from bot.errors import BadAnswer
from bot.ports import Clock

_UP: Final = "up"  # 1 at the time of each scrape that succeeded
_TOOK: Final = "scrape_duration_seconds"
_READ: Final = "scrape_samples_scraped"
_KEPT: Final = "scrape_samples_post_metric_relabeling"  # fewer where a rule of Prometheus's left some out
_AROUND: Final = timedelta(minutes=30)  # beside a hole, in which this trader shows even if it was down all along it
_OWN_ROLES = (LEADER, *(heartbeat(name) for name in HEARTBEATS), SCAN_TICKS)  # metrics no other program has

Labels = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Span:
    """The time that is asked about, both ends included."""

    opened: datetime
    closed: datetime

    def holds(self, at: float) -> bool:
        """Tell whether an instant lies in it."""
        return self.opened.timestamp() <= at <= self.closed.timestamp()

    def of(self, found: Iterable[RawSeries]) -> Iterator[RawSeries]:
        """Yield the series that have samples in it, with those only."""
        for series in found:
            inside = tuple((at, value) for at, value in series.samples if self.holds(at))
            if inside:
                yield replace(series, samples=inside)


class PrometheusSamples:
    """The trader's samples in one Prometheus, or in what speaks its API.

    Args:
        url: its base URL, with a path or without.
        headers: sent with every request.
        roles: which metrics each role is read from.
        select: labels that tell this trader's series from those of others.
        clock: the bot's own, with which the server's must agree.
        client: the connection pool; whoever made it closes it.
        timeouts: the time limits.
    """

    def __init__(
        self,
        url: str,
        *,
        headers: Mapping[str, str],
        roles: Mapping[str, tuple[Selector, ...]],
        select: Labels,
        clock: Clock,
        client: httpx.AsyncClient,
        timeouts: Timeouts | None = None,
    ) -> None:
        self._api = PrometheusApi(url, headers=headers, client=client, timeouts=timeouts or Timeouts())
        self._roles = roles
        self._select = dict(select)
        self._clock = clock

    async def samples(self, opened: datetime, closed: datetime) -> tuple[Sample, ...]:
        """Return the raw samples between two instants, both included, in order."""
        await compare_clocks(self._api, self._clock)
        span = _Span(opened, closed)
        target = await self._target(span)
        found: dict[datetime, Sample] = {}
        if target is None:
            return ()
        for chunk in chunks(opened, closed):
            found |= {sample.at: sample for sample in await self._read(chunk, span, target)}
        return tuple(found[at] for at in sorted(found))

    async def _read(self, chunk: Chunk, span: _Span, target: dict[str, str]) -> list[Sample]:
        names = {_UP, _TOOK, _READ, _KEPT, *_names(self._roles.values())}
        held = list(span.of(await self._api.raw(_selector(names, self._select | target), chunk)))
        if not held:
            return []
        up = _only_up([series for series in held if series.name == _UP], target)
        lines: dict[float, list[Line]] = {at: [] for at, value in up.samples if value == 1}
        for series, labels in _exposed_series(held, up.labels):
            for at, value in series.samples:
                if at in lines:
                    lines[at].append(Line(series.name, labels, MetricType.UNKNOWN, value))
        took, read, kept = (_points(held, name) for name in (_TOOK, _READ, _KEPT))
        samples = []
        for at, found in lines.items():
            whole = at in read and read[at] == kept.get(at)
            readings = timed(readings_of(found, self._roles, whole=whole), took.get(at))
            samples.append(Sample(datetime.fromtimestamp(at, UTC), readings, Source.PROMETHEUS))
        return samples

    async def _target(self, span: _Span) -> dict[str, str] | None:
        """Return job and instance of the one target that is this trader; None where nothing was read from it.

        Another one that was read beside it is another trader, and may be all that was read while this one was down.
        """
        seen = await self._targets_around(span)
        here = [times for times in seen.values() if any(map(span.holds, times))]
        targets = sorted(target for target, times in seen.items() if any(_at_once(times, one) for one in here))
        if len(targets) > 1:
            listed = "; ".join(exposed({"job": job, "instance": instance}) for job, instance in targets)
            raise BadAnswer(
                f"Prometheus reads the trader's metrics from {len(targets)} targets ({listed}); name the labels of "
                "this trader's under prometheus.select in the configuration"
            )
        return {"job": targets[0][0], "instance": targets[0][1]} if targets else None

    async def _targets_around(self, span: _Span) -> dict[tuple[str, str], set[float]]:
        """Return when each target that exposes the trader's own metrics was read, by job and instance."""
        selector = _selector(_names(self._roles[role] for role in _OWN_ROLES), self._select)
        end = max(span.closed, min(span.closed + _AROUND, self._clock.now()))
        seen: dict[tuple[str, str], set[float]] = {}
        for chunk in chunks(span.opened - _AROUND, end):
            for series in (one for one in await self._api.raw(selector, chunk) if one.samples):
                target = series.labels.get("job", ""), series.labels.get("instance", "")
                seen.setdefault(target, set()).update(at for at, _ in series.samples)
        return seen


def _points(held: Iterable[RawSeries], name: str) -> dict[float, float]:
    return dict(point for series in held if series.name == name for point in series.samples)


def _at_once(times: set[float], others: set[float]) -> bool:
    """Tell whether two targets were read in the same stretch of time; one that moved is read first here, then there."""
    return min(times) <= max(others) and min(others) <= max(times)


def _names(roles: Iterable[Iterable[Selector]]) -> set[str]:
    return {selector.name for selectors in roles for selector in selectors}


def _selector(names: Iterable[str], labels: Labels) -> str:
    named = f'__name__=~"{"|".join(sorted(names))}"'
    equal = (f'{name}="{escape_label(value)}"' for name, value in sorted(labels.items()))
    return f"{{{','.join((named, *equal))}}}"


def _only_up(found: list[RawSeries], target: Labels) -> RawSeries:
    """Return the one series that tells when the target was read.

    Raises:
        BadAnswer: there is none, or there are several.
    """
    if not found:
        raise BadAnswer(
            f"Prometheus holds no {_UP}{exposed(target)}, which tells when the trader was read; let it scrape the "
            "trader itself, with honor_labels off"
        )
    if len(found) > 1:
        said = {name: {series.labels.get(name, "") for series in found} for series in found for name in series.labels}
        differing = ", ".join(sorted(name for name, values in said.items() if len(values) > 1))
        raise BadAnswer(
            f"Prometheus holds {_UP}{exposed(target)} {len(found)} times, with different {differing}; name one of them "
            "under prometheus.select in the configuration"
        )
    return found[0]


def _exposed_series(found: Iterable[RawSeries], target: Labels) -> Iterator[tuple[RawSeries, Labels]]:
    """Yield each series of the trader's, with its labels as the trader exposes them.

    Raises:
        BadAnswer: two series differ in nothing that the trader exposes.
    """
    known: set[str] = set()
    for series in found:
        name, labels = series.name, _as_exposed(series.labels, target)
        shown = f"{name}{exposed(labels)}"
        if shown in known:
            raise BadAnswer(
                f"Prometheus holds {shown} of the trader twice; name the labels of one under prometheus.select"
            )
        known.add(shown)
        yield series, labels


def _as_exposed(labels: Labels, target: Labels) -> Labels:
    """Return labels without what Prometheus has added: the target's own, and `exported_` before a name it uses."""
    added = {name for name, value in labels.items() if name == "__name__" or target.get(name) == value}
    own = {name: value for name, value in labels.items() if name not in added}
    return {_renamed(name, added): value for name, value in own.items()}


def _renamed(name: str, added: set[str]) -> str:
    plain = name.removeprefix("exported_")
    return plain if plain in added else name
