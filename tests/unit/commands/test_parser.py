"""From what was typed to a command and its options: forgiving where it is safe, and always in words."""

import shlex

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.errors import UsageError
from commands.command import Command, CommandOptions
from commands.parser import faults_of, line_of, parse, tokens_of
from commands.registry import load_commands

COMMANDS = load_commands()
LINES = st.lists(
    st.one_of(
        st.sampled_from([*COMMANDS, "--qty", "--side", "--last", "=", "--", "2026-11-20", "today", "orb"]), st.text()
    )
).map(" ".join)


def parsed(line: str) -> tuple[Command, CommandOptions]:
    """Parse a line."""
    return parse(tokens_of(line), COMMANDS)


@given(LINES)
@example("audit --last 99999999999999999999999")
@example("audit --last 1e999")
@example("day 0001-01-01")
@example("help \x00")
def test_any_line_is_a_command_or_a_usage_error(line: str) -> None:
    """Nothing that anybody types raises anything else, and an error says something."""
    try:
        command, options = parsed(line)
    except UsageError as error:
        said = (str(error), error.hint)
    else:
        said = (command.name, str(options))
        assert isinstance(options, command.options)
    assert all(said)


@given(st.lists(st.text(st.characters(exclude_characters="\u2014\u2013\u201c\u201d\u2018\u2019"))))
def test_words_are_split_as_a_shell_splits_them(words: list[str]) -> None:
    """What a shell would quote comes back whole."""
    assert tokens_of(shlex.join(words)) == tuple(words)


@given(st.lists(st.text()))
def test_a_line_of_words_is_split_into_them_again(words: list[str]) -> None:
    """Whatever is written into a form, it stays one word, and the words after it stay what they are."""
    plain = [
        word.translate({0x2014: "--", 0x2013: "--", 0x201C: '"', 0x201D: '"', 0x2018: "'", 0x2019: "'"})
        for word in words
    ]
    assert tokens_of(line_of(*words)) == tuple(plain)


def test_what_is_wrong_with_each_option_is_told_at_once() -> None:
    """A form shows each fault at its field."""
    found = faults_of(COMMANDS["drill"], {"symbol": "-x", "qty": "0", "side": "LONG"})
    assert sorted(found) == ["qty", "symbol"]
    assert found["symbol"] == "it must be an instrument, as in NIFTY"
    assert faults_of(COMMANDS["drill"], {"qty": "25"}) == {}


@given(st.sampled_from(sorted(COMMANDS)), st.booleans())
def test_case_does_not_matter_for_a_command(name: str, upper: bool) -> None:
    """Phones write the first letter large."""
    assert parsed(name.upper() if upper else name.title())[0].name == name


@given(st.integers(1, 10_000_000))
def test_a_value_may_follow_or_be_joined(qty: int) -> None:
    """`--qty 25` and `--qty=25` are the same."""
    assert parsed(f"drill --qty {qty}")[1] == parsed(f"drill --qty={qty}")[1]


@given(st.dates())
def test_a_day_is_told_from_a_trader(day: object) -> None:
    """A word that is a day is the day, whichever stands first."""
    first, second = parsed(f"day {day} orb")[1], parsed(f"day orb {day}")[1]
    assert first == second
    assert first.model_dump() == {"trader": "orb", "day": str(day)}


def test_no_words_mean_help() -> None:
    """`/burnin` alone shows the help."""
    assert parsed("")[0].name == "help"


def test_typographic_dashes_and_quotes_are_forgiven() -> None:
    """Keyboards that are too clever do not stop a drill."""
    _, options = parsed("drill \u2014qty 25 \u2013\u2013symbol \u201cNIFTY 50\u201d".replace("\u2013\u2013", "\u2013"))
    assert options.model_dump(exclude_none=True) == {"qty": 25, "symbol": "NIFTY 50"}


@pytest.mark.parametrize(
    ("line", "said", "hint"),
    [
        ("drll", "There is no command 'drll'. Did you mean 'drill'?", "drill"),
        ("drll 'a b'", "There is no command 'drll'. Did you mean 'drill'?", "drill 'a b'"),
        ("xyzzy", "There is no command 'xyzzy'.", "help"),
        ("drill 'a", 'Cannot read "drill \'a": No closing quotation.', "help"),
        ("drill --zzz 5", "drill has no option --zzz.", None),
        ("drill --qyt 5", "drill has no option --qyt. Did you mean --qty?", None),
        ("drill --qty", "drill: --qty needs a value.", None),
        ("drill --qty --side", "drill: --qty needs a value.", None),
        ("drill --qty 1 --qty 2", "drill: qty is given twice.", None),
        ("drill a b", "drill: what is 'b' meant to be?", None),
        ("day --day tomorrow", "day: --day tomorrow: is not a day; write 2026-11-20, today or yesterday.", None),
        ("audit --last 0", "audit: --last 0: it must be greater than or equal to 1.", None),
    ],
)
def test_what_is_wrong_is_said(line: str, said: str, hint: str | None) -> None:
    """The sentence names the word; the hint is the nearest right line, or how the command is typed."""
    with pytest.raises(UsageError) as raised:
        parsed(line)
    assert str(raised.value) == said
    assert raised.value.hint == (hint if hint is not None else COMMANDS[line.split(maxsplit=1)[0]].usage)
