"""A row of the fault table: what is planted into a clean day, and what each criterion must then say of it."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from bot.domain.criteria import CRITERIA
from bot.domain.day import DayRecord
from bot.domain.evidence import Evidence
from bot.domain.judge import Judgement, judge
from bot.domain.policy import Policy
from bot.domain.verdict import Verdict, worst
from tests.support.evidence import clean_day, session_of
from tests.support.simulated_day import CLOSE, SimulatedDay

Plant = Callable[[SimulatedDay], None]
Change = Callable[[Evidence], Evidence]

HEARTBEATS = ("heartbeat.marketdata", "heartbeat.order_stream", "heartbeat.scan")
RETRIES = ("retries.token_refresh", "retries.rate_limit")
_SHORT = {
    "marketdata": HEARTBEATS[:1],
    "order_stream": HEARTBEATS[1:2],
    "scan": HEARTBEATS[2:],
    "heartbeats": HEARTBEATS,
    "ticks": ("scan_ticks",),
    "token_refresh": RETRIES[:1],
    "rate_limit": RETRIES[1:],
    "retries": RETRIES,
    "sampled": ("leader", *HEARTBEATS, "scan_ticks", *RETRIES),
    "everything": CRITERIA,
    **{name: (name,) for name in ("leader", "drill", "flatten", "reconcile", "alerts")},
}


@dataclass(frozen=True)
class Scenario:
    """One row. `expected` names the criteria that do not pass, each as `VERDICT reason`; every other is proven.

    A row whose `change` is set is judged on made-up evidence, for timing that no watch produces. All others are lived
    through, from the trader's metrics as text to the record on the ledger; where `asks_prometheus` is set, the adapters
    that ask Prometheus for alerts and for samples are the real ones, too.
    """

    name: str
    expected: dict[str, str]
    plants: tuple[Plant, ...] = ()
    change: Change | None = None
    day: dict[str, Any] = field(default_factory=dict)
    asks_prometheus: bool = False
    lapses: bool = False  # what keeps the day from passing is that nobody closed it

    @property
    def is_fault(self) -> bool:
        """Whether the day must not pass."""
        return bool(self.expected) or self.lapses

    async def judged(self, folder: Path) -> DayRecord | Judgement:
        """Return what the day came to."""
        if self.change is not None:
            policy = self.day.get("policy", Policy())
            session = session_of(self.day.get("length", CLOSE))
            return judge(policy, session, self.change(clean_day(session, policy)))
        return (await self.lived(folder)).record

    async def lived(self, folder: Path) -> SimulatedDay:
        """Return the day once it was lived through and closed."""
        day = SimulatedDay(**self.day, prometheus=folder if self.asks_prometheus else None)
        for plant in self.plants:
            plant(day)
        await day.run()
        return day


def fault(
    name: str, *plants: Plant, day: dict[str, Any] | None = None, lapses: bool = False, **expected: str
) -> Scenario:
    """Return a row of what must cost the day its PASS."""
    assert expected or lapses, f"{name}: which criterion finds it?"
    return Scenario(name, _spelt_out(expected), plants, day=day or {}, lapses=lapses)


def harmless(name: str, *plants: Plant, day: dict[str, Any] | None = None) -> Scenario:
    """Return a row of what must not cost a good day its PASS."""
    return Scenario(name, {}, plants, day=day or {})


def asking_prometheus(*rows: Scenario) -> list[Scenario]:
    """Return rows whose day has a Prometheus that answers over HTTP."""
    return [replace(row, asks_prometheus=True) for row in rows]


def judged(name: str, change: Change, *, day: dict[str, Any] | None = None, **expected: str) -> Scenario:
    """Return a row that is judged on made-up evidence; without an expectation it must pass."""
    return Scenario(f"{name} [judge]", _spelt_out(expected), change=change, day=day or {})


def _spelt_out(expected: dict[str, str]) -> dict[str, str]:
    return {criterion: said for short, said in expected.items() for criterion in _SHORT[short]}


async def hold(scenario: Scenario, folder: Path) -> None:
    """Hold a row to its expectation: every criterion's verdict and reason, and the day's verdict."""
    found = await scenario.judged(folder)
    said = {result.id: f"{result.verdict} {result.reason}" for result in found.criteria}
    details = "\n".join(f"{result.id}: {result.detail}" for result in found.criteria if result.verdict != "PASS")
    wanted = dict.fromkeys((name for name in CRITERIA if name not in found.excluded), "PASS proven")
    assert said == {**wanted, **scenario.expected}, details
    assert not (scenario.is_fault and found.verdict is Verdict.PASS), "a fault was planted, and the day passed"
    verdicts = [result.verdict for result in found.criteria]
    assert found.verdict is worst([*verdicts, Verdict.INCONCLUSIVE] if scenario.lapses else verdicts)
