"""`burnin clearance verify`: one line, and an exit code. Whatever goes wrong here, it is never 0.

What it needs is loaded inside of what catches everything, so that a broken installation is an internal error too.
"""
# ruff: noqa: PLC0415

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from bot.gate.outcome import INTERNAL, USAGE, Misused

if TYPE_CHECKING:
    from typing import BinaryIO

    from bot.gate.arguments import Arguments
    from bot.gate.verdict import Question

_INTERRUPTED: Final = 130  # what a shell reports of a process that SIGINT ended
_MOST: Final = 16 * 2**20  # bytes of a file: a certificate of some months has one


def main(words: Sequence[str]) -> int:
    """Answer what the words behind `clearance verify` ask, and return the exit code."""
    try:
        return _answered(words)
    except Misused as error:
        return _failed(words, USAGE.code, "usage", str(error), error.hint)
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BaseException as error:  # noqa: BLE001 - also a panic of cryptography's, which is no Exception
        said = f"internal error: {type(error).__name__}: {error}. Nothing was verified; report it."
        return _failed(words, INTERNAL.code, "internal_error", said)


def _answered(words: Sequence[str]) -> int:
    from bot.gate.arguments import HELP, arguments_in

    asked = arguments_in(words)
    if asked is None:
        _print(HELP.rstrip())
        return 0
    from bot.gate.verdict import answer

    question = _question(asked)
    found = answer(question)
    if asked.json:
        _print_json(found.as_json(question))
    else:
        _print("".join(letter if letter.isprintable() else "?" for letter in f"{found.outcome.words}: {found.why}"))
    return found.outcome.code


def _question(asked: "Arguments") -> "Question":
    from datetime import UTC, datetime

    from bot.gate.keys import public_key
    from bot.gate.verdict import Question

    return Question(
        certificate=_read_input() if asked.certificate == "-" else _read(asked.certificate),
        keys=tuple(public_key(_read(place), place) for place in asked.keys),
        revocations=_read(asked.revocations) if asked.revocations else None,
        asked=asked,
        at=asked.at or datetime.now(UTC),
    )


def _read_input() -> bytes:
    if sys.stdin is None:
        raise Misused("- is standard input, and it is closed.")
    return _read("standard input", sys.stdin.buffer)


def _read(place: str, stream: "BinaryIO | None" = None) -> bytes:
    try:
        with stream or open(place, "rb") as file:  # noqa: PTH123 - pathlib takes long to load, and no path is made
            content = file.read(_MOST + 1)
    except (OSError, ValueError) as error:
        raise Misused(f"{place} cannot be read: {getattr(error, 'strerror', None) or error}.") from error
    if len(content) > _MOST:
        raise Misused(f"{place} is larger than anything that burnin makes ({_MOST} bytes).")
    return content


def _failed(words: Sequence[str], code: int, reason: str, said: str, hint: str = "") -> int:
    """Say that no answer was found, where anybody can still be told, and return the exit code."""
    try:
        if "--json" in words:
            _print_json({"error": {"reason": reason, "message": said, "hint": hint}})
        sys.stderr.write(f"burnin: {said}\n" + (f"Try: burnin {hint}\n" if hint else ""))
    except (AttributeError, OSError, ValueError):
        return INTERNAL.code  # nobody can be told
    return code


def _print_json(value: object) -> None:
    import json

    _print(json.dumps(value))


def _print(text: str) -> None:
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding) + "\n")
    sys.stdout.flush()
