"""The picture itself: every kind of day is drawn, opaque and of one size, and days that differ look different."""

import io

import pytest
from PIL import Image

from bot.domain.policy import Policy
from bot.domain.sample import Source
from bot.pictures.drawing import drawn
from bot.pictures.scene import SECONDS, columns_of, unpacked
from tests.support.evidence import clean_samples, counter, gauge, sample_at, session_of
from tests.support.pictured_days import DAYS, clean, failing


@pytest.mark.parametrize("name", DAYS)
def test_every_day_is_drawn(name: str) -> None:
    """Whatever was read or not; the picture does not shine through, in light or dark."""
    png = drawn(DAYS[name]())
    with Image.open(io.BytesIO(png)) as picture:
        assert (picture.format, picture.size) == ("PNG", (1080, 1400))
        assert picture.convert("RGBA").getextrema()[3] == (255, 255)
    assert len(png) < 400_000


def test_the_same_day_looks_the_same_and_another_does_not() -> None:
    """Drawn twice it is the same picture."""
    assert drawn(clean(600.0)) == drawn(clean(600.0))
    assert drawn(clean(600.0)) != drawn(failing(600.0))


def test_a_scene_comes_out_as_it_went_in() -> None:
    """With every number of its samples."""
    scene = failing(600.0)
    packed = scene.packed()
    assert unpacked(packed).head == scene.head
    assert {name: column.tobytes() for name, column in unpacked(packed).columns.items()} == {
        name: column.tobytes() for name, column in scene.columns.items()
    }
    with pytest.raises(ValueError, match="bytes of samples"):
        unpacked(packed[:-1])


def test_only_the_traders_samples_of_the_session_are_drawn() -> None:
    """Not looks at the rules, and nothing before the open or after the close; they stand in order of time."""
    session, policy = session_of(10.0), Policy()
    look = sample_at(session, 5.0, {"leader": gauge(0.0)}, Source.ALERTS)
    columns = columns_of(session, policy, [look, *reversed(clean_samples(session, policy))])
    assert list(columns[SECONDS]) == sorted(columns[SECONDS])
    assert 0 <= min(columns[SECONDS]) <= max(columns[SECONDS]) <= 10
    assert set(columns["leader"]) == {1.0}


def test_a_counter_that_never_came_counts_as_the_policy_says() -> None:
    """Zero, or not read; several series are summed."""
    session = session_of(10.0)
    sample = sample_at(session, 1.0, {"scan_ticks": counter(2.0, 3.0)})
    assert columns_of(session, Policy(), [sample])["retries.rate_limit"][0] == 0.0
    strict = Policy.model_validate({"retries": {"absent_is_zero": False}})
    columns = columns_of(session, strict, [sample])
    assert columns["retries.rate_limit"][0] != columns["retries.rate_limit"][0]
    assert columns["scan_ticks"][0] == 5.0
