"""What may be typed behind `burnin clearance verify`; read by hand, because argparse loads as long as all the rest."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from bot.gate.outcome import Misused
from bot.gate.statement import instant

_USAGE: Final = "Usage: burnin clearance verify CERT --key PUB [--key PUB …] [--threshold N] --build REV [options]"
HELP: Final = f"""{_USAGE}

  Tell whether a clearance certificate holds: for this build, now, and signed by who must sign. It needs no ledger, no
  network and no bot. One line says the result, and the exit code is a pipeline's to go by.

  CERT is the certificate's file; - reads it from standard input.

Options:
  --key PUB             A public key (PEM file) whose signature counts; may be repeated.
  --threshold N         How many of these keys must have signed it (1).
  --build REV           The build that is to go live, as the trader reports it.
  --trader NAME         The trader that must be cleared.
  --environment NAME    Where it must have been burnt in.
  --policy-digest HEX   The policy that it must have passed (SHA-256).
  --rules-digest HEX    The rules file that must have been watched (SHA-256).
  --at TIME             When it must be valid, as 2026-11-20T09:15:00Z; now if left out.
  --revocations FILE    The list of what is revoked: of `burnin clearance revocations`, or the answer of the bot's
                        /clearance/TRADER. Fetch it anew each time.
  --json                Print one JSON object on standard output.
  -h, --help            Show this message and exit.

Exit codes: 0 cleared; 1 not cleared; 2 usage; 5 internal error; 10 expired, or not yet valid; 11 other build;
  12 other policy or rules; 13 bad signature; 14 revoked. Where several hold, the first of 13, 14, 1, 11, 12, 10.
"""
_ONCE: Final[tuple[str, ...]] = (
    "--threshold", "--build", "--trader", "--environment", "--policy-digest", "--rules-digest", "--at", "--revocations"
)  # fmt: skip
_WITH_VALUE: Final = ("--key", *_ONCE)
_HELP: Final = ("--help", "-h")
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


class Arguments(NamedTuple):
    """What was typed. `at` is None for now; of the others an empty text means that it does not matter."""

    certificate: str
    keys: tuple[str, ...]
    threshold: int
    build: str
    trader: str
    environment: str
    policy: str
    rules: str
    at: datetime | None
    revocations: str
    json: bool


def arguments_in(words: Sequence[str]) -> Arguments | None:
    """Return what the words behind `clearance verify` say; None where they ask for help and for nothing else.

    Raises:
        Misused: they are not to be understood.
    """
    if [*words] in (["--help"], ["-h"]):
        return None
    places, given = _sorted(words)
    if len(places) > 1:
        raise _wrong(f"one certificate at a time, not {', '.join(places)}.")
    if not any(places):
        raise _wrong("which certificate? Name its file.")
    if "--key" not in given or "--build" not in given:
        raise _wrong(f"{'--build' if '--key' in given else '--key'} is missing.")
    if twice := [name for name in _ONCE if len(given.get(name, ())) > 1]:
        raise _wrong(f"{twice[0]} stands there twice.")
    if "" in given["--key"]:
        raise _wrong("--key is empty. Name the file of a public key.")
    once = {name: given[name][0] for name in _ONCE if name in given}
    if empty := [name for name, value in once.items() if not value and name != "--build"]:
        raise _wrong(f"{empty[0]} is empty. Leave it out where it does not matter.")
    return Arguments(
        certificate=places[0],
        keys=tuple(given["--key"]),
        threshold=_count(once.get("--threshold", "1")),
        build=once["--build"],
        trader=once.get("--trader", ""),
        environment=once.get("--environment", ""),
        policy=_digest(once, "--policy-digest"),
        rules=_digest(once, "--rules-digest"),
        at=_instant(once["--at"]) if "--at" in once else None,
        revocations=once.get("--revocations", ""),
        json="--json" in given,
    )


def _sorted(words: Sequence[str]) -> tuple[list[str], dict[str, list[str]]]:
    """Tell files from options, with the values of each."""
    places: list[str] = []
    given: dict[str, list[str]] = {}
    left = iter(words)
    for word in left:
        if word == "--":
            places.extend(left)
        elif word == "-" or not word.startswith("-"):
            places.append(word)
        else:
            name, equals, value = word.partition("=")
            if word == "--json":
                given[name] = []
            elif name in _WITH_VALUE:
                given.setdefault(name, []).append(value if equals else _value_of(name, left))
            else:
                raise _wrong(_no_option(name))
    return places, given


def _value_of(name: str, left: Iterator[str]) -> str:
    value = next(left, None)
    if value is None or value.startswith("--"):
        raise _wrong(f"{name} needs a value.")
    return value


def _no_option(name: str) -> str:
    if name in _HELP:
        return f"{name} stands alone: beside a question its exit code would be taken for an answer."
    if name == "--json":
        return f"{name} takes no value."
    from difflib import get_close_matches  # noqa: PLC0415 - only a mistake needs it

    near = get_close_matches(name, [*_WITH_VALUE, "--json", *_HELP], n=1)
    return f"there is no option {name}." + (f" Did you mean {near[0]}?" if near else "")


def _count(text: str) -> int:
    if not re.fullmatch(r"[1-9]\d{0,3}", text, re.ASCII):
        raise _wrong(f"--threshold {text}: it must be a number of keys, 1 or more.")
    return int(text)


def _digest(once: Mapping[str, str], name: str) -> str:
    text = once.get(name, "")
    if text and not _DIGEST.fullmatch(text):
        raise _wrong(f"{name} {text}: it must be a SHA-256, 64 digits of 0-9 and a-f.")
    return text


def _instant(text: str) -> datetime:
    try:
        return instant(text)
    except ValueError as error:
        raise _wrong(f"--at {text}: {error}.") from error


def _wrong(why: str) -> Misused:
    return Misused(f"{why}\n{_USAGE}")
