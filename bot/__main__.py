"""How the process starts, as `burnin` or `python -m bot`: loading is a good part of a short command's time."""

import gc
from typing import NoReturn


def main() -> NoReturn:
    """Load the command line and run it."""
    gc.disable()  # what loading allocates stays, so the collector would look through it again and again for nothing
    from bot.cli import main as command_line  # noqa: PLC0415 - not before the line above

    gc.freeze()  # nor does it look there later, which keeps the bot's pauses short
    gc.enable()
    command_line()


if __name__ == "__main__":
    main()
