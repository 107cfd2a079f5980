"""Slack's limits, owned by the constructors, for any text whatever."""

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.sandbox.workspace.block_rules import check_message_blocks
from bot.slack.cards.blocks import actions, button, code, context, escape, fit, header, lines, section, table
from bot.slack.cards.message import message

ANY = st.text(max_size=5000)


@settings(max_examples=60, deadline=None)
@given(ANY)
def test_any_text_fits_every_block(text: str) -> None:
    """Whatever is given, long or empty, every block is one that Slack takes."""
    blocks = [
        header(text),
        section(escape(text)),
        *lines([escape(text)] * 30),
        context(escape(text)),
        code(text),
        table((text or "?", "b"), [(text, text)] * 150),
        actions(button(text, f"run:{text}", text)),
    ]
    assert check_message_blocks(list(message("x", blocks).blocks)) == []


@given(ANY)
def test_escaped_text_has_no_markup_of_slacks(text: str) -> None:
    """After escaping nothing is left that Slack reads as a mention or a link."""
    assert not {"<", ">", "*", "`", "~", "\u202e"} & set(escape(text))


def test_words_from_right_to_left_turn_nothing_beside_them() -> None:
    """They keep their own direction; a character that would turn the bot's words is taken out."""
    assert escape("\u05e9\u05dc") == "\u2068\u05e9\u05dc\u2069"
    assert escape("a\u202eb") == "ab"
    assert escape("scan_ticks _x_") == "scan_ticks ˍxˍ"


def test_lines_share_paragraphs_and_lose_nothing() -> None:
    """Many lines need few blocks, in order."""
    texts = [f"line {number} " + "x" * 100 for number in range(60)]
    blocks = lines(texts)
    assert "\n".join(block["text"]["text"] for block in blocks).split("\n") == texts
    assert len(blocks) == 3


def test_too_many_blocks_end_with_a_word_about_the_rest() -> None:
    """What is left out is said."""
    kept = fit([section("a")] * 80)
    assert len(kept) == 50
    assert "more than a message takes" in kept[-1]["elements"][0]["text"]


def test_an_entity_is_not_torn_apart() -> None:
    """Text is clipped before it is escaped."""
    assert escape("&&&&", 3) == "&amp;&amp;…"
