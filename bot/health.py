"""How well each part of a running bot is, told by the part itself."""

from collections.abc import Mapping
from typing import Protocol

from bot.domain.value import Value


class HealthReading(Value):
    """One part: whether it does its work, in words, and what it measures of itself (ages in seconds, counts)."""

    ok: bool
    detail: str = ""
    values: dict[str, float] = {}


class Health(Protocol):
    """Tells how the parts of this process are."""

    def readings(self) -> Mapping[str, HealthReading]:
        """Return a reading for each part by name, without waiting for anything."""
        ...
