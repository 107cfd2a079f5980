"""The self-test: a good gate is seen to fail wherever it must, and a gate that is blind somewhere is found out."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from bot import __version__
from bot.adapters.exposition import read_roles
from bot.domain.criteria import CRITERIA
from bot.domain.evidence import ControlRun, SelfTestRun
from bot.domain.judge import judge_self_test, judgement
from bot.domain.judge.finding import failed, inconclusive, passed
from bot.domain.judge.reasons import Reason
from bot.domain.metrics import HeartbeatMetrics, Metrics, RetryMetrics
from bot.domain.policy import AlertWatch, Policy, RetryLimit, RetryLimits, ScanTicks
from bot.domain.sample import Reading, Series
from bot.domain.verdict import Verdict
from bot.errors import BadAnswer
from bot.selftest import self_test as room
from bot.selftest.planted_samples import SAMPLED
from tests.support.clock import ManualClock
from tests.support.evidence import OPENS
from tests.support.fake_trader import FakeTrader
from tests.support.fakes import ListCalendar, sessions, world

Readings = Mapping[str, Reading]
BEATS = {"heartbeat.marketdata", "heartbeat.order_stream", "heartbeat.scan"}


def unchanged(readings: Readings) -> Readings:
    """Return what was read."""
    return readings


@dataclass
class Reader(FakeTrader):
    """A trader whose metrics are read by its own names, and then misread as the test says."""

    metrics: Metrics = field(default_factory=Metrics)
    misread: Callable[[Readings], Readings] = unchanged

    def read(self, text: str) -> Readings:
        """Read metrics, and misread them."""
        return self.misread(read_roles(text, "text/plain", self.metrics.roles()))


async def seen(
    metrics: Metrics | None = None, misread: Callable[[Readings], Readings] = unchanged, **policy: Any
) -> SelfTestRun:
    """Return what the self-test says of a trader."""
    clock, metrics = ManualClock(OPENS), metrics or Metrics()
    desk = world(clock, ListCalendar(sessions(1)), policy=Policy(**policy))
    trader = Reader(clock, metrics=metrics, misread=misread)
    return await room.self_test(desk.desk, replace(desk.trader_desk, metrics=metrics, trader=trader))


def missed(run: SelfTestRun) -> set[tuple[str, str]]:
    """Return the cases in which something was missed."""
    assert run.trouble is None
    return {(case.criterion, case.case) for case in run.cases if not case.caught}


async def test_a_good_gate_is_seen_to_fail_under_every_criterion() -> None:
    """Three cases a criterion, each judged as it must be, and the SQL checks as the order book says."""
    run = await seen()
    assert [(case.criterion, case.case) for case in run.cases] == [
        (name, case) for name in CRITERIA for case in ("breach", "clean", "no evidence")
    ]
    assert missed(run) == set()
    assert {case.reason for case in run.cases if case.case == "breach"} == {
        "not_leader", "stale", "no_increase", "counter_not_risen", "too_slow", "violations", "exceeded", "fired",
    }  # fmt: skip
    assert (run.at, run.version) == (OPENS, __version__)
    assert run.controls is not None
    assert [rows.caught for rows in run.controls.checks] == [True]
    assert judge_self_test(run).detail == "11 criteria and 1 SQL check found what was planted."


@pytest.mark.parametrize(
    "policy",
    [
        {"scrape_interval": timedelta(milliseconds=250), "scan_ticks": ScanTicks(window=timedelta(seconds=4))},
        {
            "scan_ticks": ScanTicks(window=timedelta(seconds=90), min_increase=40),
            "scrape_interval": timedelta(seconds=2),
        },
        {"scan_ticks": ScanTicks(window=timedelta(seconds=2))},
        {"alerts": AlertWatch(interval=timedelta(seconds=50)), "scan_ticks": ScanTicks(window=timedelta(seconds=3))},
        {"heartbeat_limit": timedelta(milliseconds=1500), "flatten_limit": timedelta(0)},
        {"retries": RetryLimits(token_refresh=RetryLimit(max_increase=0), rate_limit=RetryLimit(max_increase=10**6))},
        {"scrape_interval": timedelta(seconds=7), "max_gap": timedelta(seconds=9), "heartbeat_limit": timedelta(20)},
    ],
)
async def test_planted_days_fit_any_sound_policy(policy: dict[str, Any]) -> None:
    """Windows, intervals and limits are the trader's own."""
    assert missed(await seen(**policy)) == set()


async def test_an_excluded_criterion_is_not_tested() -> None:
    """It is on no day's verdict either."""
    run = await seen(excluded={"alerts": "no Prometheus on this host"})
    assert missed(run) == set()
    assert {case.criterion for case in run.cases} == set(CRITERIA) - {"alerts"}


async def test_selectors_of_every_kind_take_part() -> None:
    """Labels, alternatives, a gauge that three heartbeats share, and a total over both retries."""
    one = 'heartbeat_seconds{loop=~"scan|all",instance!="b"}'
    metrics = Metrics(
        leader=['trader_is_leader{instance!~"b.*"}', "is_leader"],  # type: ignore[arg-type]
        heartbeats=HeartbeatMetrics(marketdata=one, order_stream=one, scan="heartbeat_seconds"),  # type: ignore[arg-type]
        scan_ticks='scans{result=~".+"}',  # type: ignore[arg-type]
        retries=RetryMetrics(token_refresh="retries_total"),  # type: ignore[arg-type]
    )
    run = await seen(metrics)
    assert missed(run) == set()


async def test_a_selector_that_selects_nothing_is_trouble_by_name() -> None:
    """Nothing is planted then, and no PASS will count."""
    run = await seen(Metrics(leader='up{a="b",a="c"}'))  # type: ignore[arg-type]
    assert run.cases == ()
    assert 'no label \'a\' that up{a="b",a="c"} selects' in str(run.trouble)
    assert judge_self_test(run).verdict is Verdict.INCONCLUSIVE


async def test_metrics_that_cannot_be_read_are_trouble() -> None:
    """A reading that refuses what was planted shows nothing of the judge."""

    def refuse(readings: Readings) -> Readings:
        raise BadAnswer("the metrics hold a line that cannot be read")

    run = await seen(misread=refuse)
    assert (run.cases, run.trouble) == ((), "the metrics hold a line that cannot be read")


def without(role: str) -> Callable[[Readings], Readings]:
    """Return a reading that loses a role."""
    return lambda readings: {name: reading for name, reading in readings.items() if name != role}


def zero_for_nan(readings: Readings) -> Readings:
    """Read zero where there is no number."""
    return {
        role: replace(
            reading, series=tuple(Series(s.labels, 0.0 if math.isnan(s.value) else s.value) for s in reading.series)
        )
        for role, reading in readings.items()
    }


def swapped(readings: Readings) -> Readings:
    """Read one heartbeat for another."""
    return {**readings, "heartbeat.scan": readings["heartbeat.marketdata"]}


class Frozen:
    """A reading that answers what it read first, for ever."""

    first: Readings | None = None

    def __call__(self, readings: Readings) -> Readings:
        """Answer it."""
        self.first = self.first or readings
        return self.first


@pytest.mark.parametrize(
    ("misread", "criteria"),
    [
        (without("leader"), {"leader"}),
        (without("heartbeat.scan"), {"heartbeat.scan"}),
        (without("scan_ticks"), {"scan_ticks"}),
        (without("orders_placed"), {"drill"}),
        (without("retries.rate_limit"), {"retries.rate_limit"}),
        (zero_for_nan, {"leader", *BEATS, "scan_ticks"}),
        (swapped, {"heartbeat.marketdata", "heartbeat.scan"}),
        (Frozen(), {*SAMPLED, "drill"}),
    ],
)
async def test_a_reading_that_is_blind_is_found_out(
    misread: Callable[[Readings], Readings], criteria: set[str]
) -> None:
    """Whatever loses, mixes up or smooths over what the trader says tells on the criteria it concerns."""
    run = await seen(misread=misread)
    assert {criterion for criterion, _ in missed(run)} == criteria


async def test_labels_that_are_not_looked_at_are_found_out() -> None:
    """A spike of one kind of retries must not tell on the other."""
    names = {role: tuple(without_labels(s) for s in selectors) for role, selectors in Metrics().roles().items()}

    def read(text: str) -> Readings:
        return read_roles(text, "text/plain", names)

    clock = ManualClock(OPENS)
    desk = world(clock, ListCalendar(sessions(1)))
    desk.trader.read = read  # type: ignore[method-assign]
    run = await room.self_test(desk.desk, desk.trader_desk)
    token, rate = "retries.token_refresh", "retries.rate_limit"
    assert missed(run) == {(rate, "breach"), (rate, "no evidence"), (token, "no evidence")}
    [case] = [case for case in run.cases if not case.caught and case.case == "breach"]
    assert case.beside == "retries.token_refresh was FAIL (exceeded), for which nothing was planted"


def without_labels(selector: Any) -> Any:
    """Return a selector without its labels."""
    return selector.model_copy(update={"matchers": ()})


BLIND = {
    "always passes": lambda _: passed("It is fine."),
    "always fails": lambda _: failed(Reason.STALE, "It is not."),
    "never knows": lambda _: inconclusive(Reason.GAP, "Who knows."),
}


@pytest.mark.parametrize("criterion", CRITERIA)
@pytest.mark.parametrize(
    ("judge", "cases"),
    [
        ("always passes", {"breach", "no evidence"}),
        ("always fails", {"clean", "no evidence"}),
        ("never knows", {"breach", "clean"}),
    ],
)
async def test_a_judge_that_is_blind_to_one_criterion_is_found_out(
    monkeypatch: pytest.MonkeyPatch, criterion: str, judge: str, cases: set[str]
) -> None:
    """It is blamed for that criterion alone."""
    monkeypatch.setitem(judgement._INQUIRIES, criterion, BLIND[judge])
    assert missed(await seen()) == {(criterion, case) for case in cases}


async def test_a_verdict_that_does_not_follow_from_its_criteria_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """A day that passes although one of its criteria did not."""
    monkeypatch.setattr(judgement, "worst", lambda verdicts: (list(verdicts), Verdict.PASS)[1])
    run = await seen()
    assert {case for _, case in missed(run)} == {"breach", "no evidence"}
    assert run.cases[0].beside == "the day as a whole was PASS, and not FAIL"
    assert judge_self_test(run).verdict is Verdict.FAIL


@pytest.mark.parametrize(
    ("policy", "cases"),
    [
        (
            {"scrape_interval": timedelta(seconds=5)},
            {(name, "clean") for name in BEATS},
        ),
        (
            {"scan_ticks": ScanTicks(window=timedelta(milliseconds=1500))},
            {("scan_ticks", "clean")},
        ),
        (
            {"retries": RetryLimits(rate_limit=RetryLimit(max_increase=10, window=timedelta(milliseconds=500)))},
            {("retries.rate_limit", "breach")},
        ),
        (
            {"alerts": AlertWatch(interval=timedelta(seconds=90))},
            {("alerts", "clean")},
        ),
    ],
)
async def test_a_policy_that_cannot_be_proven_is_found_out(policy: dict[str, Any], cases: set[tuple[str, str]]) -> None:
    """Too few samples for a limit or a window: the criterion could never pass, or never fail."""
    assert missed(await seen(**policy)) == cases


async def test_without_a_database_no_check_is_tried() -> None:
    """There is nothing to reconcile either."""
    desk = world(ManualClock(OPENS), ListCalendar(sessions(1)), book=False)
    run = await room.self_test(desk.desk, desk.trader_desk)
    assert run.controls is None
    assert judge_self_test(run).detail.endswith("there is no database, so no SQL check was tried.")


async def test_a_database_in_trouble_is_told() -> None:
    """The judge is shown its days all the same."""
    desk = world(ManualClock(OPENS), ListCalendar(sessions(1)))
    desk.book.controls = ControlRun(error="the trader's database did not answer.")
    run = await room.self_test(desk.desk, desk.trader_desk)
    assert missed(run) == set()
    assert judge_self_test(run).verdict is Verdict.INCONCLUSIVE
