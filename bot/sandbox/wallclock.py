"""The sandbox's only reading of the machine's wall clock; everything else measures with the monotonic one."""

from datetime import UTC, datetime


def now() -> datetime:
    """Return the present moment, aware, in UTC."""
    return datetime.now(UTC)


def unix() -> float:
    """Return the present moment in seconds since 1970, as metrics and Prometheus write it."""
    return now().timestamp()
