"""Burn-ins of any kind, as the program itself records them: a recount gives what it counted."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.people import Role
from bot.domain.policy import InconclusiveDays, Policy
from tests.support.recounted import recounted
from tests.support.void_room import BEN, POLICY
from tests.unit.commands.void.test_void_lives import DAY, LENGTH, Life

POLICIES = tuple(
    POLICY.model_copy(update=update)
    for update in (
        {"days_required": 2},
        {"days_required": 2, "inconclusive": InconclusiveDays.RESET},
        {"days_required": 1},
        {"days_required": 3, "legal_hold": "a claim"},
    )
)
CHANGES = st.fixed_dictionaries({"policy": st.sampled_from((0,) * 9 + (1, 2, 3)), "signed": st.booleans()})


class ChangingLife(Life):
    """A trader's days, between which the policy may change and the clearance be signed off."""

    def __init__(self, changes: list[Mapping[str, Any]]) -> None:
        super().__init__()
        self._changes = changes

    async def _day(self, number: int, day: dict[str, Any]) -> None:
        change = self._changes[number % len(self._changes)]
        self._judge_by(POLICIES[change["policy"]])
        await super()._day(number, day)
        if change["signed"]:
            await self.room.ask("signoff", actor=BEN, role=Role.APPROVER)

    def _judge_by(self, policy: Policy) -> None:
        traders = {name: replace(trader, policy=policy) for name, trader in self.room.desk.traders.items()}
        self.room.desk = replace(self.room.desk, traders=traders)

    async def _hold(self) -> None:
        """Hold what is counted to a recount."""
        assert not recounted(self.room.ledger.chain)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(DAY, min_size=4, max_size=LENGTH), st.lists(CHANGES, min_size=1, max_size=5))
def test_what_the_program_counts_is_what_a_recount_gives(
    days: list[dict[str, Any]], changes: list[Mapping[str, Any]]
) -> None:
    """Whatever the verdicts, builds, policies, void days and signatures, in whatever order."""
    life = ChangingLife(changes)
    asyncio.run(life.live(days))
    assert not recounted(life.room.ledger.chain)
