"""The self-test: each criterion is shown a breach, a clean day and a day of which nothing is known.

Planted days take the way of real ones, from a metrics text to the verdict of a day, so that whatever makes the gate
blind on that way is seen. What is planted for one criterion must tell on no other.
"""

import asyncio
from collections.abc import Iterator

from bot import __version__
from bot.desk import Desk, TraderDesk
from bot.domain.evidence import Case, ControlRun, PlantedCase, SelfTestRun
from bot.domain.judge import Judgement, judge_self_test
from bot.domain.judge.self_test import CASES
from bot.domain.judging import judge_day
from bot.domain.results import SelfTestReport
from bot.domain.verdict import Verdict
from bot.errors import BadAnswer, ConfigurationError
from bot.selftest.planted_day import DayPlanter, PlantedDay
from bot.selftest.planted_samples import SAMPLED


async def self_test(desk: Desk, trader: TraderDesk) -> SelfTestRun:
    """Find out whether the gate of a trader can fail. Trouble is part of the answer; nothing is raised.

    The trader itself is not asked for anything. Its database is, for its SQL checks are tried there.
    """
    at = desk.clock.now()
    controls = await trader.order_book.self_test() if trader.order_book is not None else None
    run = SelfTestRun(at=at, version=__version__, controls=controls)
    try:
        async with desk.testing:
            return run.model_copy(update={"cases": await _cases(trader)})
    except (ConfigurationError, BadAnswer) as error:
        return run.model_copy(update={"trouble": str(error)})


async def _cases(trader: TraderDesk) -> tuple[PlantedCase, ...]:
    """Return what the judge said of every planted day.

    Each is judged in a thread, and the next only when the event loop comes back to it: scrapes go first.
    """
    cases, found = (await asyncio.to_thread(_Showing, trader)).cases(), []
    while (case := await asyncio.to_thread(next, cases, None)) is not None:
        found.append(case)
    return tuple(found)


def report_of(trader: str, run: SelfTestRun) -> SelfTestReport:
    """Return a self-test as the contract shows it."""
    finding, controls = judge_self_test(run), run.controls or ControlRun()
    return SelfTestReport(
        trader=trader,
        at=run.at,
        verdict=finding.verdict,
        reason=finding.reason,
        detail=finding.detail,
        cases=run.cases,
        checks=controls.checks,
        uncontrolled=controls.uncontrolled,
    )


class _Showing:
    """Shows the judge one trader's planted days."""

    def __init__(self, trader: TraderDesk) -> None:
        self._policy = trader.policy
        self._planter = DayPlanter(trader)
        self._clean = self._planter.clean()
        self._of_clean = self._judge(self._clean)

    def cases(self) -> Iterator[PlantedCase]:
        """Yield every case of every criterion that is not excluded."""
        nothing = self._planter.nothing()
        of_nothing = self._judge(nothing)
        for criterion in (result.id for result in self._of_clean.criteria):
            breach = self._planter.breach(criterion)
            yield self._case(criterion, "breach", breach, self._judge(breach))
            yield self._case(criterion, "clean", self._clean, self._of_clean)
            unknown = self._case(criterion, "no evidence", nothing, of_nothing)
            if unknown.caught and criterion in SAMPLED:
                unreadable = self._planter.unreadable(criterion)
                unknown = self._case(criterion, "no evidence", unreadable, self._judge(unreadable))
            yield unknown

    def _judge(self, day: PlantedDay) -> Judgement:
        return judge_day(self._policy, day.session, day.entries, day.samples)

    def _case(self, criterion: str, case: Case, day: PlantedDay, judgement: Judgement) -> PlantedCase:
        result = next(result for result in judgement.criteria if result.id == criterion)
        return PlantedCase(
            criterion=criterion,
            case=case,
            wanted=CASES[case],
            found=result.verdict,
            reason=result.reason,
            beside=next(self._beside(day, judgement), ""),
        )

    def _beside(self, day: PlantedDay, judgement: Judgement) -> Iterator[str]:
        """Yield what a judgement says wrongly of criteria that nothing was planted for, and of the day as a whole.

        They are held to what the clean day came to, so that a criterion which cannot pass is blamed by itself alone.
        """
        for clean, found in zip(self._of_clean.criteria, judgement.criteria, strict=True):
            if found.id not in day.spoilt and found.verdict is not clean.verdict:
                yield f"{found.id} was {found.verdict} ({found.reason}), for which nothing was planted"
        seen = {result.verdict for result in judgement.criteria}
        of_day = next(verdict for verdict in (Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.PASS) if verdict in seen)
        if judgement.verdict is not of_day:
            yield f"the day as a whole was {judgement.verdict}, and not {of_day}"
