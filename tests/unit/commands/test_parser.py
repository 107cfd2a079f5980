"""From what was typed to a command and its options: forgiving where it is safe, and always in words."""

import contextlib
import shlex

import click
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.cli import ELSEWHERE, cli
from bot.errors import UsageError
from commands.command import Command, CommandOptions
from commands.meant import TERMINAL_ONLY
from commands.parser import command_in, faults_of, line_of, parse, tokens_of
from commands.registry import load_commands

COMMANDS = load_commands()
WORDS = (
    *("--qty", "--side", "--last", "--qyt", "-qty", "qty=5", "=", "--", "-h", "?", "burnin", "last", "side", "5"),
    *("2026-11-20", "20", "nov", "05/11", "monday", "today", "on", "<@U0123ABC|asha>", "@asha", "me", "orb", "it's"),
)
LINES = st.lists(st.one_of(st.sampled_from([*COMMANDS, *WORDS]), st.text())).map(" ".join)


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


@given(LINES)
@example("drill --qyt 5")
@example("nifty-orb drill --symbol 'NIFTY 50'")
@example("<@U0123ABC|asha>")
def test_what_is_offered_instead_is_right(line: str) -> None:
    """The hint of an error is a line that can be run, or how the command is typed."""
    with contextlib.suppress(UsageError):
        parsed(line)
        return
    hint = _hint(line)
    if hint not in {command.usage for command in COMMANDS.values()}:
        parsed(hint)


@given(st.sampled_from(sorted(COMMANDS)))
def test_every_example_in_the_help_can_be_run(name: str) -> None:
    """What one copies from the help works."""
    _, found, examples = COMMANDS[name].help.partition("As in:")
    for line in examples.splitlines() if found else ():
        assert not line.strip() or parsed(line)[0].name == name


@pytest.mark.parametrize("line", ["", "help", "?", "-h", "--help", "burnin", "/burnin help", "`help`", "HELP!"])
def test_who_asks_for_help_gets_it(line: str) -> None:
    """`/burnin` alone shows the help, and so does every other way to ask."""
    assert (parsed(line)[0].name, command_in(line)) == ("help", "help")


@pytest.mark.parametrize(
    "line", ["flatten --help", "flatten help", "flatten ?", "flatten -h", "help flatten", "flatten orb -h"]
)
def test_who_asks_about_a_command_does_not_run_it(line: str) -> None:
    """Help on a command is no run of it, whichever way it is asked for."""
    command, options = parsed(line)
    assert (command.name, options.model_dump(exclude_none=True)) == ("help", {"command": "flatten"})
    assert command_in(line) == "help"


@pytest.mark.parametrize(
    ("line", "same"),
    [
        ("burnin drill", "drill"),
        ("/burnin /burnin Drill!", "drill"),
        ("`flatten`", "flatten"),
        ("*status*?", "status"),
        ("close yesterday.", "close yesterday"),
        ("close Yesterday please", "close yesterday"),
        ("close 20 Nov", "close '20 nov'"),
        ("close on 20 Nov for orb", "close '20 nov' orb"),
        ("day orb fri 20 nov 2026", "day orb --day 'fri 20 nov 2026'"),
        ("day last friday", "day 'last friday'"),
        ("drill -qty 25", "drill --qty 25"),
        ("drill qty=25 side=short", "drill --qty 25 --side short"),
        ("drill orb qty 25 side short", "drill orb --qty 25 --side short"),
        ("drill --Symbol NIFTY", "drill --symbol NIFTY"),
        ("history last 5", "history --last 5"),
        ("close trader orb", "close orb"),
        ("close --day 20 nov orb", "close '20 nov' orb"),
        (
            "void --reason=the exchange's feed was down --day monday",
            'void monday --reason "the exchange\'s feed was down"',
        ),
        ("void monday reason an outage", "void monday --reason 'an outage'"),
        ("check share", "check --share"),
    ],
)
def test_what_is_meant_is_forgiven(line: str, same: str) -> None:
    """The name before it, marks, case, small words and options without their dashes say the same."""
    assert parsed(line) == parsed(same)
    assert command_in(line) == parsed(same)[0].name


def test_an_apostrophe_is_no_quote() -> None:
    """Within a word nothing is quoted, whichever apostrophe the keyboard writes."""
    assert tokens_of("a \"b's c\" the desk\u2019s 'd e'") == ("a", "b's c", "the", "desk's", "d e")


def test_typographic_dashes_and_quotes_are_forgiven() -> None:
    """Keyboards that are too clever do not stop a drill."""
    _, options = parsed("drill \u2014qty 25 \u2013\u2013symbol \u201cNIFTY 50\u201d".replace("\u2013\u2013", "\u2013"))
    assert options.model_dump(exclude_none=True) == {"qty": 25, "symbol": "NIFTY 50"}


@pytest.mark.parametrize(
    ("line", "said", "hint"),
    [
        ("drll", "There is no command 'drll'. Did you mean 'drill'?", "drill"),
        (
            "drll --symbol 'a b'",
            "There is no command 'drll'. Did you mean 'drill --symbol 'a b''?",
            "drill --symbol 'a b'",
        ),
        ("rec", "There is no command 'rec'. Did you mean 'reconcile'?", "reconcile"),
        ("panic now", "There is no command 'panic'. Did you mean 'flatten'?", "flatten"),
        ("who ran it", "There is no command 'who'. Did you mean 'audit'?", "audit"),
        ("orb drill", "There is no command 'orb': begin with the command, as in 'drill orb'.", "drill orb"),
        ("run the drill", "There is no command 'run': begin with the command, as in 'drill'.", "drill"),
        ("yesterday", "There is no command 'yesterday'. Did you mean 'day yesterday'?", "day yesterday"),
        ("@asha", "There is no command '@asha'. Did you mean 'audit @asha'?", "audit @asha"),
        ("verify", "verify is for the command line only: burnin verify, on the bot's host.", "help"),
        ("xyzzy", "There is no command 'xyzzy'.", "help"),
        ("please", "There is no command 'please'.", "help"),
        ("x" * 200, f"There is no command '{'x' * 60}…'.", "help"),
        ("drill 'a", 'Cannot read "drill \'a": a quote is opened and never closed.', "help"),
        (
            "drill --zzz 5",
            "drill: it has no option --zzz. It takes --trader, --symbol, --side, --qty, --strategy.",
            None,
        ),
        ("drill --qyt 5", "drill: it has no option --qyt. Did you mean --qty?", "drill --qty 5"),
        ("drill --qyt=5 orb", "drill: it has no option --qyt=5. Did you mean --qty?", "drill --qty=5 orb"),
        ("drill --qyt", "drill: it has no option --qyt. Did you mean --qty?", None),
        ("drill --qty", "drill: --qty needs a value: a quantity, a whole number above zero.", None),
        ("drill --qty --side", "drill: --qty needs a value: a quantity, a whole number above zero.", None),
        ("drill --qty 1 --qty 2", "drill: qty is given twice.", None),
        ("drill --qty abc", "drill: --qty abc: it must be a quantity, a whole number above zero.", None),
        ("drill qty abc", "drill: --qty abc: it must be a quantity, a whole number above zero.", None),
        (
            "drill a b",
            "drill: what is 'b' meant to be? It takes --trader, --symbol, --side, --qty, --strategy.",
            None,
        ),
        (
            "day --day foo",
            "day: --day foo: that is no day; write 2026-11-20, 20 Nov, monday, yesterday or today.",
            None,
        ),
        ("audit --last 0", "audit: --last 0: it must be a number of rows from 1 to 100000, 20 if left out.", None),
    ],
)
def test_what_is_wrong_is_said(line: str, said: str, hint: str | None) -> None:
    """The sentence names the word; the hint is the nearest right line, or how the command is typed."""
    with pytest.raises(UsageError) as raised:
        parsed(line)
    assert str(raised.value) == said
    assert raised.value.hint == (hint if hint is not None else COMMANDS[line.split(maxsplit=1)[0]].usage)


def test_what_only_the_command_line_has_is_known() -> None:
    """Nobody who types it in Slack is sent to another command."""
    own = {*click.Group.list_commands(cli, click.Context(cli)), *ELSEWHERE} - set(COMMANDS)
    assert own == set(TERMINAL_ONLY)


def _hint(line: str) -> str:
    with pytest.raises(UsageError) as raised:
        parsed(line)
    return raised.value.hint
