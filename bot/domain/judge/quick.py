"""The quick check: each gauge of the protocol against its target, from one or two scrapes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.domain.judge.counters import read_counter
from bot.domain.judge.gauges import GAUGES, judge_reading, target_of
from bot.domain.judge.reasons import Reason
from bot.domain.metrics import OCO_CHILDREN, ORDERS_PLACED, RETRIES, SCAN_TICKS, Metrics, retries
from bot.domain.policy import Policy
from bot.domain.results import GaugeReading
from bot.domain.sample import Reading, json_number
from bot.domain.verdict import Verdict, worst

_Readings = Mapping[str, Reading]


@dataclass(frozen=True, slots=True)
class _Look:
    """One role as the check shows it."""

    target: str
    value: float | str | None
    verdict: Verdict
    reason: Reason


def judge_gauges(
    policy: Policy, metrics: Metrics, before: _Readings, after: _Readings | None = None
) -> tuple[GaugeReading, ...]:
    """Judge a check's readings. A gauge is held to its target in both scrapes; only two show that scan ticks rise.

    Orders, OCO children and retries are shown for information: they are never a FAIL here.
    """
    scrapes = [before] if after is None else [before, after]
    looks = {
        **{role: _gauge(policy, role, scrapes) for role in GAUGES},
        SCAN_TICKS: _ticks(scrapes),
        **{role: _exercised(scrapes[-1].get(role)) for role in (ORDERS_PLACED, OCO_CHILDREN)},
        **{retries(kind): _retried(scrapes[-1].get(retries(kind))) for kind in RETRIES},
    }
    selectors = metrics.roles()
    return tuple(
        GaugeReading(
            name=role,
            metric=str(selectors[role][0]),
            value=look.value,
            target=look.target,
            verdict=look.verdict,
            reason=look.reason,
        )
        for role, look in looks.items()
    )


def _gauge(policy: Policy, role: str, scrapes: Iterable[_Readings]) -> _Look:
    target = target_of(role, policy)
    found = [(finding, scrape.get(role)) for scrape in scrapes for finding in [judge_reading(target, scrape.get(role))]]
    verdict = worst(finding.verdict for finding, _ in found)
    finding, reading = [pair for pair in found if pair[0].verdict is verdict][-1]
    return _Look(target.target, _shown(reading), verdict, finding.reason)


def _ticks(scrapes: list[_Readings]) -> _Look:
    counts = [read_counter(scrape.get(SCAN_TICKS)) for scrape in scrapes]
    flaw = next((count for count in counts if isinstance(count, Reason)), None)
    verdict, reason = Verdict.INCONCLUSIVE, flaw
    if flaw is None:
        verdict, reason = _rise([sum(count.values()) for count in counts if not isinstance(count, Reason)])
    return _Look("increases", _total(scrapes[-1].get(SCAN_TICKS)), verdict, reason or Reason.MISSING)


def _rise(totals: list[float]) -> tuple[Verdict, Reason]:
    if len(totals) == 1:
        return Verdict.INCONCLUSIVE, Reason.ONE_READING
    if totals[-1] > totals[0]:
        return Verdict.PASS, Reason.ON_TARGET
    # Two readings moments apart are less than the window in which the policy asks for an increase: no FAIL yet.
    return Verdict.INCONCLUSIVE, Reason.NO_INCREASE if totals[-1] == totals[0] else Reason.COUNTER_RESET


def _exercised(reading: Reading | None) -> _Look:
    count = read_counter(reading)
    if isinstance(count, Reason):
        return _Look("> 0", _total(reading), Verdict.INCONCLUSIVE, count)
    if sum(count.values()) > 0:
        return _Look("> 0", _total(reading), Verdict.PASS, Reason.ON_TARGET)
    return _Look("> 0", _total(reading), Verdict.INCONCLUSIVE, Reason.NOTHING_EXERCISED)


def _retried(reading: Reading | None) -> _Look:
    count = read_counter(reading)
    if reading is None:
        return _Look("no spike", 0.0, Verdict.PASS, Reason.INFORMATIONAL)
    if isinstance(count, Reason):
        return _Look("no spike", _total(reading), Verdict.INCONCLUSIVE, count)
    return _Look("no spike", _total(reading), Verdict.PASS, Reason.INFORMATIONAL)


def _shown(reading: Reading | None) -> float | str | None:
    """Return a gauge's value as Prometheus writes it; None where there is not exactly one."""
    return None if reading is None or reading.only is None else json_number(reading.only)


def _total(reading: Reading | None) -> float | str | None:
    return None if reading is None or not reading.series else json_number(reading.total)
