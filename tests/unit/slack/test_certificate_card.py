"""The line beside a certificate is one that a pipeline may take as it stands."""

import shlex

import pytest

from bot.gate.arguments import arguments_in
from bot.slack.cards import render
from tests.support.cards.evidence import CERTIFICATE


@pytest.mark.parametrize(
    "build", ["a1b2c3d", "registry.example/desk/nifty-orb@sha256:" + "ab" * 32, "1.4 rc & _x_ *y*", "$(true)", "it's"]
)
def test_the_line_names_the_build_letter_for_letter(build: str) -> None:
    """An image is long, and what the trader says may hold anything: the shell hands it to the gate unchanged."""
    blocks = render(CERTIFICATE.model_copy(update={"build": build}), "nifty-orb").blocks
    words = shlex.split(blocks[-1]["elements"][0]["elements"][0]["text"])
    assert words[:3] == ["burnin", "clearance", "verify"]
    asked = arguments_in(words[3:])
    assert asked is not None
    assert (asked.build, asked.trader, asked.environment, asked.keys) == (
        build, "nifty-orb", "paper", ("burnin.key.pub",)
    )  # fmt: skip
