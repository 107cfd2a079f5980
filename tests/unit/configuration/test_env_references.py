"""References to the environment in configuration values."""

from hypothesis import given
from hypothesis import strategies as st

from bot.configuration.env_references import expand

_NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]*", fullmatch=True)
_VALUES = st.text(min_size=1)


@given(before=st.text(), after=st.text())
def test_text_without_references_survives(before: str, after: str) -> None:
    """A text whose dollar signs are doubled comes out as it was meant, whatever it holds."""
    text = before + after
    assert expand(text.replace("$", "$$"), {}).text == text


@given(name=_NAMES, value=_VALUES, around=st.text().filter(lambda text: "$" not in text))
def test_a_reference_becomes_the_value_as_it_is(name: str, value: str, around: str) -> None:
    """A value is put in as it stands: dollar signs and braces inside it are not read again."""
    expansion = expand(f"{around}${{{name}}}{around}", {name: value})
    assert expansion.text == f"{around}{value}{around}"
    assert not expansion.problems


@given(name=_NAMES, default=st.text().filter(lambda text: not set("{}") & set(text)))
def test_a_default_stands_in_for_what_is_unset_or_empty(name: str, default: str) -> None:
    """`${NAME:-default}` is the default where the variable is unset or empty."""
    text = f"${{{name}:-{default}}}"
    assert expand(text, {}).text == expand(text, {name: ""}).text == default


@given(name=_NAMES)
def test_a_missing_variable_is_named(name: str) -> None:
    """A variable that is not set, or empty, is a problem that names it."""
    for environ in ({}, {name: ""}):
        (problem,) = expand(f"${{{name}}}", environ).problems
        assert f"environment variable {name} is not set" in problem


@given(st.text())
def test_any_text_is_answered(text: str) -> None:
    """No text breaks the expander."""
    expand(text, {"A": "1"})


def test_a_broken_reference_says_how_to_write_one() -> None:
    """An open brace, or a name that cannot be one, says how a reference is written."""
    for text in ("${HOME", "${}", "${1X}", "${A B}"):
        assert "a reference is written ${NAME}" in expand(text, {}).problems[0]
