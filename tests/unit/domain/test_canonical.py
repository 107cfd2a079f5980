"""A hash must mean the same everywhere: whichever way canonical JSON is written, it is the same to the last byte."""

from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.canonical import canonical
from tests.support.any_drafts import JSON, TEXT

_ODD_TEXT = st.text(st.sampled_from('":,[]{}\\/.eE-+0123456789\x00\x1f\x7f\u2028\ue000\uffff\U0001f600ü'), max_size=24)
_NUMBERS = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**53) + 1, 2**53 - 1)


@given(
    JSON
    | _NUMBERS
    | st.dictionaries(TEXT | _ODD_TEXT, JSON | _ODD_TEXT | _NUMBERS | st.lists(_NUMBERS | _ODD_TEXT), max_size=6)
)
def test_the_quick_way_writes_what_the_library_writes(value: Any) -> None:
    """For any names, texts and numbers."""
    assert canonical(value) == rfc8785.dumps(value).decode()


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), 2**53, -(2**60), [1, [2**53]], {"a": {"b": float("-inf")}}, "\ud800"]
)
def test_what_json_does_not_have_is_refused(value: Any) -> None:
    """A number that would not come back as it was, and what is no text."""
    with pytest.raises(rfc8785.CanonicalizationError):
        canonical(value)
