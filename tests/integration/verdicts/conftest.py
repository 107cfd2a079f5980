"""What the rows of the fault table share."""

from typing import Any

import pytest

from bot.desk import TraderDesk
from bot.selftest import self_test

_show = self_test._shown
_shown: dict[Any, Any] = {}


@pytest.fixture(autouse=True)
def _each_self_test_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Show the judge its planted days once a policy and set of metrics, on which alone they depend: that takes time."""

    def shown_before(trader: TraderDesk) -> Any:
        key = (trader.policy.digest, trader.metrics, trader.plan)
        if key not in _shown:
            _shown[key] = _show(trader)
        return _shown[key]

    monkeypatch.setattr(self_test, "_shown", shown_before)
