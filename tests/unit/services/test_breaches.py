"""From samples to what happened: targets lost and held again, each told once."""

from datetime import timedelta

from bot.domain.entry import WatchBreached, WatchRecovered
from bot.domain.metrics import LEADER
from bot.domain.policy import Policy
from bot.domain.sample import Reading, Sample
from bot.domain.verdict import Verdict
from bot.services.breaches import COVERAGE, Breaches, lasting
from tests.support.evidence import OPENS, gauge
from tests.support.fakes import healthy


def sample(second: float, leader: Reading | None = None) -> Sample:
    """Return a healthy sample, or one with this leader gauge."""
    return Sample(OPENS + timedelta(seconds=second), {**healthy(), LEADER: leader or gauge(1.0)})


def told(changes: list[WatchBreached | WatchRecovered]) -> list[tuple[str, str]]:
    """Return what was told, in short."""
    return [(change.criterion, getattr(change, "verdict", "recovered")) for change in changes]


def test_a_breach_is_told_once_and_so_is_its_end() -> None:
    """However long it lasts."""
    breaches = Breaches(Policy(), {})
    seen = [told(breaches.seen(sample(second, gauge(0.0)))) for second in range(3)]
    assert seen == [[("leader", "FAIL")], [], []]
    (end,) = breaches.seen(sample(3))
    assert isinstance(end, WatchRecovered)
    assert end.seconds == 3.0
    assert breaches.seen(sample(4)) == []


def test_an_unreadable_gauge_that_then_fails_is_told_again() -> None:
    """INCONCLUSIVE became FAIL: that is news; the other way round is not."""
    breaches = Breaches(Policy(), {})
    assert told(breaches.seen(sample(0, gauge(float("nan"))))) == [("leader", "INCONCLUSIVE")]
    assert told(breaches.seen(sample(1, gauge(0.0)))) == [("leader", "FAIL")]
    assert breaches.seen(sample(2, gauge(float("nan")))) == []


def test_excluded_criteria_are_not_told() -> None:
    """What the policy leaves out is no breach."""
    breaches = Breaches(Policy(excluded={"leader": "single node"}), {})
    assert breaches.seen(sample(0, gauge(0.0))) == []


def test_out_of_sight_is_told_after_the_largest_gap() -> None:
    """From when it was last seen; and once."""
    breaches = Breaches(Policy(), {})
    seen = [breaches.unseen(OPENS + timedelta(seconds=second), OPENS, "No answer.") for second in range(8)]
    assert [told(changes) for changes in seen] == [[]] * 6 + [[(COVERAGE, "INCONCLUSIVE")], []]
    assert seen[6][0].at == OPENS
    (end,) = breaches.seen(sample(9))
    assert (end.criterion, end.detail) == (COVERAGE, "the trader answers again")


def test_breaches_of_an_earlier_run_are_known() -> None:
    """Only those that nobody recorded as over."""
    leader = WatchBreached(criterion=LEADER, verdict=Verdict.FAIL, at=OPENS, detail="it reads 0")
    scan = leader.model_copy(update={"criterion": "heartbeat.scan"})
    over = WatchRecovered(criterion="heartbeat.scan", at=OPENS, seconds=1.0, detail="")
    recorded = lasting([leader, scan, over])
    assert recorded == {LEADER: leader}
    breaches = Breaches(Policy(), recorded)
    assert breaches.seen(sample(5, gauge(0.0))) == []
    assert told(breaches.seen(sample(6))) == [("leader", "recovered")]
