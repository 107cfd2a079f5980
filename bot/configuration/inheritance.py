"""What a trader's section takes over from the rest of the file, while all of it is still raw keys."""

from collections.abc import Mapping
from typing import Any

from bot.domain.policy import Policy
from bot.domain.value import Value

_ROLES = ("operators", "approvers")  # channels are the whole file's


def inherited(data: Any) -> Any:
    """Return the file's keys with the policy's defaults below its own, and below each trader's the file's."""
    if not isinstance(data, dict):
        return data
    # Over the defaults, so that one number of a nested limit may be set alone.
    whole = {**data, "policy": _over(_raw(data.get("policy", {})), Policy().model_dump())}
    traders = data.get("traders")
    if isinstance(traders, list | tuple):
        whole["traders"] = [_trader(trader, whole) for trader in traders]
    return whole


def _trader(trader: Any, whole: Mapping[str, Any]) -> Any:
    """Return a trader's keys with the file's policy, roles and channel below its own."""
    if not isinstance(trader, dict):
        return trader
    below, slack = {"policy": whole["policy"]}, _raw(whole.get("slack"))
    access = _raw(whole.get("access"))
    if isinstance(access, dict):
        below["access"] = {key: access[key] for key in _ROLES if key in access}
    if isinstance(slack, dict) and "channel" in slack:
        below["channel"] = slack["channel"]
    return _over(trader, below)


def _raw(section: Any) -> Any:
    return section.model_dump() if isinstance(section, Value) else section


def _over(upper: Any, lower: Any) -> Any:
    """Return `upper` merged over `lower`: mappings key by key, anything else as a whole."""
    if not isinstance(upper, dict) or not isinstance(lower, dict):
        return upper
    return {**lower, **{key: _over(value, lower.get(key)) for key, value in upper.items()}}
