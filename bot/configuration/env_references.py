"""References to environment variables in configuration values, so that a secret never stands in a file."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

# `$$` first, so that `$${X}` stays the literal text `${X}`.
_REFERENCE = re.compile(r"\$\$|\$\{([^{}]*)\}|\$\{")
_NAME = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Expansion:
    """A value with its references filled in, and what was wrong with those that could not be."""

    text: str
    problems: tuple[str, ...] = ()


def expand(text: str, environ: Mapping[str, str]) -> Expansion:
    """Fill in `${NAME}` and `${NAME:-default}`; `$$` is one dollar sign, and any other `$` is itself.

    A variable that is set but empty counts as not set: an empty secret is a forgotten one. `${NAME:-}` allows it.
    """
    problems: list[str] = []

    def fill(match: re.Match[str]) -> str:
        if match[0] == "$$":
            return "$"
        reference = _NAME.fullmatch(match[1] or "")
        if reference is None:
            problems.append("a reference is written ${NAME} or ${NAME:-default}; a literal dollar sign is $$")
            return match[0]
        name, default = reference[1], reference[2]
        if value := environ.get(name):
            return value
        if default is None:
            problems.append(f"environment variable {name} is not set; export it, or write ${{{name}:-default}}")
            return match[0]
        return default

    return Expansion(_REFERENCE.sub(fill, text), tuple(problems))
