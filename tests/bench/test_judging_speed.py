"""Judging a full session beside reading its samples from the ledger."""

import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bot.adapters.sqlite_ledger import SqliteLedger
from bot.domain.evidence import Evidence
from bot.domain.judge import judge
from bot.domain.policy import Policy
from bot.domain.verdict import Verdict
from tests.support.drafts import TRADER
from tests.support.evidence import clean_day, session_of
from tests.support.side_by_side import Comparison

pytestmark = pytest.mark.bench

PAIRS = 3
POLICY = Policy()
SESSION = session_of(6.25 * 3600)


@pytest.fixture
def day() -> Evidence:
    """The evidence of a day that passes every criterion."""
    return clean_day(SESSION, POLICY)


@pytest.fixture
async def ledger(tmp_path: Path, day: Evidence) -> AsyncIterator[SqliteLedger]:
    """A ledger file that holds the samples of a full session at 1 Hz and the looks at Prometheus's rules."""
    made = await SqliteLedger.open(tmp_path / "burnin.db")
    await made.store_samples(TRADER, SESSION.date, [*day.samples, *day.alert_looks])
    yield made
    await made.close()


async def _read_and_judged(ledger: SqliteLedger, day: Evidence) -> tuple[float, float]:
    """Read the session and judge what was read by every criterion; return the seconds of both, judging first."""
    began = time.perf_counter()
    samples = await ledger.samples(TRADER, SESSION.date)
    read = time.perf_counter()
    judgement = judge(POLICY, SESSION, replace(day, samples=samples, alert_looks=()))
    judged = time.perf_counter()
    assert judgement.verdict is Verdict.PASS
    assert len(samples) >= 22_500 + 11_250
    return judged - read, read - began


async def test_judging_takes_at_most_3_times_as_long_as_reading(
    ledger: SqliteLedger, day: Evidence, hold: Callable[[Comparison], None]
) -> None:
    """A session of 6 h 15 min at 1 Hz is judged by all criteria in at most 3 times what reading it from disk takes."""
    pairs = [await _read_and_judged(ledger, day) for _ in range(PAIRS)]
    hold(Comparison("judging a full session", "reading its samples", pairs, allowed=3))
