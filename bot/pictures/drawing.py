"""How a session is drawn: five panels over one another, on one line of time.

As a PNG the background is opaque, so that light and dark surroundings show the same picture.
"""

import io
import re
import textwrap
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

import numpy as np
from matplotlib import dates, rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.transforms import offset_copy

from bot.domain.duration import spoken
from bot.domain.mark import Mark, MarkKind
from bot.domain.metrics import HEARTBEATS, LEADER, RETRIES, SCAN_TICKS, heartbeat, retries
from bot.domain.verdict import Verdict
from bot.pictures.look import (
    BADGES,
    BLUE,
    DARK_RED,
    FAINT,
    GREY,
    INK,
    MESSAGE,
    NARROW,
    ORANGE,
    PAPER,
    RED,
    SIGNS,
    STYLES,
    WIDE,
    Layout,
)
from bot.pictures.scene import SECONDS, Scene
from bot.pictures.tracks import Numbers, broken_at_gaps, highest, since_gap, within_window, worst
from bot.pictures.vector import in_page

DOTS: Final = 200  # an inch, of a PNG
_BOLD: Final = "bold"
_UNITS: Final = re.compile(r"(\d) (ms|s|min|h)\b")  # no line ends between a number and its unit
_DAY: Final = 86_400  # seconds; matplotlib counts days


def drawn(scene: Scene) -> bytes:
    """Return the picture of a scene as PNG."""
    out = io.BytesIO()
    FigureCanvasAgg(_Picture(scene, MESSAGE).drawn()).print_png(out)
    return out.getvalue()


def traced(scene: Scene) -> str:
    """Return the picture of a scene as SVG elements for a page: of the classes `wide` and `narrow`."""
    return "".join(_traced(scene, layout) for layout in (WIDE, NARROW))


def _traced(scene: Scene, layout: Layout) -> str:
    out = io.StringIO()
    # The salt makes ids that no other picture on the page has, and the same ones every time.
    salt = f"{layout.name} {scene.head.session.date}"
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": salt}):
        FigureCanvasSVG(_Picture(scene, layout).drawn()).print_svg(out, metadata={"Date": None})
    return in_page(out.getvalue(), layout.name)


class _Picture:
    def __init__(self, scene: Scene, layout: Layout) -> None:
        self._head = scene.head
        self._layout = layout
        self._columns = {name: np.frombuffer(column, dtype=np.float64) for name, column in scene.columns.items()}
        self._zone = ZoneInfo(self._head.session.timezone)
        self._length = self._head.session.length.total_seconds()
        self._open = float(dates.date2num(self._head.session.opens))
        self._figure = Figure(figsize=layout.size, dpi=DOTS, facecolor=PAPER)
        grid = self._figure.add_gridspec(5, 1, height_ratios=layout.heights, **layout.grid)
        first = self._figure.add_subplot(grid[0])
        self._panels = [first, *(self._figure.add_subplot(grid[at], sharex=first) for at in range(1, 5))]

    def drawn(self) -> Figure:
        """Draw everything and return it."""
        if self._layout.titled:
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
        return self._figure

    def _title(self) -> None:
        head = self._head
        word = "VOID" if head.void else str(head.verdict)
        paper, ink = BADGES[word]
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
        for role, name, (color, style) in zip(roles, HEARTBEATS, STYLES, strict=True):
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
        for kind, (color, style) in zip(RETRIES, STYLES, strict=False):
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
        panel.set_title("what happened", fontsize=9.5, loc="left", color=INK, pad=3, weight=_BOLD, y=1.0)
        panel.set_ylim(-0.6, len(self._layout.rows) - 0.4)
        rows = [(name, self._marks(kind)) for kind, name in reversed(self._layout.rows)]
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
        if sign := SIGNS.get(mark.kind):
            color = RED if mark.kind in (MarkKind.RESTART, MarkKind.REFUSED) else BLUE
            panel.plot([start], [height], sign, color=color, markersize=6, clip_on=False, zorder=5)
            if mark.kind in (MarkKind.DRILL, MarkKind.RESTART):
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
        said = _clip(names, int(max(before, behind) * self._layout.row)) if marks else "none"
        where = panel.get_yaxis_transform()
        text = panel.text(x, height, said, transform=where, size=9, va="center", ha=side, zorder=6, parse_math=False)
        text.set_color(INK if marks else GREY)
        if said:
            text.set_bbox({"boxstyle": "square,pad=0.05", "facecolor": PAPER, "edgecolor": "none"})

    def _time(self, panel: Axes) -> None:
        """One axis of time, in the session's own zone."""
        locator = dates.AutoDateLocator(tz=self._zone, minticks=3, maxticks=self._layout.times)
        form = "%H:%M:%S" if self._length < timedelta(minutes=10).total_seconds() else "%H:%M"
        panel.xaxis.set_major_locator(locator)
        panel.xaxis.set_major_formatter(dates.DateFormatter(form, tz=self._zone))
        panel.tick_params(axis="x", labelbottom=True)

    def _name(self, panel: Axes, title: str, *criteria: str) -> None:
        """Title a panel, and shade where one of its criteria was lost."""
        panel.set_title(title, fontsize=9.5, loc="left", color=INK, pad=3, weight=_BOLD, y=1.0)
        lost = [mark for mark in self._marks(MarkKind.BREACH) if mark.name in criteria]
        failed = [mark for mark in lost if mark.verdict is Verdict.FAIL]
        for mark in lost:
            self._shade(panel, mark, facecolor=RED if mark in failed else ORANGE, alpha=0.3, linewidth=0)
        if told := failed or lost:
            self._right(panel, f"{told[0].verdict}: lost {_together(told)}")

    def _right(self, panel: Axes, said: str) -> None:
        panel.set_title(said, fontsize=9.5, loc="right", color=DARK_RED, pad=3, weight=_BOLD, y=1.0)

    def _line(self, panel: Axes, values: Numbers, which: Literal["highest", "lowest"], **style: Any) -> None:
        max_gap = self._head.policy.max_gap.total_seconds()
        line = broken_at_gaps(self._columns[SECONDS], values, max_gap)
        stretches = self._layout.stretches
        seconds, kept = worst(line, self._length, which, stretches)
        if self._layout.banded and len(line[0]) > stretches:
            _, best = worst(line, self._length, "lowest" if which == "highest" else "highest", stretches)
            times = self._open + seconds / _DAY
            panel.fill_between(times, best, kept, color=style["color"], alpha=0.13, linewidth=0, zorder=1)
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
        panel.legend(loc="upper left", fontsize=8.5, ncols=3, framealpha=0.8, edgecolor="none", labelcolor=INK, **room)

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
