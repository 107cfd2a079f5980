"""How a session looks: five panels over one another, readable at the width of a phone.

Colours are those of Okabe and Ito, which colour-blind people tell apart; every line has a style of its own as well, and
every verdict is a word. The background is opaque, so that light and dark surroundings show the same picture.
"""

import io
import re
import textwrap
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

import numpy as np
from matplotlib import dates
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.transforms import offset_copy

from bot.domain.duration import spoken
from bot.domain.mark import Mark, MarkKind
from bot.domain.metrics import HEARTBEATS, LEADER, RETRIES, SCAN_TICKS, heartbeat, retries
from bot.domain.verdict import Verdict
from bot.pictures.scene import SECONDS, Scene
from bot.pictures.tracks import Numbers, broken_at_gaps, highest, since_gap, within_window, worst

INK, PAPER, FAINT, GREY = "#1a1a1a", "#ffffff", "#d9d9d9", "#595959"
BLUE, ORANGE, GREEN, RED, PURPLE = "#0072B2", "#E69F00", "#007A5A", "#D55E00", "#AA4A86"
DARK_RED = "#B34700"  # dark enough to be read
SIZE, DOTS = (5.4, 7.0), 200  # inches, dots an inch: 1080 by 1400, three times a phone's width

_STYLES: Final = ((BLUE, "-"), (ORANGE, (0, (4, 1.5))), (PURPLE, (0, (1, 1))))
_BADGES: Final = {
    "PASS": (GREEN, PAPER),
    "FAIL": (DARK_RED, PAPER),
    "INCONCLUSIVE": ("#F0C000", INK),
    "VOID": (GREY, PAPER),
}
_ROWS: Final = (
    (MarkKind.DRILL, "drill"),
    (MarkKind.FLATTEN, "flatten"),
    (MarkKind.ALERT, "alerts"),
    (MarkKind.RESTART, "restarts"),
    (MarkKind.GAP, "gaps"),
)
_SIGNS: Final = {MarkKind.DRILL: "^", MarkKind.FLATTEN: "v", MarkKind.RESTART: "X"}
_BOLD: Final = "bold"
_UNITS: Final = re.compile(r"(\d) (ms|s|min|h)\b")  # no line ends between a number and its unit
_DAY: Final = 86_400  # seconds; matplotlib counts days
_ROW: Final = 46  # characters in a row of what happened


def drawn(scene: Scene) -> bytes:
    """Return the picture of a scene as PNG."""
    return _Picture(scene).png()


class _Picture:
    def __init__(self, scene: Scene) -> None:
        self._head = scene.head
        self._columns = {name: np.frombuffer(column, dtype=np.float64) for name, column in scene.columns.items()}
        self._zone = ZoneInfo(self._head.session.timezone)
        self._length = self._head.session.length.total_seconds()
        self._open = float(dates.date2num(self._head.session.opens))
        self._figure = Figure(figsize=SIZE, dpi=DOTS, facecolor=PAPER)
        grid = self._figure.add_gridspec(
            5, 1, height_ratios=(0.5, 1.5, 1, 1, 1.15), left=0.175, right=0.945, top=0.835, bottom=0.055, hspace=0.5
        )
        first = self._figure.add_subplot(grid[0])
        self._panels = [first, *(self._figure.add_subplot(grid[at], sharex=first) for at in range(1, 5))]

    def png(self) -> bytes:
        """Draw everything and return it."""
        self._title()
        leader, heartbeats, ticks, risen, happened = self._panels
        for panel in self._panels:
            self._prepare(panel)
        self._leader(leader)
        self._heartbeats(heartbeats)
        self._ticks(ticks)
        self._retries(risen)
        self._happened(happened)
        self._time(happened)
        out = io.BytesIO()
        FigureCanvasAgg(self._figure).print_png(out)
        return out.getvalue()

    def _title(self) -> None:
        head = self._head
        word = "VOID" if head.void else str(head.verdict)
        paper, ink = _BADGES[word]
        day = f"{head.session.date:%a %d %b %Y} · {head.session.opens.astimezone(self._zone).tzname()}"
        badge = {"boxstyle": "round,pad=0.3", "facecolor": paper, "edgecolor": paper}
        name = textwrap.shorten(head.trader, 30, placeholder="…") if " " in head.trader else _clip(head.trader, 28)
        text = self._figure.text
        text(0.04, 0.962, word, size=16, weight=_BOLD, color=ink, va="center", bbox=badge)
        text(0.965, 0.975, name, size=11.5, weight=_BOLD, color=INK, va="center", ha="right", parse_math=False)
        text(0.965, 0.949, day, size=10.5, color=GREY, va="center", ha="right")
        said = textwrap.wrap(_UNITS.sub("\\1\u00a0\\2", self._reason()), 66, max_lines=2, placeholder=" …")
        text(0.027, 0.926, "\n".join(said), size=9.5, color=INK, va="top", linespacing=1.25, parse_math=False)

    def _reason(self) -> str:
        head = self._head
        if not head.samples:
            return "Nothing was sampled in this session."
        return f"Void: it neither counts nor resets. Judged {head.verdict}. {head.reason}" if head.void else head.reason

    def _prepare(self, panel: Axes) -> None:
        """Give a panel its frame, its times, and the shades of what was not sampled."""
        panel.set_facecolor(PAPER)
        panel.set_xlim(self._at(0), self._at(self._length))
        panel.tick_params(labelsize=9, colors=INK, length=2, labelbottom=False)
        panel.grid(visible=True, axis="x", color=FAINT, linewidth=0.5)
        for side in panel.spines.values():
            side.set_color(FAINT)
        for mark in self._marks(MarkKind.GAP):
            self._shade(panel, mark, facecolor=FAINT, edgecolor=GREY, hatch="////", linewidth=0)

    def _leader(self, panel: Axes) -> None:
        self._name(panel, "leader", LEADER)
        self._line(panel, self._columns[LEADER], "lowest", color=BLUE, linestyle="-", linewidth=1.6)
        panel.set_ylim(-0.25, 1.25)
        panel.set_yticks([0, 1], ["0", "1"])

    def _heartbeats(self, panel: Axes) -> None:
        limit = self._head.policy.heartbeat_limit.total_seconds()
        roles = [heartbeat(name) for name in HEARTBEATS]
        self._name(panel, "heartbeat age, s", *roles)
        top = min(max(highest([self._columns[role] for role in roles], limit) * 1.1, limit * 1.25), limit * 4)
        for role, name, (color, style) in zip(roles, HEARTBEATS, _STYLES, strict=True):
            values = self._columns[role]
            most = highest([values], 0.0)
            beyond = " ↑∞" if np.isposinf(values).any() else f" ↑{most:.0f} s" if most > top else ""
            label = name.replace("_", " ") + beyond
            self._line(panel, np.minimum(values, top), "highest", color=color, linestyle=style, label=label)
        self._limit(panel, limit, f"limit {limit:g} s")
        panel.set_ylim(0, top)
        self._legend(panel)

    def _ticks(self, panel: Axes) -> None:
        window = self._head.policy.scan_ticks.window.total_seconds()
        self._name(panel, f"scan ticks in {window:g} s", SCAN_TICKS)
        seconds, values = self._columns[SECONDS], self._columns[SCAN_TICKS]
        counts = within_window(seconds, values, window)
        whole = min(window, self._length / 2)  # a session shorter than a window still shows some
        counts[since_gap(seconds, self._head.policy.max_gap.total_seconds()) < whole] = np.nan
        self._line(panel, np.where(np.isnan(values), np.nan, counts), "lowest", color=BLUE, linestyle="-")
        needed = float(self._head.policy.scan_ticks.min_increase)
        self._limit(panel, needed, f"needs {needed:g}")
        panel.set_ylim(0, max(highest([counts], needed), needed) * 1.25)

    def _retries(self, panel: Axes) -> None:
        self._name(panel, "retries, against the limit", *map(retries, RETRIES))
        top = 1.0
        for kind, (color, style) in zip(RETRIES, _STYLES, strict=False):
            limit = getattr(self._head.policy.retries, kind)
            seconds, values = self._columns[SECONDS], self._columns[retries(kind)]
            share = within_window(seconds, values, limit.window.total_seconds()) / max(limit.max_increase, 1)
            label = f"{kind.replace('_', ' ')}, {limit.max_increase} in {spoken(limit.window)}"
            shown = np.where(np.isnan(values), np.nan, share)
            self._line(panel, shown, "highest", color=color, linestyle=style, label=label)
            top = max(top, highest([share], 0.0))
        self._limit(panel, 1.0, "")
        panel.set_ylim(-0.08 * top, top * 1.5)
        panel.set_yticks([0, 1], ["0", "limit"])
        self._legend(panel)

    def _happened(self, panel: Axes) -> None:
        """The strip below: what happened when, a row a kind."""
        panel.set_title("what happened", fontsize=9.5, loc="left", color=INK, pad=3, weight=_BOLD)
        panel.set_ylim(-0.6, len(_ROWS) - 0.4)
        rows = [(name, self._marks(kind)) for kind, name in reversed(_ROWS)]
        counted = [f"{name} {len(marks)}" if len(marks) > 1 else name for name, marks in rows]
        panel.set_yticks(range(len(rows)), counted)
        for height, (_, marks) in enumerate(rows):
            for mark in marks:
                self._mark(panel, mark, height)
            self._beside(panel, marks, height)
        if gaps := self._marks(MarkKind.GAP):
            self._right(panel, f"not sampled: {_together(gaps)}")

    def _mark(self, panel: Axes, mark: Mark, height: float) -> None:
        start = self._at(self._since_open(mark))
        if sign := _SIGNS.get(mark.kind):
            color = RED if mark.kind is MarkKind.RESTART else BLUE
            panel.plot([start], [height], sign, color=color, markersize=6, clip_on=False, zorder=5)
            if mark.kind is not MarkKind.FLATTEN:
                for other in self._panels[:-1]:
                    other.axvline(start, color=color, linewidth=0.8, linestyle=(0, (2, 2)), zorder=1)
            return
        width = max(mark.seconds, self._length * 0.006) / _DAY  # the shortest is still to be seen
        gap = {"color": FAINT, "edgecolor": GREY, "hatch": "////"}
        style: dict[str, Any] = gap if mark.kind is MarkKind.GAP else {"color": RED}
        panel.barh(height, width, left=start, height=0.62, align="center", linewidth=0.5, **style)

    def _beside(self, panel: Axes, marks: Sequence[Mark], height: float) -> None:
        """Say on the side where a row's marks leave more room which alerts there were, or that there was nothing."""
        ends = [self._since_open(mark) + mark.seconds for mark in marks]
        before = min((self._since_open(mark) for mark in marks), default=self._length) / self._length
        behind = 1 - max(ends, default=0.0) / self._length
        x, side = (0.01, "left") if before >= behind else (0.99, "right")
        names = ", ".join(dict.fromkeys(mark.name for mark in marks if mark.name))
        said = _clip(names, int(max(before, behind) * _ROW)) if marks else "none"
        where = panel.get_yaxis_transform()
        text = panel.text(x, height, said, transform=where, size=9, va="center", ha=side, zorder=6, parse_math=False)
        text.set_color(INK if marks else GREY)
        if said:
            text.set_bbox({"boxstyle": "square,pad=0.05", "facecolor": PAPER, "edgecolor": "none"})

    def _time(self, panel: Axes) -> None:
        """One axis of time, in the session's own zone."""
        locator = dates.AutoDateLocator(tz=self._zone, minticks=3, maxticks=6)
        form = "%H:%M:%S" if self._length < timedelta(minutes=10).total_seconds() else "%H:%M"
        panel.xaxis.set_major_locator(locator)
        panel.xaxis.set_major_formatter(dates.DateFormatter(form, tz=self._zone))
        panel.tick_params(axis="x", labelbottom=True)

    def _name(self, panel: Axes, title: str, *criteria: str) -> None:
        """Title a panel, and shade where one of its criteria was lost."""
        panel.set_title(title, fontsize=9.5, loc="left", color=INK, pad=3, weight=_BOLD)
        lost = [mark for mark in self._marks(MarkKind.BREACH) if mark.name in criteria]
        failed = [mark for mark in lost if mark.verdict is Verdict.FAIL]
        for mark in lost:
            self._shade(panel, mark, facecolor=RED if mark in failed else ORANGE, alpha=0.3, linewidth=0)
        if told := failed or lost:
            self._right(panel, f"{told[0].verdict}: lost {_together(told)}")

    def _right(self, panel: Axes, said: str) -> None:
        panel.set_title(said, fontsize=9.5, loc="right", color=DARK_RED, pad=3, weight=_BOLD)

    def _line(self, panel: Axes, values: Numbers, which: Literal["highest", "lowest"], **style: Any) -> None:
        max_gap = self._head.policy.max_gap.total_seconds()
        seconds, kept = worst(broken_at_gaps(self._columns[SECONDS], values, max_gap), self._length, which)
        panel.plot(self._open + seconds / _DAY, kept, **{"linewidth": 1.1, **style})

    def _limit(self, panel: Axes, value: float, words: str) -> None:
        panel.axhline(value, color=INK, linewidth=1, linestyle=(0, (6, 2)))
        where = offset_copy(panel.get_yaxis_transform(), self._figure, y=2, units="points")
        text = panel.text(0.995, value, words, transform=where, size=8.5, color=INK, ha="right", va="bottom")
        text.set_bbox({"boxstyle": "square,pad=0.08", "facecolor": PAPER, "edgecolor": "none", "alpha": 0.8})

    def _legend(self, panel: Axes) -> None:
        room = {
            "borderpad": 0.15,
            "handlelength": 1.8,
            "columnspacing": 0.9,
            "handletextpad": 0.4,
            "borderaxespad": 0.2,
        }
        panel.legend(loc="upper left", fontsize=8.5, ncols=3, framealpha=0.8, edgecolor="none", **room)

    def _shade(self, panel: Axes, mark: Mark, **style: Any) -> None:
        start = self._since_open(mark)
        end = max(start + mark.seconds, start + self._length * 0.003)  # the shortest is still to be seen
        panel.axvspan(self._at(start), self._at(end), zorder=0.5, **style)

    def _marks(self, kind: MarkKind) -> list[Mark]:
        return [mark for mark in self._head.marks if mark.kind is kind]

    def _since_open(self, mark: Mark) -> float:
        return (mark.start - self._head.session.opens).total_seconds()

    def _at(self, seconds: float) -> float:
        return self._open + seconds / _DAY


def _together(marks: Sequence[Mark]) -> str:
    return spoken(timedelta(seconds=round(sum(mark.seconds for mark in marks), 1)))


def _clip(text: str, most: int) -> str:
    return text if len(text) <= most else text[: max(most - 1, 0)] + "…"
