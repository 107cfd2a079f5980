"""What the rows of the fault table share."""

from typing import Any

import pytest

from bot.desk import TraderDesk
from bot.selftest import self_test

_cases = self_test._cases
_known: dict[Any, Any] = {}


@pytest.fixture(autouse=True)
def _each_self_test_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Show the judge its planted days once for all days that differ in nothing they depend on: it takes time."""

    async def known_cases(trader: TraderDesk) -> Any:
        key = (trader.policy.digest, trader.metrics, trader.plan, type(trader.trader))
        if key not in _known:
            _known[key] = await _cases(trader)
        return _known[key]

    monkeypatch.setattr(self_test, "_cases", known_cases)
