"""Turns what is seen into what happened: targets lost and held again, and the trader or its rules out of sight."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.criteria import ALERTS, COVERAGE
from bot.domain.entry import WatchBreached, WatchRecovered
from bot.domain.judge import Finding, LiveJudge
from bot.domain.measures import SessionSoFar
from bot.domain.policy import Policy
from bot.domain.sample import Sample
from bot.domain.session import Session
from bot.domain.tally import Tally
from bot.domain.verdict import Verdict

Change = WatchBreached | WatchRecovered


@dataclass(frozen=True, slots=True)
class _Open:
    """A breach that lasts: since when, and as what it was recorded last."""

    since: datetime
    verdict: Verdict
    detail: str


class Breaches:
    """The breaches of one session that last at the moment. Outside of the session there are none.

    Args:
        policy: the limits, and how long the trader and its rules may be out of sight.
        session: the session.
        began: when the watch did; what was not seen before is not its matter.
        recorded: breaches that an earlier run of the bot recorded and that nobody recorded as over.
    """

    def __init__(
        self, policy: Policy, session: Session, began: datetime, recorded: Mapping[str, WatchBreached]
    ) -> None:
        self._policy = policy
        self._session = session
        self._judge = LiveJudge(policy, session)
        self._tally = Tally(policy, session, began)
        self._open = {name: _Open(breach.at, breach.verdict, breach.detail) for name, breach in recorded.items()}
        self._seen = self._looked = max(began, session.opens)

    def seen(self, sample: Sample) -> list[Change]:
        """Return what a successful scrape changes. One that comes late tells of the gap before it."""
        gap = self.unseen(sample.at, "Nothing was read meanwhile.")
        self._seen = max(self._seen, sample.at)
        if COVERAGE in self._open and self._session.contains(sample.at):
            gap.append(self._recovered(COVERAGE, sample.at, "The trader is read again."))
        findings = self._judge.seen(sample)
        self._tally.seen(sample, findings)
        return gap + self._changes(sample.at, findings)

    @property
    def so_far(self) -> SessionSoFar | None:
        """The session in numbers; None before its first sample."""
        return self._tally.so_far

    def unseen(self, at: datetime, trouble: str) -> list[Change]:
        """Return what it changes that nothing was read up to now: for longer than the policy allows it is a breach."""
        return self._out_of_sight(COVERAGE, at, self._seen, self._policy.max_gap, trouble)

    def looked(self, look: Sample) -> list[Change]:
        """Return what a look at Prometheus's rules changes."""
        gap = self.unlooked(look.at, "The rules were not looked at meanwhile.")
        self._looked = max(self._looked, look.at)
        findings = self._judge.looked(look)
        self._tally.looked(findings)
        return gap + self._changes(look.at, findings)

    def unlooked(self, at: datetime, trouble: str) -> list[Change]:
        """Return what it changes that the rules could not be looked at up to now."""
        if ALERTS in self._policy.excluded:
            return []
        return self._out_of_sight(ALERTS, at, self._looked, self._policy.alerts.max_gap, trouble)

    def _out_of_sight(self, name: str, at: datetime, since: datetime, longest: timedelta, trouble: str) -> list[Change]:
        if name in self._open or not self._session.contains(at) or at - since <= longest:
            return []
        return [self._breached(name, since, Verdict.INCONCLUSIVE, trouble)]

    def _changes(self, at: datetime, findings: Mapping[str, Finding]) -> list[Change]:
        changes: list[Change] = []
        for name, finding in findings.items():
            if finding.verdict is not Verdict.PASS:
                if self._is_news(name, finding):
                    changes.append(self._breached(name, at, finding.verdict, finding.detail))
            elif name in self._open:
                changes.append(self._recovered(name, at, finding.detail))
        return changes

    def _is_news(self, name: str, finding: Finding) -> bool:
        was = self._open.get(name)
        if was is None:
            return True
        if finding.verdict is not Verdict.FAIL:
            return False
        another_rule = name == ALERTS and finding.detail != was.detail
        return was.verdict is not Verdict.FAIL or another_rule

    def _breached(self, name: str, at: datetime, verdict: Verdict, detail: str) -> WatchBreached:
        was = self._open.get(name)
        since = was.since if was is not None and was.verdict is verdict else at
        self._open[name] = _Open(since, verdict, detail)
        return WatchBreached(criterion=name, verdict=verdict, at=at, detail=detail)

    def _recovered(self, name: str, at: datetime, detail: str) -> WatchRecovered:
        was = self._open.pop(name)
        seconds = max(round((at - was.since).total_seconds(), 3), 0.0)
        return WatchRecovered(criterion=name, at=at, seconds=seconds, detail=detail, verdict=was.verdict)


def lasting(changes: Iterable[Change]) -> dict[str, WatchBreached]:
    """Return the breaches among recorded changes, oldest first, that were not recorded as over."""
    found: dict[str, WatchBreached] = {}
    for change in changes:
        if change.kind == "watch_breached":
            found[change.criterion] = change
        else:
            found.pop(change.criterion, None)
    return found
