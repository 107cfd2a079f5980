"""Values as a page quotes them: what is shown, where it was read, and that nothing in it is markup."""

from zoneinfo import ZoneInfo

import pytest

from bot.domain.entry import BotStarted, Draft, link
from bot.domain.people import BOT, INSIDE
from bot.report.cited import NOTHING, Cited, clock, digest, number, rounded, words
from tests.support.evidence import OPENS

INDIA = ZoneInfo("Asia/Kolkata")


def cited(value: object, pointer: str = "/body/x") -> Cited:
    """A value of entry 7."""
    return Cited(value, 7, INDIA, pointer)  # type: ignore[arg-type]


def test_a_value_names_its_entry_and_its_place_there() -> None:
    """By a JSON pointer, whatever the names on the way are."""
    entry = link(Draft(at=OPENS, body=BotStarted(version="1", host="h", pid=7), actor=BOT, origin=INSIDE), 12, "0" * 64)
    found = Cited.of(entry, INDIA)["body"]["pid"]
    assert (found.value, found.entry, found.pointer) == (7, 12, "/body/pid")
    odd = cited({"a/b~c": [1, 2]})["a/b~c"][1]
    assert (odd.value, odd.pointer) == (2, "/body/x/a~1b~0c/1")
    assert [each.pointer for each in cited({"a": 1, "b": 2})] == ["/body/x/a", "/body/x/b"]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (22501, "22,501"),
        (1.0, "1"),
        (0.31, "0.31"),
        (1.23456, "1.235"),
        (0.00042, "0.00042"),
        (-2.5, "-2.5"),
        (1e6, "1,000,000"),
        (True, "yes"),
        (False, "no"),
    ],
)
def test_numbers_as_a_person_reads_them(value: float, shown: str) -> None:
    """To three decimals, thousands parted; what is smaller by its digits."""
    assert rounded(value) == shown


def test_what_is_not_there_is_a_dash() -> None:
    """Of every kind; a zero and a no are something."""
    missing = cited({})["gone"]["further"]
    assert number(missing) == clock(missing) == words(missing) == digest(missing) == words(cited("")) == NOTHING
    assert "0" in number(cited(0))
    assert "no" in number(cited(False))


def test_infinities_are_told_as_prometheus_writes_them() -> None:
    """A text in the place of a number stays as it is."""
    assert number(cited("+Inf"), "s") == '<data value="+Inf" data-entry="7" data-at="/body/x">+Inf</data>\u00a0s'


def test_a_time_is_the_exchanges() -> None:
    """And names the instant as it stands on record."""
    shown = clock(cited("2026-11-23T03:45:00Z"))
    assert 'datetime="2026-11-23T03:45:00Z"' in shown
    assert ">09:15:00<" in shown


def test_words_are_no_markup() -> None:
    """Nor do they get out of an attribute."""
    nasty = "\"'><script>alert(1)</script>\u202e"
    for shown in (words(cited(nasty)), number(cited(nasty), nasty), digest(cited(nasty))):
        assert "<script" not in shown
        assert "\"'>" not in shown
    assert words(cited(nasty)).startswith("<bdi")


def test_what_is_in_no_entry_names_none() -> None:
    """The policy of a day that is not closed yet."""
    assert number(Cited(5.0, None, INDIA), "s") == '<data value="5.0">5</data>\u00a0s'
