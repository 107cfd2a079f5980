"""From samples to what happened: targets lost and held again, each told once."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from bot.domain.criteria import COVERAGE
from bot.domain.entry import WatchBreached, WatchRecovered
from bot.domain.evidence import RULES_FIRING, RULES_STARTED
from bot.domain.metrics import LEADER
from bot.domain.policy import Policy
from bot.domain.sample import MetricType, Reading, Sample, Series, Source
from bot.domain.verdict import Verdict
from bot.services.breaches import Breaches, lasting
from tests.support.evidence import OPENS, gauge, session_of
from tests.support.fake_trader import healthy

SESSION = session_of()


def at(second: float) -> datetime:
    """Return an instant, in seconds since the open."""
    return OPENS + timedelta(seconds=second)


def breaches_of(policy: Policy | None = None, recorded: Mapping[str, WatchBreached] | None = None) -> Breaches:
    """Return the breaches of a session that is watched from its open on."""
    return Breaches(policy or Policy(), SESSION, OPENS, recorded or {})


def sample(second: float, leader: Reading | None = None) -> Sample:
    """Return a healthy sample, or one with this leader gauge."""
    return Sample(at(second), {**healthy(), LEADER: leader or gauge(1.0)})


def look(second: float, *firing: str) -> Sample:
    """Return a look at Prometheus's rules, which are in order, with the names of those that fire."""
    fires = Reading(MetricType.GAUGE, tuple(Series(name, 1.0) for name in firing))
    return Sample(at(second), {RULES_STARTED: gauge(1.0), RULES_FIRING: fires}, Source.ALERTS)


def told(changes: list[WatchBreached | WatchRecovered]) -> list[tuple[str, str]]:
    """Return what was told, in short."""
    return [(c.criterion, c.verdict if isinstance(c, WatchBreached) else "recovered") for c in changes]


def test_a_breach_is_told_once_and_so_is_its_end() -> None:
    """However long it lasts."""
    breaches = breaches_of()
    seen = [told(breaches.seen(sample(second, gauge(0.0)))) for second in range(3)]
    assert seen == [[("leader", "FAIL")], [], []]
    (end,) = breaches.seen(sample(3))
    assert isinstance(end, WatchRecovered)
    assert end.seconds == 3.0
    assert breaches.seen(sample(4)) == []


def test_an_unreadable_gauge_that_then_fails_is_told_again() -> None:
    """INCONCLUSIVE became FAIL: that is news; the other way round is not."""
    breaches = breaches_of()
    assert told(breaches.seen(sample(0, gauge(float("nan"))))) == [("leader", "INCONCLUSIVE")]
    assert told(breaches.seen(sample(1, gauge(0.0)))) == [("leader", "FAIL")]
    assert breaches.seen(sample(2, gauge(float("nan")))) == []


def test_excluded_criteria_are_not_told() -> None:
    """What the policy leaves out is no breach."""
    breaches = breaches_of(Policy(excluded={"leader": "single node"}))
    assert breaches.seen(sample(0, gauge(0.0))) == []


def test_out_of_sight_is_told_after_the_largest_gap() -> None:
    """From when it was last seen; and once."""
    breaches = breaches_of()
    seen = [breaches.unseen(at(second), "No answer.") for second in range(8)]
    assert [told(changes) for changes in seen] == [[]] * 6 + [[(COVERAGE, "INCONCLUSIVE")], []]
    assert seen[6][0].at == OPENS
    (end,) = breaches.seen(sample(9))
    assert (end.criterion, end.detail) == (COVERAGE, "The trader is read again.")


def test_a_gap_without_a_failure_is_told_when_it_is_over() -> None:
    """A host that stood still has no failed scrape to tell of it; what was not seen is told all the same."""
    breaches = breaches_of()
    assert breaches.seen(sample(5)) == []
    lost, again = breaches.seen(sample(10.5))
    assert (lost.criterion, lost.at, again.criterion) == (COVERAGE, at(5), COVERAGE)
    assert isinstance(again, WatchRecovered)
    assert again.seconds == 5.5


def test_nothing_outside_of_the_session_is_a_breach() -> None:
    """Neither before the open nor after the close, whatever is seen or not seen."""
    breaches = breaches_of()
    assert breaches.unseen(at(-1), "No answer.") == breaches.seen(sample(-0.5, gauge(0.0))) == []
    closes = SESSION.length.total_seconds()
    assert breaches.seen(sample(closes + 1, gauge(0.0))) == breaches.unseen(at(closes + 60), "No answer.") == []
    assert breaches.looked(look(closes + 1, "TraderDown")) == []


def test_a_rule_that_fires_is_told_by_name_and_another_one_too() -> None:
    """As long as one fires it is one breach; each other rule is news, and so is the end."""
    breaches = breaches_of()
    fired = [breaches.looked(look(n, *names)) for n, names in enumerate([(), ("A",), ("A",), ("A", "B"), ("B",)])]
    assert [told(changes) for changes in fired] == [
        [],
        [("alerts", "FAIL")],
        [],
        [("alerts", "FAIL")],
        [("alerts", "FAIL")],
    ]
    assert [changes[0].detail.split(" firing")[0] for changes in fired if changes] == ["A is", "A and B are", "B is"]
    (end,) = breaches.looked(look(7))
    assert isinstance(end, WatchRecovered)
    assert end.seconds == 6.0


def test_rules_that_cannot_be_looked_at_are_told_after_the_largest_gap() -> None:
    """From the last look on, and once; the first look that comes is the end of it."""
    breaches = breaches_of()
    breaches.looked(look(2))
    seen = [told(breaches.unlooked(at(second), "No answer.")) for second in (32, 62, 62.001, 64)]
    assert seen == [[], [], [("alerts", "INCONCLUSIVE")], []]
    (end,) = breaches.looked(look(66))
    assert isinstance(end, WatchRecovered)
    assert end.seconds == 64.0
    lost, again = breaches.looked(look(130))
    assert (lost.at, told([lost, again])) == (at(66), [("alerts", "INCONCLUSIVE"), ("alerts", "recovered")])


def test_excluded_alerts_are_not_told() -> None:
    """Neither what fires nor what cannot be looked at."""
    breaches = breaches_of(Policy(excluded={"alerts": "no Prometheus on this host"}))
    assert breaches.unlooked(at(500), "No answer.") == breaches.looked(look(510, "TraderDown")) == []


def test_a_rule_that_fired_before_a_restart_of_the_bot_is_not_told_again() -> None:
    """What an earlier run recorded is taken up as it stands."""
    (recorded,) = breaches_of().looked(look(5, "TraderDown"))
    assert isinstance(recorded, WatchBreached)
    breaches = breaches_of(recorded={"alerts": recorded})
    assert breaches.looked(look(9, "TraderDown")) == []
    assert told(breaches.looked(look(11))) == [("alerts", "recovered")]


def test_a_retry_breach_is_not_over_because_the_bot_came_back() -> None:
    """Only a window that was watched from its start to its end shows that it is."""
    recorded = WatchBreached(criterion="retries.rate_limit", verdict=Verdict.FAIL, at=at(5), detail="too many")
    breaches = breaches_of(recorded={"retries.rate_limit": recorded})
    seen = {second: told(breaches.seen(sample(second))) for second in range(3, 330)}
    over = ("retries.rate_limit", "recovered")
    assert [second for second, changes in seen.items() if over in changes] == [303]


def test_breaches_of_an_earlier_run_are_known() -> None:
    """Only those that nobody recorded as over."""
    leader = WatchBreached(criterion=LEADER, verdict=Verdict.FAIL, at=OPENS, detail="it reads 0")
    scan = leader.model_copy(update={"criterion": "heartbeat.scan"})
    over = WatchRecovered(criterion="heartbeat.scan", at=OPENS, seconds=1.0, detail="")
    recorded = lasting([leader, scan, over])
    assert recorded == {LEADER: leader}
    breaches = breaches_of(recorded=recorded)
    assert breaches.seen(sample(5, gauge(0.0))) == []
    assert told(breaches.seen(sample(6))) == [("leader", "recovered")]
