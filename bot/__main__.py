"""How the process starts, as `burnin` or `python -m bot`: loading is a good part of a short command's time."""

import gc
import os
import sys
from typing import NoReturn


def main() -> NoReturn:
    """Load the command line and run it; the gate, which a pipeline waits for, without all the rest."""
    gc.disable()  # what loading allocates stays, so the collector would look through it again and again for nothing
    if sys.argv[1:3] == ["clearance", "verify"]:
        from bot.gate.main import main as gate  # noqa: PLC0415 - only this command needs it

        os._exit(gate(sys.argv[3:]))  # everything is written; taking OpenSSL down takes longer than verifying
    from bot.cli import main as command_line  # noqa: PLC0415 - not before the line above

    gc.freeze()  # nor does it look there later, which keeps the bot's pauses short
    gc.enable()
    command_line()


if __name__ == "__main__":
    main()
