"""What is in the way of something that is tried every second, said in the log once instead of every second."""

import logging


class Outage:
    """One thing that may be away for a while. What is new about it is said at once, and its end too.

    Args:
        log: the log of what is held up by it.
    """

    def __init__(self, log: logging.Logger) -> None:
        self._log = log
        self._said: set[str] = set()
        self._why = ""

    @property
    def why(self) -> str:
        """What is in the way at the moment; empty where nothing is."""
        return self._why

    def goes_on(self, held_up: str, why: Exception) -> None:
        """Say what is held up, and why, unless that was said since the thing went well."""
        self._why = str(why)
        if self._why not in self._said:
            self._said.add(self._why)
            self._log.warning("%s: %s", held_up, why)

    def ended(self, words: str) -> None:
        """Note that it goes well, and say so in these words where it did not."""
        if self._why:
            self._why = ""
            self._said.clear()
            self._log.info("%s", words)
