"""No false alarm: a thousand sessions in which all was well are judged to have been well."""

import pytest

from bot.domain.judge import judge
from bot.domain.policy import Policy
from tests.support.noisy_day import SESSION, noisy_day

TENTHS = [range(first, first + 100) for first in range(0, 1000, 100)]


@pytest.mark.parametrize("seeds", TENTHS, ids=lambda seeds: f"seeds {seeds[0]} to {seeds[-1]}")
def test_a_noisy_day_on_which_all_is_well_passes(seeds: range) -> None:
    """Jitter, lost scrapes, a restart of the bot, filled holes, retries up to the limit: every criterion passes."""
    for seed in seeds:
        judgement = judge(Policy(), SESSION, noisy_day(seed))
        alarms = {result.id: result.detail for result in judgement.criteria if result.verdict != "PASS"}
        assert not alarms, f"seed {seed}: {alarms}"
