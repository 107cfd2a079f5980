"""Days to draw: clean, failing, with gaps and restarts, void, never sampled, and one as long as a real session."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial

from bot.domain.mark import Mark, MarkKind
from bot.domain.metrics import LEADER, SCAN_TICKS, heartbeat, retries
from bot.domain.policy import Policy
from bot.domain.sample import Sample
from bot.domain.session import Session
from bot.domain.verdict import Verdict
from bot.pictures.scene import Head, Scene, columns_of
from tests.support.evidence import clean_samples, counter, gauge, session_of, with_reading

POLICY = Policy()
REAL = 6.25 * 3600  # seconds of a session in Mumbai: 22,501 samples
SHORT = 1500.0  # seconds; enough to show everything


def scene(
    session: Session,
    samples: Sequence[Sample],
    marks: Sequence[Mark] = (),
    *,
    verdict: Verdict = Verdict.PASS,
    void: bool = False,
    reason: str = "All 11 criteria passed.",
    trader: str = "nifty-orb",
) -> Scene:
    """Return these samples and marks as they are drawn."""
    columns = columns_of(session, POLICY, samples)
    head = Head(
        trader=trader,
        session=session,
        verdict=verdict,
        void=void,
        reason=reason,
        policy=POLICY,
        marks=tuple(marks),
        samples=len(columns[LEADER]),
    )
    return Scene(head, columns)


def mark(session: Session, kind: MarkKind, start: float, seconds: float | None = None, name: str = "") -> Mark:
    """Return a mark so many seconds after the open."""
    at = session.opens + timedelta(seconds=start)
    end = None if seconds is None else at + timedelta(seconds=seconds)
    verdict = Verdict.FAIL if kind is MarkKind.BREACH else None
    return Mark(kind=kind, start=at, end=end, name=name, verdict=verdict)


def drilled(session: Session, at: float) -> list[Mark]:
    """Return the marks of a drill."""
    return [mark(session, MarkKind.DRILL, at), mark(session, MarkKind.FLATTEN, at + 5)]


def clean(seconds: float = REAL) -> Scene:
    """A day on which nothing happened but its drill."""
    session = session_of(seconds)
    return scene(session, clean_samples(session, POLICY), drilled(session, seconds * 0.4))


def failing(seconds: float = REAL) -> Scene:
    """A day that lost its leader and a heartbeat, stopped scanning, retried too often, and on which an alert fired."""
    session = session_of(seconds)
    samples = [_bad(session, sample, seconds) for sample in clean_samples(session, POLICY)]
    marks = [
        *drilled(session, seconds * 0.12),
        mark(session, MarkKind.BREACH, seconds * 0.5, seconds * 0.04, LEADER),
        mark(session, MarkKind.BREACH, seconds * 0.3, seconds * 0.002, heartbeat("order_stream")),
        mark(session, MarkKind.BREACH, seconds * 0.7, seconds * 0.06, SCAN_TICKS),
        mark(session, MarkKind.BREACH, seconds * 0.81, seconds * 0.01, retries("rate_limit")),
        mark(session, MarkKind.ALERT, seconds * 0.505, seconds * 0.03, "TraderIsNotLeader"),
        mark(session, MarkKind.ALERT, seconds * 0.72, seconds * 0.03, "ScanLoopStalled"),
    ]
    reason = "leader: the gauge was 0 in 900 samples, first at 12:22:31; it must be 1 in all of them. And 4 more."
    return scene(session, samples, marks, verdict=Verdict.FAIL, reason=reason)


def _bad(session: Session, sample: Sample, seconds: float) -> Sample:
    share = (sample.at - session.opens).total_seconds() / seconds
    if 0.5 < share < 0.54:
        sample = with_reading(sample, LEADER, gauge(0.0))
    if 0.3 < share < 0.302:
        sample = with_reading(sample, heartbeat("order_stream"), gauge((share - 0.3) * seconds))
    scanned = share if share < 0.7 else max(0.7, share - 0.06)
    sample = with_reading(sample, SCAN_TICKS, counter(float(int(scanned * seconds))))
    if share > 0.8:
        sample = with_reading(sample, retries("rate_limit"), counter(float(round(min(share - 0.8, 0.01) * 1800))))
    return sample


def broken(seconds: float = REAL) -> Scene:
    """A day with holes and two restarts of the trader."""
    session = session_of(seconds)
    holes = [(0.0, 0.02), (0.3, 0.36), (0.61, 0.612), (0.97, 1.0)]
    restarts = [0.355, 0.8]

    def seen(sample: Sample) -> bool:
        share = (sample.at - session.opens).total_seconds() / seconds
        return not any(low <= share <= high for low, high in holes)

    def counted(sample: Sample) -> Sample:
        share = (sample.at - session.opens).total_seconds() / seconds
        began = max([0.0, *(at for at in restarts if at <= share)])
        return with_reading(sample, SCAN_TICKS, counter(float(int((share - began) * seconds))))

    samples = [counted(sample) for sample in clean_samples(session, POLICY) if seen(sample)]
    marks = [
        *(mark(session, MarkKind.GAP, low * seconds, (high - low) * seconds) for low, high in holes),
        *(mark(session, MarkKind.RESTART, at * seconds) for at in restarts),
        *drilled(session, seconds * 0.7),
    ]
    reason = "leader: Nothing was sampled for 1350.0 s from 11:07:30; at most 5 s may be missing."
    return scene(session, samples, marks, verdict=Verdict.INCONCLUSIVE, reason=reason)


def void(seconds: float = REAL) -> Scene:
    """A failing day that two people agreed to leave out."""
    told = failing(seconds)
    return replace(told, head=told.head.model_copy(update={"void": True}))


def unseen() -> Scene:
    """A day of which there is no sample at all, of a trader with a long name."""
    session = session_of(REAL)
    marks = [mark(session, MarkKind.GAP, 0, REAL)]
    name = "a-trader-with-a-name-that-is-far-too-long-for-a-phone"
    return scene(session, [], marks, verdict=Verdict.INCONCLUSIVE, reason="No sample was taken.", trader=name)


def hurried() -> Scene:
    """A session of the sandbox, which lasts some seconds."""
    session = session_of(15.0)
    return scene(session, clean_samples(session, POLICY), drilled(session, 6.0))


def odd() -> Scene:
    """Readings that are no numbers: infinite heartbeats, NaN, gauges with two series, counters that never came."""
    session = session_of(600.0)
    samples = clean_samples(session, POLICY)
    for at, sample in enumerate(samples):
        if 100 < at < 140:
            samples[at] = with_reading(sample, heartbeat("scan"), gauge(float("inf")))
        if 200 < at < 240:
            samples[at] = with_reading(sample, LEADER, gauge(1.0, 0.0))
        if at > 300:
            samples[at] = with_reading(sample, SCAN_TICKS, None)
        if 400 < at < 420:
            samples[at] = with_reading(sample, heartbeat("marketdata"), gauge(float("nan")))
    return scene(session, samples, verdict=Verdict.INCONCLUSIVE, reason="$x^2$ & <b> \\frac{1} are no markup: $")


DAYS = {
    "clean": clean,
    "failing": partial(failing, SHORT),
    "broken": partial(broken, SHORT),
    "void": partial(void, SHORT),
    "unseen": unseen,
    "hurried": hurried,
    "odd": odd,
}
