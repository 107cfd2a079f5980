"""A trading session: one day's opening and closing instants, named by its date on the exchange."""

from datetime import date, datetime, timedelta
from typing import Self

from pydantic import model_validator

from bot.domain.value import UtcDatetime, Value


class Session(Value):
    """One session of a calendar. `opens` and `closes` belong to the session (a closed interval)."""

    date: date
    opens: UtcDatetime
    closes: UtcDatetime
    timezone: str = "UTC"

    @model_validator(mode="after")
    def _opens_before_it_closes(self) -> Self:
        if self.opens >= self.closes:
            raise ValueError(f"session {self.date}: it opens at {self.opens} but closes at {self.closes}")
        return self

    @property
    def length(self) -> timedelta:
        """How long the session lasts."""
        return self.closes - self.opens

    def contains(self, at: datetime) -> bool:
        """Tell whether an instant lies in the session, both edges included."""
        return self.opens <= at <= self.closes


class Anchor(Value):
    """An instant of a session by the wall clock and, in the same moment, by the monotonic clock of one run of a host.

    `boot` tells that run from others, for monotonic seconds mean nothing beyond it.
    """

    boot: str
    at: UtcDatetime
    monotonic: float
