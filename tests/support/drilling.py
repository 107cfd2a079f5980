"""A drill on a desk in memory, and what it recorded."""

from typing import Any

from tests.support.fakes import World


async def drill(desk: World, line: str = "drill", **fields: Any) -> Any:
    """Run a drill and return its outcome."""
    return await desk.ask(line, **fields)


def evidence(desk: World) -> Any:
    """Return what the drill recorded."""
    (measured,) = desk.ledger.of_kind("drill_measured")
    return measured.run
