"""Sessions that were worked out before, so that a short command need not load the calendar library again."""

import json
from contextlib import suppress
from datetime import date, datetime
from importlib.metadata import version
from pathlib import Path

_LIBRARY = "exchange-calendars"


class SessionCache:
    """One small file a year, named by all that its content depends on: calendar, year and the library's version.

    A file that is missing, cut off or cannot be written costs time, never correctness.
    """

    def __init__(self, folder: Path, code: str) -> None:
        self._folder = folder
        self._code = code

    def read(self, year: int) -> tuple[str, list[tuple[date, datetime, datetime]]] | None:
        """Return the time zone and the sessions around a year, or None where they are not there."""
        try:
            stored = json.loads(self._file(year).read_text())
            sessions = [
                (date.fromisoformat(day), datetime.fromisoformat(opens), datetime.fromisoformat(closes))
                for day, opens, closes in stored["sessions"]
            ]
            return str(stored["timezone"]), sessions
        except (OSError, ValueError, LookupError, TypeError):
            return None

    def write(self, year: int, timezone: str, sessions: list[tuple[date, datetime, datetime]]) -> None:
        """Store the sessions around a year, whole or not at all."""
        file = self._file(year)
        text = json.dumps({"timezone": timezone, "sessions": [[moment.isoformat() for moment in s] for s in sessions]})
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            unfinished = file.with_suffix(".unfinished")
            unfinished.write_text(text)
            unfinished.replace(file)

    def _file(self, year: int) -> Path:
        safe = "".join(letter if letter.isalnum() else "_" for letter in self._code)
        return self._folder / f"sessions-{safe}-{year}-{version(_LIBRARY)}.json"
