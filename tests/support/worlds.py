"""Small worlds whose truth is known, for holding the judge to it: what happened, when, and who looked at it."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise

from hypothesis import strategies as st

from bot.domain.evidence import RULES_PROBLEMS, RULES_STARTED, Evidence
from bot.domain.judge import judge
from bot.domain.metrics import HEARTBEATS, LEADER, PROCESS_START, RETRIES, SCAN_TICKS, heartbeat, retries
from bot.domain.policy import Policy, RetryLimit, RetryLimits, ScanTicks
from bot.domain.sample import MetricType, Reading, Sample, Series, Source, timed
from bot.domain.verdict import Verdict
from tests.support.evidence import STARTED, clean_day, counter, gauge, sample_at, session_of

LENGTH = 60.0
SESSION = session_of(LENGTH)
WINDOW = timedelta(seconds=10)
POLICY = Policy(
    scan_ticks=ScanTicks(window=WINDOW),
    retries=RetryLimits(
        token_refresh=RetryLimit(window=WINDOW, max_increase=3),
        rate_limit=RetryLimit(window=WINDOW, max_increase=3),
    ),
)
SAMPLED = (LEADER, *map(heartbeat, HEARTBEATS), SCAN_TICKS, *map(retries, RETRIES))
CLEAN = clean_day(SESSION, POLICY)
SCAN, RATE = heartbeat("scan"), retries("rate_limit")
WATCHED = (SCAN, SCAN_TICKS, RATE)  # the criteria of a world


def verdicts(evidence: Evidence) -> dict[str, Verdict]:
    """Return the verdict on each criterion."""
    return {found.id: found.verdict for found in judge(POLICY, SESSION, evidence).criteria}


@dataclass(frozen=True)
class World:
    """What truly happened (seconds since the open), and when somebody looked.

    `lent` are the looks, by number, that a Prometheus took whose clock is `ahead` of the bot's. Counters begin anew at
    each of `restarts`; `names_start` says whether the trader tells when its process began. `takes` is how long (s) the
    scrapes of the looks took, in turn, as far as the look before lets them: what was seen is what was so at their ends.
    """

    beats: Sequence[float]
    ticks: Sequence[float]
    retried: Sequence[float]
    looks: Sequence[float]
    lent: frozenset[int] = frozenset()
    ahead: float = 0.0
    restarts: Sequence[float] = ()
    names_start: bool = True
    takes: Sequence[float] = ()
    kept: Sequence[Sample] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "kept", tuple(self._sample(n, at) for n, at in enumerate(self.looks)))

    def _sample(self, number: int, at: float) -> Sample:
        lives = bisect_right(self.restarts, at)
        began = self.restarts[lives - 1] if lives else -999.0
        readings: dict[str, Reading] = {
            SCAN: gauge(at - self.beats[bisect_right(self.beats, at) - 1]),
            SCAN_TICKS: counter(float(bisect_right(self.ticks, at) - bisect_right(self.ticks, began))),
            RATE: counter(float(bisect_right(self.retried, at) - bisect_right(self.retried, began))),
        }
        if self.names_start:
            readings[PROCESS_START] = gauge(STARTED + 100.0 * lives)
        took = self._took(number)
        if number in self.lent:
            return sample_at(SESSION, at - took + self.ahead, timed(readings, took), Source.PROMETHEUS)
        return sample_at(SESSION, at - took, timed(readings, took))

    def _took(self, number: int) -> float:
        if not self.takes or number == 0:
            return 0.0
        return round(min(self.takes[number % len(self.takes)], self.looks[number] - self.looks[number - 1]), 6)

    @property
    def oldest(self) -> float:
        """The greatest age the heartbeat reached in the session."""
        ages = (min(later, LENGTH) - earlier for earlier, later in pairwise([*self.beats, 999.0]) if later > 0)
        return max(age for age in ages)

    @property
    def longest_pause(self) -> float:
        """The longest stretch of the session without a tick."""
        inside = [at for at in self.ticks if 0 <= at <= LENGTH]
        return max(later - earlier for earlier, later in pairwise([0.0, *inside, LENGTH]))

    @property
    def worst_pile(self) -> int:
        """The most retries in any window of the session."""
        inside = [at for at in self.retried if 0 <= at <= LENGTH]
        return max((bisect_right(inside, at + 10.0) - n for n, at in enumerate(inside)), default=0)

    def contradicts(self, found: dict[str, Verdict]) -> list[str]:
        """Return the criteria whose verdict is against the truth.

        A tick that a trader counted in its last moment before a restart of which it tells nothing, nobody can know of.
        """
        may_be_lost = bool(self.restarts) and not self.names_start
        truths = {
            SCAN: (self.oldest < 5 + 1e-6, self.oldest >= 5 - 1e-6),
            SCAN_TICKS: (self.longest_pause <= 10 + 1e-6, self.longest_pause >= 10 - 1e-6 or may_be_lost),
            RATE: (self.worst_pile <= 3, self.worst_pile > 3),
        }
        wrong = {Verdict.PASS: 0, Verdict.FAIL: 1}
        return [name for name, truth in truths.items() if found[name] in wrong and not truth[wrong[found[name]]]]


def _moments(low: float, high: float, step: tuple[int, int]) -> st.SearchStrategy[list[float]]:
    """Instants from `low` to `high`, a random number of milliseconds apart."""

    def walk(steps: list[int]) -> list[float]:
        found, at = [], low
        for milliseconds in steps * 90:
            if at > high:
                break
            found.append(round(at, 3))
            at += milliseconds / 1000
        return found

    return st.lists(st.integers(*step), min_size=7, max_size=40).map(walk)


def _lent(stretches: list[tuple[int, int]]) -> frozenset[int]:
    return frozenset(number for first, length in stretches for number in range(first, first + length))


_PARTS = {
    "beats": _moments(-6.0, 66.0, (400, 5200)),
    "ticks": _moments(-6.0, 66.0, (1000, 12_000)),
    "retried": _moments(-6.0, 66.0, (2400, 9000)),
    "looks": _moments(-2.0, 63.0, (900, 1500)),
}
WORLDS = st.builds(World, **_PARTS)
WORLDS_OF_SLOW_SCRAPES = st.builds(
    World, **_PARTS, takes=st.lists(st.integers(0, 1500).map(lambda milliseconds: milliseconds / 1000), min_size=1)
)
WORLDS_WITH_RESTARTS = st.builds(
    World,
    **_PARTS,
    restarts=st.lists(st.integers(-1500, 61_500), max_size=3).map(lambda found: sorted(at / 1000 for at in found)),
    names_start=st.booleans(),
)
WORLDS_OF_TWO_CLOCKS = st.builds(
    World,
    **_PARTS,
    lent=st.lists(st.tuples(st.integers(0, 60), st.integers(1, 25)), min_size=1, max_size=3).map(_lent),
    ahead=st.integers(-500, 500).map(lambda milliseconds: milliseconds / 1000),
    restarts=st.lists(st.integers(-1500, 61_500), max_size=2).map(lambda found: sorted(at / 1000 for at in found)),
    names_start=st.booleans(),
)

_ANY_READING = st.builds(
    Reading,
    st.sampled_from(MetricType),
    st.lists(st.builds(Series, st.sampled_from(["", '{a="1"}', '{a="2"}']), st.floats()), max_size=2).map(tuple),
)
ANY_SAMPLE = st.builds(
    sample_at,
    st.just(SESSION),
    st.one_of(st.floats(-9, 69), st.integers(-3, 63).map(float)),
    st.dictionaries(st.sampled_from([*SAMPLED, PROCESS_START, RULES_PROBLEMS, RULES_STARTED]), _ANY_READING),
    st.sampled_from(Source),
)
