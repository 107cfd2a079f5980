"""The channel as plain lines for a terminal."""

from typing import Any

from bot.sandbox.workspace.transcript import render


def message(**more: Any) -> dict[str, Any]:
    """A message of the bot at 09:15:00 UTC."""
    return {"ts": "1795338900.000100", "username": "burnin", "text": "words", "is_bot": True, **more}


def test_who_when_and_the_words_without_markup() -> None:
    """Ids become names, links and dates their words, stars go."""
    text = "*PASS* by <@U1> &amp; <!subteam^S1> <https://a.b|report> <!date^1^{time}|09:15>"
    lines = render(message(text=text), {"U1": "Asha", "S1": "operators"}).split("\n")
    assert lines == ["09:15:00 burnin", "  PASS by @Asha & @operators report 09:15"]


def test_replies_are_indented_and_ephemerals_marked() -> None:
    """One sees at a glance what stands in a thread and what only one person saw."""
    assert render(message(thread_ts="1.0")).startswith("    09:15:00 burnin")
    private = message(ephemeral=True, visible_to="U1", visible_to_name="Asha")
    assert render(private).startswith("09:15:00 burnin (only visible to Asha)")


def test_blocks_become_lines() -> None:
    """Tables are aligned, buttons stand in brackets, tasks show their state."""
    blocks = [
        {"type": "header", "text": {"type": "plain_text", "text": "Day 1"}},
        {
            "type": "table",
            "rows": [
                [{"type": "raw_text", "text": "gauge"}, {"type": "raw_text", "text": "verdict"}],
                [{"type": "raw_text", "text": "leader"}, {"type": "raw_text", "text": "PASS"}],
            ],
        },
        {
            "type": "actions",
            "elements": [{"type": "button", "text": {"type": "plain_text", "text": t}} for t in ("Go", "No")],
        },
        {"type": "plan", "title": "Drill", "tasks": [{"title": "inject", "status": "in_progress"}]},
        {"type": "context", "elements": [{"type": "mrkdwn", "text": "a"}, {"type": "image", "alt_text": "b"}]},
    ]
    assert render(message(blocks=blocks)).split("\n")[1:] == [
        "  Day 1",
        "  =====",
        "  gauge   verdict",
        "  ------  -------",
        "  leader  PASS",
        "  [Go]  [No]",
        "  Drill",
        "  (in progress) inject",
        "  a | [image: b]",
    ]
