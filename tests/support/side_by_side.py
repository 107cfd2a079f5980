"""Speeds compared within one run, so that a busy machine slows both sides and no second is asserted."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Comparison:
    """Pairs of durations in seconds, ours and theirs, each pair taken one right after the other.

    `allowed` is the contract: how many times theirs ours may take.
    """

    ours: str
    theirs: str
    pairs: Sequence[tuple[float, float]]
    allowed: float

    @property
    def ratio(self) -> float:
        """The median of the pairs' ratios: one pair that the machine disturbed does not move it."""
        return median(ours / theirs for ours, theirs in self.pairs)

    def table(self) -> str:
        """The comparison for a person."""
        width = max(len(self.ours), len(self.theirs), len("ratio (allowed)"))
        ours, theirs = (1000 * median(side) for side in zip(*self.pairs, strict=True))
        rows = (
            f"{self.ours:<{width}}  {ours:8.1f} ms",
            f"{self.theirs:<{width}}  {theirs:8.1f} ms",
            f"{'ratio (allowed)':<{width}}  {self.ratio:8.3f}   ({self.allowed:g})  over {len(self.pairs)} pairs",
        )
        return "\n" + "\n".join(rows)
