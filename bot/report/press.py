"""Prints reports: what the ledger holds, as one HTML page that needs nothing else."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from bot import __version__
from bot.desk import Desk
from bot.domain.duration import spoken
from bot.domain.notice import ReportFile
from bot.errors import NotDrawn
from bot.pictures.artist import ProcessArtist
from bot.pictures.scene import Scene
from bot.ports import Head
from bot.report.burn_in import BurnInView, burn_in_view
from bot.report.cited import NOTHING, Cited, clock, digest, number, words
from bot.report.reading import DayRead, day_read
from bot.report.view import DayView, day_view
from bot.report.wording import name_of, tone_of

_HERE: Final = Path(__file__).parent
_LONG: Final = 3600.0  # seconds; longer durations are told in larger units too
_RETIRED: Final = "the samples are older than is kept and deleted."
_UNSEEN: Final = "nothing was sampled in this session."


@dataclass(frozen=True, slots=True)
class Page:
    """All that stands on a page. `burn_in` is None on the page of a single day."""

    trader: str
    environment: str
    title: str
    word: str
    days: tuple[DayView, ...]
    burn_in: BurnInView | None
    printed: str
    version: str
    head: Head

    @property
    def replay(self) -> str:
        """The days as `burnin replay` takes them."""
        return " ".join(str(day.read.session.date) for day in self.days if day.closed) or "DATE"


class LedgerPress:
    """The Press port, over the ledger.

    Args:
        desk: whose ledger holds the days.
        artist: has the pictures of the sessions drawn.
    """

    def __init__(self, desk: Desk, artist: ProcessArtist) -> None:
        self._desk = desk
        self._artist = artist

    async def printed(self, trader: str, report: ReportFile) -> bytes:
        """Return a report as one HTML page that needs nothing else (UTF-8).

        Raises:
            NotDrawn: the ledger does not verify, or a day is in neither it nor the trader's calendar.
            LedgerBroken: the ledger could not be read.
        """
        for day in report.days:
            await self._verify(trader, day)
        days = [await self._day(trader, day) for day in report.days]
        page = await self._page(trader, days)
        return await asyncio.to_thread(_rendered, page)

    async def _verify(self, trader: str, day: date) -> None:
        """Raise NotDrawn where the chain or the day's samples were changed: a page that reads well proves too much."""
        found = await self._desk.ledger.verify((trader, day))
        if found.broken_at is not None:
            raise NotDrawn(
                f"The ledger does not verify at entry {found.broken_at}: {found.problem}. Its evidence is not what it "
                "was; see `burnin verify --each`, and restore it from a backup"
            )

    async def _day(self, trader: str, day: date) -> DayView:
        read, scene = await day_read(self._desk, self._desk.traders[trader], day)
        svg, why_not = await self._picture(read, scene)
        return await asyncio.to_thread(day_view, read, svg, why_not)

    async def _picture(self, read: DayRead, scene: Scene | None) -> tuple[str, str]:
        """Return a day's picture, or why there is none: a report without it still says everything in words."""
        if scene is None:
            return "", _RETIRED if read.retired else _UNSEEN
        try:
            return await self._artist.trace(scene), ""
        except NotDrawn as error:
            return "", f"{error}."

    async def _page(self, trader: str, days: Sequence[DayView]) -> Page:
        desk = self._desk
        now, of = desk.clock.now(), desk.traders[trader]
        whole = await burn_in_view(desk, of, days) if len(days) > 1 else None
        first, last = days[0].read.session.date, days[-1].read.session.date
        return Page(
            trader=trader,
            environment=of.environment,
            title=f"{first:%-d %b} to {last:%-d %b %Y}" if whole else f"{last:%a %-d %b %Y}",
            word=whole.word if whole else days[0].word,
            days=tuple(days),
            burn_in=whole,
            printed=f"{now.astimezone(days[-1].zone):%a %-d %b %Y %H:%M:%S %Z}",
            version=__version__,
            head=await desk.ledger.head(),
        )


def _rendered(page: Page) -> bytes:
    return _environment().get_template("page.html.jinja").render(page=page).encode()


@cache
def _environment() -> Environment:
    made = Environment(loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    made.filters |= {
        "number": number,
        "clock": clock,
        "words": words,
        "digest": digest,
        "who": _who,
        "outside": _outside,
        "name_of": name_of,
        "tone": tone_of,
        "day_words": _day_words,
        "leaves": _leaves,
        "by_criterion": _by_criterion,
    }
    style = Markup((_HERE / "style.css").read_text("utf-8"))  # noqa: S704 - our own file
    made.globals |= {"style": style, "none_word": NOTHING}
    return made


def _outside(text: Any) -> Markup:
    """Show words that are not ours: as they are, and whichever way they are written they turn nothing else around."""
    return Markup("<bdi>{}</bdi>").format(str(text)) if str(text) else Markup("")


def _day_words(day: date, form: str = "%A, %-d %B %Y") -> str:
    return f"{day:{form}}"


def _who(actor: Cited) -> Markup:
    return words(actor["name"]) if actor["name"] else words(actor["id"])


def _leaves(policy: Cited, under: str = "") -> list[tuple[str, Markup]]:
    """Return the values of a policy by their names, as in `scan_ticks.window`."""
    found: list[tuple[str, Markup]] = []
    for name in policy.names:
        value = policy[name]
        path = f"{under}{name}"
        if isinstance(value.value, dict):
            found += _leaves(value, f"{path}.")
        else:
            found.append((path, _leaf(value)))
    return found


def _leaf(value: Cited) -> Markup:
    """Show a value of a policy; what is no whole number there is a duration in seconds."""
    if isinstance(value.value, str):
        return words(value)
    if not isinstance(value.value, float):
        return number(value)
    long = value.value >= _LONG
    told = Markup(" <small>{}</small>").format(spoken(timedelta(seconds=value.value))) if long else Markup("")
    return number(value, "s") + told


def _by_criterion(cases: Cited) -> list[tuple[str, Mapping[str, Cited]]]:
    """Return the self-test's cases by criterion, each by what was planted."""
    found: dict[str, dict[str, Cited]] = {}
    for case in cases:
        found.setdefault(case["criterion"].text, {})[case["case"].text] = case
    return list(found.items())
