"""The sandbox's synthetic plan injector: what a desk's own script is to a real trader, started by argv.

Standard library only, so that starting it costs next to nothing of the drill's time.
"""

import argparse
import json
import sys
import urllib.error
import urllib.request

SECONDS_TO_ANSWER = 10.0


class InjectionError(Exception):
    """The trader did not take the plan; the text says why and what to look at."""


def inject(url: str, plan: dict[str, object]) -> str:
    """Post one plan to the paper trader and return the id of its parent order.

    Raises:
        InjectionError: the trader could not be reached, refused the plan, or answered something else.
    """
    if not url.startswith(("http://", "https://")):
        raise InjectionError(f"--url must begin with http:// or https://, not {url!r}")
    request = urllib.request.Request(  # noqa: S310 - the scheme is checked above
        f"{url.rstrip('/')}/plan", json.dumps(plan).encode(), {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=SECONDS_TO_ANSWER) as answer:  # noqa: S310 - as above
            return str(json.load(answer)["order_id"])
    except urllib.error.HTTPError as error:
        text = error.read().decode(errors="replace")[:300]
        raise InjectionError(f"the trader refused the plan with HTTP {error.code}: {text}") from error
    except OSError as error:
        raise InjectionError(f"the trader at {url} did not answer ({error}); is it running?") from error
    except (ValueError, KeyError, TypeError) as error:
        raise InjectionError(f"{url}/plan answered without an order id; is it the paper trader?") from error


def main(argv: list[str] | None = None) -> int:
    """Inject the plan told by the arguments, print its order id, and return the exit code."""
    parser = argparse.ArgumentParser(prog="injector", description="Inject one synthetic plan into the paper trader.")
    parser.add_argument("--url", required=True, help="base URL of the paper trader")
    parser.add_argument("--symbol", required=True)
    parser.add_argument("--side", required=True, choices=["LONG", "SHORT"])
    parser.add_argument("--qty", required=True, type=int)
    parser.add_argument("--strategy", required=True)
    plan = vars(parser.parse_args(argv))
    try:
        order_id = inject(plan.pop("url"), plan)
    except InjectionError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"{order_id}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
