"""The picture as lines in a page: what is drawn, in the page's colours, and nothing else that the page would load."""

import re
from collections import Counter
from xml.etree import ElementTree

import pytest

from bot.domain.mark import MarkKind
from bot.pictures.drawing import traced
from bot.pictures.scene import Scene
from bot.pictures.vector import in_page
from tests.support.evidence import clean_samples, session_of
from tests.support.pictured_days import DAYS, POLICY, REAL, clean, failing, mark, scene

HOSTILE = "</text></svg><script>alert(1)</script> --> \"'&amp; #1a1a1a $x^2$"


def elements(svg: str) -> ElementTree.Element:
    """Both pictures of a page as one tree."""
    return ElementTree.fromstring(f'<page xmlns:xlink="http://www.w3.org/1999/xlink">{svg}</page>')  # noqa: S314 - own


def words(svg: str) -> list[str]:
    """What is written on a picture."""
    return ["".join(text.itertext()).strip() for text in elements(svg).iter("text")]


def hostile() -> Scene:
    """A day on which everything from outside is markup."""
    session = session_of(600.0)
    kinds = (MarkKind.ALERT, MarkKind.COMMAND, MarkKind.REFUSED)
    marks = [mark(session, kind, 100, 30, HOSTILE) for kind in kinds]
    return scene(session, clean_samples(session, POLICY), marks, trader=HOSTILE, reason=HOSTILE)


@pytest.mark.parametrize("name", DAYS)
def test_every_day_is_traced(name: str) -> None:
    """For a page and for a phone, as well-formed elements with a size of their own."""
    found = elements(traced(DAYS[name]()))
    assert [(svg.tag, svg.get("class")) for svg in found] == [("svg", "wide"), ("svg", "narrow")]
    assert all(re.fullmatch(r"0 0 [\d.]+ [\d.]+", svg.get("viewBox", "")) for svg in found)


def test_the_page_gives_it_colours_and_letters() -> None:
    """It names none itself, and brings no style sheet that would hold for the page around it."""
    svg = traced(failing(600.0))
    assert not re.search(r"#[0-9a-fA-F]{6}|DejaVu|<style|<metadata|<!--|<\?xml|https?://(?!www\.w3\.org/)", svg)
    assert {"var(--ink)", "var(--blue)", "var(--red)", "var(--sans)"} <= set(re.findall(r"var\(--\w+\)", svg))


def test_no_two_things_on_a_page_have_the_same_id() -> None:
    """Nor do two days of a burn-in, and what is referred to is there."""
    one, other = clean(600.0), failing(600.0)
    later = other.head.session.model_copy(update={"date": other.head.session.date.replace(day=24)})
    svg = traced(one) + traced(Scene(other.head.model_copy(update={"session": later}), other.columns))
    ids = Counter(re.findall(r'\bid="([^"]*)"', svg))
    assert set(ids.values()) == {1}
    assert set(re.findall(r"url\(#([^)]*)\)", svg)) | set(re.findall(r'xlink:href="#([^"]*)"', svg)) <= set(ids)


def test_words_from_outside_stay_words() -> None:
    """Whatever an alert or a command is called."""
    svg = traced(hostile())
    assert not {"script", "a", "image", "foreignObject"} & {element.tag for element in elements(svg).iter()}
    assert any(word.startswith("</text></svg><script>") for word in words(svg))


def test_commands_are_marked() -> None:
    """Those that ran and those that were refused, each in a row of its own."""
    session = session_of(600.0)
    marks = [mark(session, MarkKind.COMMAND, 60, name="check"), mark(session, MarkKind.REFUSED, 90, name="flatten")]
    told = words(traced(scene(session, clean_samples(session, POLICY), marks)))
    assert {"commands", "refused", "check", "flatten"} <= set(told)


def test_a_full_session_stays_small() -> None:
    """22,501 samples become no more points than can be told apart, whatever they are."""
    assert len(traced(clean(REAL))) < 500_000


def test_what_is_no_picture_is_refused() -> None:
    """Rather than put into a page."""
    with pytest.raises(ValueError, match="no <svg>"):
        in_page("<html></html>", "wide")
