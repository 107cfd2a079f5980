"""What is known of the connection to Slack, for whoever asks how the bot is."""

from bot.health import HealthReading
from bot.ports import Clock

SILENT_SECONDS = 30.0  # Socket Mode pings within a third of it


class SlackLink:
    """When something was last heard from Slack, what is wrong with the connection, and the port of HTTP mode.

    Args:
        clock: measures ages.
        steady: whether frames arrive all the time, as in Socket Mode; over HTTP Slack calls only when somebody types.
    """

    def __init__(self, clock: Clock, *, steady: bool = True) -> None:
        self._clock = clock
        self._steady = steady
        self._heard: float | None = None
        self._trouble = ""
        self.port = 0

    def heard(self) -> None:
        """Note that something arrived from Slack just now."""
        self._heard = self._clock.monotonic()

    def troubled(self, words: str) -> None:
        """Note what is wrong and what to do about it; an empty text where all is well again."""
        self._trouble = words

    def age(self) -> float | None:
        """Seconds since something last arrived from Slack; None where nothing ever did."""
        return None if self._heard is None else self._clock.monotonic() - self._heard

    def trouble(self) -> str:
        """Return what is wrong with the connection and what to do, in words; empty where it is well."""
        if self._trouble or not self._steady:
            return self._trouble
        age = self.age()
        if age is None:
            return (
                "Nothing was heard from Slack yet; it is tried again and again, and the log tells what is in the way."
            )
        return f"Slack has been silent for {age:.0f} s; another connection is opened." if age > SILENT_SECONDS else ""

    def health(self) -> HealthReading:
        """Return how the connection is; its measure is the age of the last frame, not that a socket is open."""
        trouble, age = self.trouble(), self.age()
        return HealthReading(ok=not trouble, detail=trouble, values={} if age is None else {"last_frame_age": age})
