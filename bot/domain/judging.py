"""From what the ledger holds of a day to its judgement: the one way that close, replay and self-test take."""

from collections.abc import Sequence

from bot.domain.entry import Entry
from bot.domain.folds import evidence_of
from bot.domain.judge import Judgement, judge
from bot.domain.policy import Policy
from bot.domain.sample import Sample
from bot.domain.session import Session
from bot.domain.verdict import Verdict


def judge_day(
    policy: Policy, session: Session, entries: Sequence[Entry], samples: Sequence[Sample], *, lapsed: bool = False
) -> Judgement:
    """Judge a day by its entries, oldest first, and its samples.

    A lapsed day is never PASS: nobody ran its reconcile and its report, whatever else the evidence shows.
    """
    judgement = judge(policy, session, evidence_of(entries, samples))
    if lapsed and judgement.verdict is Verdict.PASS:
        return judgement.model_copy(update={"verdict": Verdict.INCONCLUSIVE})
    return judgement
