"""The paper desk's own scripts, which the bot runs as argv: the day's report, and hygiene after the close."""

import argparse
import json
import re
import sys
import urllib.error
import urllib.request

_COUNTERS = re.compile(r"^trader_(orders_placed|oco_children_created)_total (\S+)", re.MULTILINE)
_SECONDS = 5.0


def main(argv: list[str] | None = None) -> int:
    """Run `report` or `hygiene` and return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m bot.sandbox.day_scripts", description=__doc__)
    parser.add_argument("script", choices=["report", "hygiene"])
    parser.add_argument("--url", required=True, help="the paper trader")
    asked = parser.parse_args(argv)
    try:
        print(_report(asked.url) if asked.script == "report" else _hygiene(asked.url))  # noqa: T201 - a script's answer
    except (urllib.error.URLError, OSError, ValueError) as error:
        sys.stderr.write(f"{asked.script}: the trader at {asked.url} cannot be read: {error}\n")
        return 1
    return 0


def _report(url: str) -> str:
    counted = dict(_COUNTERS.findall(_get(f"{url}/metrics")))
    return ", ".join(f"{name.replace('_', ' ')}: {float(value):g}" for name, value in sorted(counted.items()))


def _hygiene(url: str) -> str:
    open_positions = json.loads(_get(f"{url}/positions"))["count"]
    if open_positions:
        raise ValueError(f"{open_positions} positions are still open after the close")
    return "no position is left open"


def _get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=_SECONDS) as answer:  # noqa: S310 - the sandbox's own address
        return str(answer.read().decode())


if __name__ == "__main__":
    sys.exit(main())
