"""How pictures of a session look: their colours, and the layouts that a phone's message, a page and a printer need.

Colours are those of Okabe and Ito, which colour-blind people tell apart; every line has a style of its own as well, and
every verdict is a word.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bot.domain.mark import MarkKind
from bot.pictures.tracks import STRETCHES

INK, PAPER, FAINT, GREY = "#1a1a1a", "#ffffff", "#d9d9d9", "#595959"
BLUE, ORANGE, GREEN, RED, PURPLE = "#0072B2", "#E69F00", "#007A5A", "#D55E00", "#AA4A86"
DARK_RED = "#B34700"  # dark enough to be read

STYLES: Final = ((BLUE, "-"), (ORANGE, (0, (4, 1.5))), (PURPLE, (0, (1, 1))))
BADGES: Final = {
    "PASS": (GREEN, PAPER),
    "FAIL": (DARK_RED, PAPER),
    "INCONCLUSIVE": ("#F0C000", INK),
    "VOID": (GREY, PAPER),
}
SIGNS: Final = {
    MarkKind.DRILL: "^",
    MarkKind.FLATTEN: "v",
    MarkKind.RESTART: "X",
    MarkKind.COMMAND: "d",
    MarkKind.REFUSED: "d",
}

_HAPPENED: Final = (
    (MarkKind.DRILL, "drill"),
    (MarkKind.FLATTEN, "flatten"),
    (MarkKind.ALERT, "alerts"),
    (MarkKind.RESTART, "restarts"),
    (MarkKind.GAP, "gaps"),
)
_TYPED: Final = ((MarkKind.COMMAND, "commands"), (MarkKind.REFUSED, "refused"))


@dataclass(frozen=True, slots=True)
class Layout:
    """Where things stand on a picture.

    Attributes:
        name: what it is called where several are together.
        size: inches.
        titled: whether verdict, trader and reason stand on it; a page says them itself.
        grid: the margins of the panels, and the room between them.
        heights: of the panels.
        rows: what the strip below tells, a kind of mark a row.
        row: characters in such a row.
        times: at most so many on the axis.
        stretches: of a session that can be told apart.
        banded: whether a line of worst values has the spread of all values behind it.
    """

    name: str
    size: tuple[float, float]
    grid: Mapping[str, float]
    heights: tuple[float, ...]
    rows: tuple[tuple[MarkKind, str], ...] = (*_HAPPENED[:2], *_TYPED, *_HAPPENED[2:])
    row: int = 46
    times: int = 6
    stretches: int = STRETCHES
    titled: bool = False
    banded: bool = True


# 1080 by 1400 dots, three times a phone's width.
MESSAGE: Final = Layout(
    name="message",
    size=(5.4, 7.0),
    grid={"left": 0.175, "right": 0.945, "top": 0.835, "bottom": 0.055, "hspace": 0.5},
    heights=(0.5, 1.5, 1, 1, 1.15),
    rows=_HAPPENED,
    titled=True,
    banded=False,
)
# As wide as a page, and as a sheet of A4 between its margins.
WIDE: Final = Layout(
    name="wide",
    size=(9.2, 6.9),
    grid={"left": 0.1, "right": 0.975, "top": 0.97, "bottom": 0.045, "hspace": 0.46},
    heights=(0.45, 1.6, 1, 1, 1.5),
    row=96,
    times=10,
)
# As wide as a phone.
NARROW: Final = Layout(
    name="narrow",
    size=(4.6, 7.4),
    grid={"left": 0.205, "right": 0.96, "top": 0.975, "bottom": 0.04, "hspace": 0.46},
    heights=(0.45, 1.5, 1, 1, 1.6),
    row=40,
    times=5,
    stretches=STRETCHES // 2,
)
