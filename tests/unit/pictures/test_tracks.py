"""The lines of the picture: nothing bad is smoothed away, and nothing is drawn where nothing was read."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bot.pictures.tracks import STRETCHES, broken_at_gaps, rises, since_gap, within_window, worst

NAN = float("nan")


def line(*values: float) -> np.ndarray:  # type: ignore[type-arg]
    """Numbers as the tracks take them."""
    return np.array(values, dtype=np.float64)


def test_a_line_breaks_where_nothing_was_sampled() -> None:
    """A NaN in the middle of the gap parts what was before from what came after."""
    seconds, values = broken_at_gaps(line(0, 1, 9, 10), line(1, 2, 3, 4), 5.0)
    assert seconds.tolist() == [0, 1, 5, 9, 10]
    assert np.isnan(values).tolist() == [False, False, True, False, False]


@given(length=st.integers(STRETCHES + 1, 30_000), place=st.floats(0, 1, exclude_max=True))
def test_the_worst_of_each_stretch_stays(length: int, place: float) -> None:
    """However many samples there are, the highest of all is drawn, near where it was."""
    values, peak = np.ones(length), int(place * length)
    values[peak] = 1000.0
    seconds = np.arange(len(values), dtype=np.float64)
    at, kept = worst((seconds, values), float(length), "highest")
    assert len(kept) <= STRETCHES
    assert kept.max() == 1000.0
    assert abs(at[int(kept.argmax())] - peak) <= length / STRETCHES + 1


def test_a_break_stays_a_break_among_thousands() -> None:
    """Also where the stretch around it holds values."""
    values = np.ones(5 * STRETCHES)
    values[1000] = NAN
    _, kept = worst((np.arange(len(values), dtype=np.float64), values), float(len(values)), "lowest")
    assert np.isnan(kept).sum() == 1


def test_a_counter_rises_by_what_it_surely_counted() -> None:
    """A reset adds the new value; what could not be read adds nothing by itself."""
    assert rises(line(5, 7, 7, 2, 3)).tolist() == [0, 2, 0, 2, 1]
    assert rises(line(NAN, 5, NAN, 8)).tolist() == [0, 0, 0, 3]
    assert within_window(line(0, 1, 2, 3), line(0, 1, 3, 6), 2.0).tolist() == [0, 1, 3, 5]
    assert within_window(line(), line(), 2.0).tolist() == []


def test_how_long_samples_have_come_is_counted_anew_after_a_gap() -> None:
    """From the first sample of each stretch."""
    assert since_gap(line(2, 3, 4, 20, 21), 5.0).tolist() == [0, 1, 2, 0, 1]
    assert since_gap(line(), 5.0).tolist() == []
