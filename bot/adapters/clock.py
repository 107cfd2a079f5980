"""The host's clock, behind the port. No other file asks the host what time it is."""

import asyncio
import time
from datetime import UTC, datetime
from pathlib import Path

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")  # Linux
# A suspended host reads no gauges: its monotonic clock, which stands still meanwhile on Linux, would hide that.
_STEADY = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class SystemClock:
    """The clock of this machine."""

    def now(self) -> datetime:
        """Return the wall-clock time, aware, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds that never step back, and that also pass while the host is suspended."""
        return time.clock_gettime(_STEADY)

    def boot(self) -> str:
        """Return the kernel's name for this run of the host; empty where it has none."""
        try:
            return _BOOT_ID.read_text(encoding="ascii").strip()
        except OSError:
            return ""

    async def sleep(self, seconds: float) -> None:
        """Wait; zero or less returns after other tasks had their turn."""
        await asyncio.sleep(max(0.0, seconds))
