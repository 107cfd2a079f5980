"""The desk's scripts as the chaos suite runs them: each says that it begins, does its work, and says that it ended.

Started by argv like any other script: `python -m tests.support.chaos_script URL NAME words…`.
"""

import sys
import urllib.request
from collections.abc import Callable, Sequence

from bot.sandbox import day_scripts, injector

_SECONDS = 30.0
_MAINS: dict[str, Callable[[list[str]], int]] = {
    "inject_plan": injector.main,
    "report": day_scripts.main,
    "hygiene": day_scripts.main,
}


def main(words: Sequence[str]) -> int:
    """Run a script between two words to whoever listens at the URL; return its exit code."""
    url, name, *rest = words
    _tell(f"{url}/script/{name}/start")
    code = _MAINS[name](rest)
    _tell(f"{url}/script/{name}/end")
    return code


def _tell(url: str) -> None:
    with urllib.request.urlopen(url, timeout=_SECONDS) as answer:  # noqa: S310 - the test's own address
        answer.read()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
