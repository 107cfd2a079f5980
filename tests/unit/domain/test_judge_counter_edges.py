"""Counters at the very edges: of the session, of a window, and of what the samples reach."""

from datetime import timedelta

import pytest

from bot.domain.criteria import CriterionResult
from bot.domain.judge import judge
from bot.domain.metrics import SCAN_TICKS
from bot.domain.policy import Policy, ScanTicks
from bot.domain.sample import Reading, Sample, timed
from tests.support.evidence import counter, gauge, known, sample_at, session_of

LENGTH = 400
SESSION = session_of(LENGTH)
TOKEN = "retries.token_refresh"


def judged(
    role: str, samples: list[Sample], *, seconds: float = LENGTH, policy: Policy | None = None
) -> CriterionResult:
    """Return the result of one counter over these samples."""
    judgement = judge(policy or Policy(), session_of(seconds), known(samples=samples))
    return next(found for found in judgement.criteria if found.id == role)


def retried(values: dict[float, float | Reading]) -> list[Sample]:
    """Return a sample a second from before the open to after the close; a value holds until the next one given."""
    held: float | Reading = 0.0
    samples = []
    for at in sorted({*range(-1, LENGTH + 2), *values}):
        held = values.get(at, held)
        shown = held if isinstance(held, Reading) else counter(held)
        samples.append(sample_at(SESSION, at, {TOKEN: shown}))
        held = 0.0 if isinstance(held, Reading) else held
    return samples


@pytest.mark.parametrize("at", [0, 1, LENGTH - 1, LENGTH])
@pytest.mark.parametrize("odd", [counter(float("nan")), counter(-1.0), gauge(0.0)])
def test_what_cannot_be_read_at_an_edge_is_in_the_session(at: float, odd: Reading) -> None:
    """The open and the close belong to it."""
    assert judged(TOKEN, retried({at: odd})).verdict == "INCONCLUSIVE"


@pytest.mark.parametrize(
    ("at", "verdict", "reason"),
    [
        (-1, "PASS", "proven"),  # it rose before the first sample, as far as anybody knows
        (0, "INCONCLUSIVE", "window_edge"),
        (1, "FAIL", "exceeded"),
        (LENGTH, "FAIL", "exceeded"),
        (LENGTH + 1, "INCONCLUSIVE", "window_edge"),
    ],
)
def test_a_spike_at_an_edge_counts_where_it_surely_was(at: float, verdict: str, reason: str) -> None:
    """Between the last sample before an edge and the first behind it, it may have been in the session."""
    found = judged(TOKEN, retried({at: 4.0}))
    assert (found.verdict, found.reason) == (verdict, reason)


@pytest.mark.parametrize(("begin", "end", "reason"), [(0, LENGTH, "proven"), (1e-6, LENGTH, "edge_uncovered")])
def test_the_edges_must_be_reached_to_the_microsecond(begin: float, end: float, reason: str) -> None:
    """A counter is unknown before its first sample and after its last."""
    samples = [sample_at(SESSION, at, {TOKEN: counter(0.0)}) for at in [begin, *range(1, LENGTH), end]]
    assert judged(TOKEN, samples).reason == reason
    early = [sample_at(SESSION, at, {TOKEN: counter(0.0)}) for at in [0, *range(1, LENGTH), LENGTH - 1e-6]]
    assert judged(TOKEN, early).reason == "edge_uncovered"


def test_the_whole_rise_is_told() -> None:
    """From the first sample to the last, and the largest within a window."""
    found = judged(TOKEN, retried({50: 1.0, 360: 3.0}))
    assert (found.verdict, found.evidence["rise"], found.evidence["largest_rise"]) == ("PASS", 3.0, 2.0)


def ticking(*pauses: tuple[int, int], seconds: int = LENGTH, step: int = 1) -> list[Sample]:
    """Return a counter that ticks each second but for pauses, in which the first second ticks no more."""
    samples, ticks = [], 0
    for at in range(seconds + 1):
        ticks += not any(begin <= at < end for begin, end in pauses)
        if at % step == 0:
            samples.append(sample_at(SESSION, at, {SCAN_TICKS: counter(float(ticks))}))
    return samples


@pytest.mark.parametrize(
    ("pause", "verdict", "reason"),
    [
        ((LENGTH - 57, LENGTH + 1), "PASS", "proven"),
        ((LENGTH - 58, LENGTH + 1), "INCONCLUSIVE", "window_edge"),  # only the window that ends at the close
        ((LENGTH - 59, LENGTH + 1), "FAIL", "no_increase"),
        ((1, 60), "PASS", "proven"),
        ((1, 61), "FAIL", "no_increase"),
    ],
)
def test_the_first_and_the_last_window_are_windows_too(pause: tuple[int, int], verdict: str, reason: str) -> None:
    """One begins at the open, one ends at the close, and both must surely hold a tick."""
    found = judged(SCAN_TICKS, ticking(pause))
    assert (found.verdict, found.reason) == (verdict, reason), found.detail


def test_a_session_of_one_window_is_judged_by_it() -> None:
    """It holds one window, and that may have held no tick."""
    samples = [sample_at(SESSION, at, {SCAN_TICKS: counter(1.0)}) for at in range(1, 60)]
    before = sample_at(SESSION, -1, {SCAN_TICKS: counter(0.0)})
    after = sample_at(SESSION, 61, {SCAN_TICKS: counter(2.0)})
    assert judged(SCAN_TICKS, [before, *samples, after], seconds=60).verdict == "INCONCLUSIVE"


def test_a_window_shorter_than_the_gaps_is_never_proven() -> None:
    """Where no two samples lie in a window, nothing shows that it held a tick."""
    policy = Policy(scan_ticks=ScanTicks(window=timedelta(seconds=2)))
    found = judged(SCAN_TICKS, ticking(step=4), policy=policy)
    assert (found.verdict, found.reason) == ("INCONCLUSIVE", "window_edge")


def test_a_window_that_falls_between_two_samples_is_not_proven() -> None:
    """Though every other window holds a tick, and no gap is longer than the policy allows."""
    policy = Policy(scan_ticks=ScanTicks(window=timedelta(seconds=2)))
    samples = [sample for at, sample in enumerate(ticking()) if at not in (100, 101, 102)]
    found = judged(SCAN_TICKS, samples, policy=policy)
    assert (found.verdict, found.reason) == ("INCONCLUSIVE", "window_edge")


@pytest.mark.parametrize("at", [0, 200, LENGTH])
def test_one_sample_without_the_counter_is_no_zero(at: int) -> None:
    """Scan ticks have no labels: absent is missing."""
    samples = ticking()
    samples[at] = sample_at(SESSION, at, {TOKEN: counter(0.0)})
    found = judged(SCAN_TICKS, samples)
    assert (found.verdict, found.reason) == ("INCONCLUSIVE", "missing")


@pytest.mark.parametrize(("took", "reason"), [(0.0, "proven"), (1.0, "proven"), (1.000001, "edge_uncovered")])
def test_a_slow_scrape_before_the_open_may_have_read_after_it(took: float, reason: str) -> None:
    """It bounds the open only where it had ended by then."""
    samples = [sample_at(SESSION, at, {TOKEN: counter(0.0)}) for at in range(1, LENGTH + 2)]
    before = sample_at(SESSION, -1, timed({TOKEN: counter(0.0)}, took))
    assert judged(TOKEN, [before, *samples]).reason == reason
