"""Which deliveries of Slack's were here already: one that is sent again, or pressed twice, runs once.

What is here forgets with the process. What outlives it is the key of a delivery itself: the intent of every command is
written under it, and the ledger takes no key twice.
"""

from dataclasses import dataclass
from typing import TypeVar

from bot.ports import Clock
from bot.slack.ask import Ask
from bot.slack.cards.blocks import ONCE

K = TypeVar("K")
V = TypeVar("V")

DOUBLE_SECONDS = 3.0  # two presses of one button within it are one
FORM_SECONDS = 1.0  # the same of a button that opens a form, which may be closed and wanted again soon
_MOST = 10_000  # of each kind; Slack repeats within minutes


@dataclass(frozen=True, slots=True)
class _Press:
    at: float
    counts: bool  # until the process ends, because its button is pressed once


class Deliveries:
    """Remembers the last deliveries and presses."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._seen: dict[str, None] = {}
        self._presses: dict[tuple[str, ...], _Press] = {}

    def is_first(self, key: str) -> bool:
        """Note a delivery, and tell whether it came for the first time; one without a key always does."""
        if key and key in self._seen:
            return False
        _remember(self._seen, key, None)
        return True

    def is_double(self, ask: Ask) -> bool:
        """Note a press, and tell whether this person has pressed this button of this message already.

        Of a button that stays, only a press within DOUBLE_SECONDS (FORM_SECONDS) is the same one again.
        """
        now, press = self._clock.monotonic(), _identity(ask)
        last = self._presses.get(press)
        within = FORM_SECONDS if ask.opens else DOUBLE_SECONDS
        if last is not None and (last.counts or now - last.at < within):
            return True
        once = ask.confirmed or (ask.pressed is not None and ask.pressed.block_id == ONCE)
        _remember(self._presses, press, _Press(now, once))
        return False

    def release(self, ask: Ask) -> None:
        """Note that a press ran nothing, so that its button may be pressed again."""
        press = self._presses.get(_identity(ask))
        if press is not None:
            self._presses[_identity(ask)] = _Press(press.at, counts=False)


def _identity(ask: Ask) -> tuple[str, ...]:
    where = ask.pressed.ts if ask.pressed else ""
    return (ask.user, ask.channel, where, ask.line, str(ask.confirmed))


def _remember(kept: dict[K, V], key: K, value: V) -> None:
    kept.pop(key, None)
    kept[key] = value
    while len(kept) > _MOST:
        del kept[next(iter(kept))]
