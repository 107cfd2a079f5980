"""What a chaos run has come to, for whoever reads its output."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Tally:
    """Counts kills, where they struck, and what became of the days."""

    phases: Counter[str] = field(default_factory=Counter)
    points: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)  # never came: the bot was killed at the act's end instead
    days: Counter[str] = field(default_factory=Counter)

    @property
    def kills(self) -> int:
        """How many times a bot was killed."""
        return self.phases.total()

    def killed(self, phase: str, point: str, *, missed: bool) -> None:
        """Count one kill."""
        self.phases[phase] += 1
        (self.missed if missed else self.points)[point] += 1

    def in_words(self) -> str:
        """Return the table that a run prints."""
        rows = [
            f"kills      {self.kills}: "
            + ", ".join(f"{phase} {times}" for phase, times in sorted(self.phases.items())),
            f"points     {len(self.points)} different ones; {self.missed.total()} times the point did not come",
            *(f"           {times} × {point}" for point, times in sorted(self.missed.items())),
            "days       " + ", ".join(f"{times} {verdict}" for verdict, times in sorted(self.days.items())),
        ]
        return "\n".join(rows)
