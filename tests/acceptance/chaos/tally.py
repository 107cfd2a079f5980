"""What a chaos run has come to, for whoever reads its output."""

from collections import Counter
from dataclasses import dataclass, field

from bot.domain.day import DayRecord
from bot.domain.verdict import Verdict


@dataclass(slots=True)
class Tally:
    """Counts kills, where they struck, and what became of the days."""

    phases: Counter[str] = field(default_factory=Counter)
    points: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)  # never came: the bot was killed at the act's end instead
    days: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)  # of the days that did not pass

    @property
    def kills(self) -> int:
        """How many times a bot was killed."""
        return self.phases.total()

    def killed(self, phase: str, point: str, *, missed: bool) -> None:
        """Count one kill."""
        self.phases[phase] += 1
        (self.missed if missed else self.points)[point] += 1

    def judged(self, record: DayRecord) -> None:
        """Count a day's verdict, and what it is because of."""
        self.days[record.verdict] += 1
        self.reasons.update(
            f"{found.id} {found.reason}" for found in record.criteria if found.verdict is not Verdict.PASS
        )

    def in_words(self) -> str:
        """Return the table that a run prints."""
        rows = [
            f"kills      {self.kills}: {_listed(self.phases)}",
            f"points     {len(self.points)} different ones; {self.missed.total()} times the point did not come",
            *(f"           {point}: {times}" for point, times in sorted(self.missed.items())),
            f"days       {_listed(self.days)}",
            f"because of {_listed(self.reasons)}",
        ]
        return "\n".join(rows)


def _listed(counted: Counter[str]) -> str:
    return ", ".join(f"{name} {times}" for name, times in sorted(counted.items()))
