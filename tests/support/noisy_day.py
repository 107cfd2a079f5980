"""A day on which all is well, and nothing is tidy: a healthy trader and a working watch, seen over a network."""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from random import Random

from bot.domain.evidence import RULES_STARTED, Evidence
from bot.domain.metrics import HEARTBEATS, LEADER, PROCESS_START, SCAN_TICKS, heartbeat, retries
from bot.domain.policy import Policy
from bot.domain.sample import Reading, Sample, Source
from tests.support.evidence import STARTED, clean_day, counter, gauge, sample_at, session_of

LENGTH = 360.0  # seconds; longer than the widest window
SESSION = session_of(LENGTH)
_EARLY, _LATE = -30.0, LENGTH + 10.0
_LOST = 0.01  # of the scrapes
_UNALIKE = 0.4  # seconds by which the clocks of bot and Prometheus differ at most


def noisy_day(seed: int) -> Evidence:
    """Return the evidence of a session that holds every target of the default policy, as seen through a network.

    Heartbeats come at most 2.2 s apart, ticks in bursts with pauses, retries as often as they may. Scrapes jitter, and
    one in a hundred is lost; on some days the bot was started anew, or Prometheus filled half a minute.
    """
    chance = Random(seed)  # noqa: S311 - repeatable, not secret
    hole = _hole(chance)
    told = _trader(chance, hole)
    samples = [
        sample_at(SESSION, at, told(at)) for at in _scrapes(chance) if hole is None or not hole[0] < at < hole[1]
    ]
    if hole is not None:
        samples += _filled(chance, hole, told)
    looks = [
        sample_at(SESSION, at, {RULES_STARTED: gauge(STARTED)}, Source.ALERTS)
        for at in _steps(chance, -1.5, LENGTH + 2, 1.9, 2.6)
        if chance.random() > _LOST
    ]
    clean = clean_day(session_of(60.0), Policy())
    reconciles = [run.model_copy(update={"closed": SESSION.closes}) for run in clean.reconciles]
    drills = [run.model_copy(update={"started_at": SESSION.opens}) for run in clean.drills]
    return replace(clean, samples=samples, alert_looks=looks, reconciles=reconciles, drills=drills)


def _trader(chance: Random, hole: tuple[float, float] | None) -> Callable[[float], Mapping[str, Reading]]:
    """Return what the trader tells at any second."""
    beats = {heartbeat(name): list(_steps(chance, _EARLY, _LATE, 0.1, 2.2)) for name in HEARTBEATS}
    ticks = list(_bursts(chance))
    # Where two clocks meet, the order of a retry and a sample is not known, and its counter may seem to fall.
    seams = hole or ()
    retried = {
        retries(kind): [at for at in times if all(abs(at - seam) > 1.5 for seam in seams)]
        for kind, times in (("token_refresh", _retries(chance, 3)), ("rate_limit", _retries(chance, 10)))
    }
    leader, started = gauge(1.0), gauge(STARTED)

    def told(at: float) -> Mapping[str, Reading]:
        ages = {role: gauge(round(at - times[bisect_right(times, at) - 1], 3)) for role, times in beats.items()}
        counted = {role: bisect_right(times, at) for role, times in retried.items()}
        labelled = {role: counter(float(count)) for role, count in counted.items() if count}  # absent until its first
        ticked = {SCAN_TICKS: counter(500.0 + bisect_right(ticks, at))}
        return {LEADER: leader, PROCESS_START: started, **ages, **ticked, **labelled}

    return told


def _steps(chance: Random, start: float, end: float, least: float, most: float) -> Iterator[float]:
    at = start + chance.uniform(0.0, least)
    while at < end:
        yield at
        at += chance.uniform(least, most)


def _bursts(chance: Random) -> Iterator[float]:
    for begun in _steps(chance, _EARLY, _LATE, 2.0, 25.0):
        yield from sorted(chance.uniform(begun, begun + 1.5) for _ in range(chance.randrange(1, 6)))


def _retries(chance: Random, limit: int) -> Iterator[float]:
    """Yield retries of which no 300 s hold more than the limit: as a burst now and then, or all the time."""
    if chance.random() < 0.5:
        yield from _steps(chance, _EARLY, _LATE, 305.0 / limit, 900.0 / limit)
        return
    for begun in _steps(chance, _EARLY, _LATE, 305.0, 400.0):
        yield from (begun + 0.001 * number for number in range(limit))


def _scrapes(chance: Random) -> Iterator[float]:
    """Yield the times of a watch that is a little late at times, loses a scrape, and may have been started anew."""
    anew, phase = chance.uniform(20.0, LENGTH - 20.0) if chance.random() < 0.3 else LENGTH, -2.5
    at, lost = phase, False
    while at < LENGTH + 3:
        lost = not lost and chance.random() < _LOST
        if not lost:
            yield at + chance.uniform(0.0, 0.15)
        at += 1.0
        if at > anew:
            at, anew = at + chance.uniform(0.0, 0.4), LENGTH + 9


def _hole(chance: Random) -> tuple[float, float] | None:
    if chance.random() > 0.3:
        return None
    start = chance.uniform(20.0, LENGTH - 60.0)
    return start, start + 30.0


def _filled(
    chance: Random, hole: tuple[float, float], told: Callable[[float], Mapping[str, Reading]]
) -> Iterator[Sample]:
    """Yield what a Prometheus read meanwhile, with its own idea of the time."""
    ahead = chance.uniform(-_UNALIKE, _UNALIKE)
    for at in _steps(chance, hole[0], hole[1], 1.0, 1.05):
        if hole[0] < at + ahead < hole[1]:
            yield sample_at(SESSION, at + ahead, told(at), Source.PROMETHEUS)
