"""The lines of the picture: of thousands of samples the worst in each stretch, so that nothing is hidden."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Line = tuple[Numbers, Numbers]  # times (s since the open) and values; a NaN value breaks the line

STRETCHES = 720  # as many as a wide picture can tell apart


def broken_at_gaps(seconds: Numbers, values: Numbers, max_gap: float) -> Line:
    """Return a line that ends where nothing was sampled and goes on behind it."""
    after = np.flatnonzero(np.diff(seconds) > max_gap) + 1
    middle = (seconds[after - 1] + seconds[after]) / 2
    return np.insert(seconds, after, middle), np.insert(values, after, np.nan)


def worst(line: Line, length: float, which: Literal["highest", "lowest"], stretches: int = STRETCHES) -> Line:
    """Return a line with one value a stretch: the worst in it. A short line stays as it is."""
    seconds, values = line
    if len(seconds) <= stretches:
        return line
    stretch = np.minimum((seconds / length * stretches).astype(np.int64), stretches - 1)
    starts = np.flatnonzero(np.diff(stretch, prepend=-1))
    pick = np.fmax if which == "highest" else np.fmin
    kept = pick.reduceat(values, starts)
    broken = np.logical_or.reduceat(np.isnan(values), starts)
    return _with_breaks(seconds[starts], kept, broken)


def _with_breaks(seconds: Numbers, values: Numbers, broken: NDArray[np.bool_]) -> Line:
    """Break a line behind the stretches that held a break, and keep their values."""
    after = np.flatnonzero(broken & ~np.isnan(values)) + 1
    nudged = seconds[after - 1] + 1e-3
    return np.insert(seconds, after, nudged), np.insert(values, after, np.nan)


def rises(values: Numbers) -> Numbers:
    """Return by how much a counter surely rose since it was last read; after a reset that is its new value."""
    read = np.maximum.accumulate(np.where(np.isfinite(values), np.arange(len(values)), 0))
    known = values[read]
    before = np.concatenate((known[:1], known[:-1]))
    risen = np.where(known >= before, known - before, known)
    return np.where(np.isfinite(risen) & np.isfinite(before), risen, 0.0)


def within_window(seconds: Numbers, values: Numbers, window: float) -> Numbers:
    """Return the rise of a counter over the window (s) that ends with each sample."""
    if not len(seconds):
        return values
    total = np.cumsum(rises(values))
    starts = np.searchsorted(seconds, seconds - window, side="left")
    return np.asarray(total - total[starts], dtype=np.float64)


def since_gap(seconds: Numbers, max_gap: float) -> Numbers:
    """Return for each sample for how long (s) they have come without a gap."""
    starts = np.diff(seconds, prepend=-np.inf) > max_gap
    began = np.maximum.accumulate(np.where(starts, seconds, 0.0)) if len(seconds) else seconds
    return np.asarray(seconds - began, dtype=np.float64)


def highest(lines: Sequence[Numbers], default: float) -> float:
    """Return the highest finite value of several lines."""
    finite = [values[np.isfinite(values)] for values in lines]
    return max((float(values.max()) for values in finite if len(values)), default=default)
