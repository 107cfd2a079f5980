"""What the services count, as a protocol: they know that somebody counts, not how the numbers are served."""

from typing import Protocol


class Meter(Protocol):
    """Counts what happens in this process. Must not raise."""

    def sampled(self, trader: str) -> None:
        """Count a scrape that was read."""
        ...

    def missed(self, trader: str) -> None:
        """Count a scrape that was due and was not read."""
        ...

    def breached(self, trader: str, criterion: str) -> None:
        """Count a target that was lost."""
        ...

    def commanded(self, command: str, outcome: str) -> None:
        """Count a command that ended."""
        ...


class NoMeter:
    """Counts nothing: for a process that serves no numbers."""

    def sampled(self, trader: str) -> None:
        """Count nothing."""

    def missed(self, trader: str) -> None:
        """Count nothing."""

    def breached(self, trader: str, criterion: str) -> None:
        """Count nothing."""

    def commanded(self, command: str, outcome: str) -> None:
        """Count nothing."""
