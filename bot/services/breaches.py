"""Turns a stream of samples into what happened: targets lost and held again, and the trader out of sight."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.domain.criteria import COVERAGE
from bot.domain.entry import WatchBreached, WatchRecovered
from bot.domain.judge import live_findings
from bot.domain.policy import Policy
from bot.domain.sample import Sample
from bot.domain.verdict import Verdict

Change = WatchBreached | WatchRecovered


@dataclass(frozen=True, slots=True)
class _Open:
    """A breach that lasts: since when, and as what it was recorded."""

    since: datetime
    verdict: Verdict


class Breaches:
    """The breaches of one session that last at the moment.

    Args:
        policy: the limits, and how long the trader may be out of sight.
        recorded: breaches that an earlier run of the bot recorded and that nobody recorded as over.
    """

    def __init__(self, policy: Policy, recorded: Mapping[str, WatchBreached]) -> None:
        self._policy = policy
        self._open = {name: _Open(breach.at, breach.verdict) for name, breach in recorded.items()}

    def seen(self, sample: Sample) -> list[Change]:
        """Return what a successful scrape changes."""
        changes: list[Change] = []
        if COVERAGE in self._open:
            changes.append(self._recovered(COVERAGE, sample.at, "the trader answers again"))
        for name, finding in live_findings(self._policy, sample).items():
            was = self._open.get(name)
            if finding.verdict is Verdict.PASS:
                if was is not None:
                    changes.append(self._recovered(name, sample.at, finding.detail))
            elif was is None or (finding.verdict is Verdict.FAIL and was.verdict is not Verdict.FAIL):
                changes.append(self._breached(name, sample.at, finding.verdict, finding.detail))
        return changes

    def unseen(self, at: datetime, last_seen: datetime, trouble: str) -> list[Change]:
        """Return what a failed scrape changes: out of sight for longer than the policy's largest gap is a breach."""
        if COVERAGE in self._open or at - last_seen <= self._policy.max_gap:
            return []
        return [self._breached(COVERAGE, last_seen, Verdict.INCONCLUSIVE, trouble)]

    def _breached(self, name: str, at: datetime, verdict: Verdict, detail: str) -> WatchBreached:
        self._open[name] = _Open(at, verdict)
        return WatchBreached(criterion=name, verdict=verdict, at=at, detail=detail)

    def _recovered(self, name: str, at: datetime, detail: str) -> WatchRecovered:
        seconds = round((at - self._open.pop(name).since).total_seconds(), 3)
        return WatchRecovered(criterion=name, at=at, seconds=max(seconds, 0.0), detail=detail)


def lasting(changes: Iterable[Change]) -> dict[str, WatchBreached]:
    """Return the breaches among recorded changes, oldest first, that were not recorded as over."""
    found: dict[str, WatchBreached] = {}
    for change in changes:
        if change.kind == "watch_breached":
            found[change.criterion] = change
        else:
            found.pop(change.criterion, None)
    return found
