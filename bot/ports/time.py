"""What time it is, when a session is, and what is to be called when."""

from collections.abc import Awaitable, Callable
from datetime import date, datetime
from typing import Protocol

from bot.domain.session import Session


class Clock(Protocol):
    """The one source of time."""

    def now(self) -> datetime:
        """Return the wall-clock time, aware, in UTC: for dates and for what people read."""
        ...

    def monotonic(self) -> float:
        """Return seconds that never step back: for durations."""
        ...

    def boot(self) -> str:
        """Return what tells this run of the host from others; its monotonic seconds compare only within it.

        Empty where that is not known.
        """
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait; zero or less returns after other tasks had their turn."""
        ...


class Calendar(Protocol):
    """The sessions of an exchange. Instants in, sessions out."""

    def on(self, day: date) -> Session | None:
        """Return the session of that date, or None on a holiday."""
        ...

    def current(self, at: datetime) -> Session | None:
        """Return the session that is open at an instant."""
        ...

    def following(self, at: datetime) -> Session | None:
        """Return the first session that opens after an instant; None where the calendar ends before it."""
        ...

    def preceding(self, at: datetime) -> Session | None:
        """Return the last session that closed before an instant."""
        ...


Job = Callable[[], Awaitable[None]]  # what a timer calls


class Timer(Protocol):
    """Calls something at a wall-clock moment."""

    def at(self, moment: datetime, name: str, job: Job) -> None:
        """Call the job once at a moment, or at once where it has passed; a job of the same name is replaced."""
        ...
