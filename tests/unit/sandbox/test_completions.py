"""What the page offers after `/burnin`."""

from bot.sandbox.completions import completions_of
from commands.registry import load_commands

OFFERED = {completion.name: completion for completion in completions_of(load_commands(), ["paper-orb"])}


def test_every_command_is_offered_with_its_help() -> None:
    """In the order in which help lists them, each with the first sentence of its help."""
    commands = load_commands()
    assert list(OFFERED) == list(commands)
    assert all(OFFERED[name].help == command.summary for name, command in commands.items())


def test_what_may_follow_a_command_is_offered() -> None:
    """Traders and days by their place, options by their names, and for help the commands."""
    assert OFFERED["check"].words[0] == "paper-orb"
    assert {"today", "yesterday"} <= set(OFFERED["day"].words)
    assert {"--qty", "--symbol"} <= set(OFFERED["drill"].words)
    assert set(OFFERED) <= set(OFFERED["help"].words)
