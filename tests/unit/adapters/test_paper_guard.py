"""Nothing but the configured value counts as paper."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from bot.adapters.paper_guard import PaperGuard, PaperGuardSetting


def test_exactly_the_configured_value_is_paper() -> None:
    """The field says what the guard expects."""
    mode = PaperGuard().judge({"mode": "paper"})
    assert mode.paper
    assert mode.words == '/ready says mode = "paper"'


@pytest.mark.parametrize("seen", ["live", "Paper", " paper", "", None, True, 1, ["paper"], {"paper": 1}])
def test_anything_else_is_not_paper(seen: Any) -> None:
    """Another case, type or shape is not on paper, and the words say what was seen."""
    mode = PaperGuard().judge({"mode": seen})
    assert not mode.paper
    assert mode.words.endswith('not "paper"')


def test_missing_field_is_not_paper() -> None:
    """A trader that does not say its mode is not on paper; the words name the missing part."""
    mode = PaperGuard(field="broker.mode").judge({"broker": "x"})
    assert not mode.paper
    assert "/ready has no broker.mode" in mode.words


def test_dotted_path_reaches_into_objects() -> None:
    """A field may lie deeper, and be a boolean; then neither 1 nor "true" will do."""
    guard = PaperGuard(endpoint="/state", field="broker.paper", equals=True)
    assert guard.judge({"broker": {"paper": True}}).paper
    assert not guard.judge({"broker": {"paper": 1}}).paper
    assert not guard.judge({"broker": {"paper": "true"}}).paper


@pytest.mark.parametrize("off", [False, "off"])
def test_only_off_switches_it_off(off: Any) -> None:
    """The guard is off where the configuration says so in so many words."""
    assert TypeAdapter(PaperGuardSetting).validate_python(off) is None


@pytest.mark.parametrize("not_off", [None, "OFF ", "no", "", 0, {"endpoint": "ready"}, {"equal": "paper"}])
def test_an_oversight_does_not_switch_it_off(not_off: Any) -> None:
    """An empty key, another word or a typo is an error, not a switched-off guard."""
    with pytest.raises(ValidationError):
        TypeAdapter(PaperGuardSetting).validate_python(not_off)
