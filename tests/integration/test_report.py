"""The report as it is printed: what comes from outside stays words, and what cannot be shown is said."""

import re
import sys
from datetime import date, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from bot.domain.entry import ReconcileMeasured, ScriptRan, WatchBreached
from bot.domain.evidence import ReconcileCheck, ReconcileRun
from bot.domain.notice import ReportFile
from bot.domain.people import Actor, Origin
from bot.domain.policy import Policy
from bot.domain.results import ScriptRun
from bot.domain.verdict import Verdict
from bot.errors import NotDrawn
from bot.pictures.artist import ProcessArtist
from bot.report.press import LedgerPress
from bot.services.lapse import lapse_forgotten
from tests.support.fakes import World
from tests.support.reported_days import (
    BEN,
    burn_in,
    desk_for,
    failed,
    good,
    live_through,
    make_void,
    open_day,
    page_of,
    put,
    reach,
    unseen,
)

HOSTILE = "</style></title><script>alert(1)</script><img src=//evil.example/x onerror=alert(1)>'\"&amp;\u202e{{ 7*7 }}"
SHORT = 300.0  # seconds; longer than a window of scan ticks and of retries


class Seen(HTMLParser):
    """What a page is made of."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.loads: list[tuple[str, str | None]] = []
        self.handlers: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        """Note it."""
        self.tags.add(tag)
        self.handlers += [name for name, _ in attrs if name.startswith("on")]
        self.loads += [(name, value) for name, value in attrs if name in ("src", "href", "action", "srcset", "data")]


def blank(desk: World, folder: Path) -> LedgerPress:
    """A press whose pictures are quickly drawn."""
    program = "import sys; sys.stdin.buffer.read(); print('<svg class=\"wide\"></svg>')"
    return LedgerPress(desk.desk, ProcessArtist(desk.desk, folder, argv=(sys.executable, "-c", program)))


async def printed(desk: World, folder: Path, *days: date) -> str:
    """The page of some days; of the first without any."""
    chosen = days or (desk.desk.traders["orb"].calendar.sessions[0].date,)  # type: ignore[attr-defined]
    return (await blank(desk, folder).printed("orb", ReportFile(days=chosen))).decode()


async def test_whatever_comes_from_outside_stays_words(tmp_path: Path) -> None:
    """Names, reasons, lines, rows, scripts: none of it is markup, none turns the text around, none is a template."""
    desk = desk_for(seconds=SHORT, policy=Policy(excluded={"alerts": HOSTILE}, legal_hold=HOSTILE))
    nasty = Actor(kind="slack", id=HOSTILE, name=HOSTILE)
    desk.runner.scripts["report"] = ScriptRun(
        name="report", argv=(HOSTILE,), exit_code=1, seconds=1.0, tail=HOSTILE, trouble=HOSTILE
    )
    session = await live_through(desk, closes=False)
    checks = (ReconcileCheck(name=HOSTILE, rows=1, sample=({HOSTILE: HOSTILE},), error=HOSTILE, digest=HOSTILE),)
    run = ReconcileRun(
        at=session.opens, opened=session.opens, closed=session.closes, orders=1, checks=checks, error=HOSTILE
    )
    await put(desk, session, ReconcileMeasured(run=run))
    await put(desk, session, ScriptRan(run=desk.runner.scripts["report"]))
    breached = WatchBreached(criterion=HOSTILE, verdict=Verdict.FAIL, at=desk.clock.now(), detail=HOSTILE)
    await put(desk, session, breached)
    await desk.ask(f"flatten {HOSTILE}", actor=nasty, origin=Origin(surface="slack", channel=HOSTILE, raw=HOSTILE))
    await reach(desk, session, SHORT + 120)
    await desk.ask("close", actor=nasty)
    for page in (await printed(desk, tmp_path), await page_of(desk, tmp_path)):
        seen = Seen(page)
        assert not seen.tags & {"script", "img", "iframe", "object", "link", "base", "form"}
        assert seen.handlers == []
        assert [value for _, value in seen.loads if not str(value).startswith("#")] == []
        assert page.count("alert(1)") > 10
        assert "{{ 7*7 }}" in page
        assert "49" not in re.findall(r"\{\{ 7\*7 \}\}|>49<", page)
        for text in re.findall(r"[^>]*\u202e", page):
            assert "&lt;script" in text


async def test_a_page_loads_nothing(tmp_path: Path) -> None:
    """It says so itself, for whoever opens it, and has no script."""
    page = await printed(await good(SHORT), tmp_path)
    assert "default-src 'none'; style-src 'unsafe-inline'; img-src data:" in page
    assert "script" not in Seen(page).tags
    assert not re.search(r"url\((?!#)|@import|@font-face", page)


async def test_the_same_ledger_prints_the_same_page(tmp_path: Path) -> None:
    """Byte for byte, picture and all."""
    desk = await good(SHORT)
    assert await page_of(desk, tmp_path) == await page_of(desk, tmp_path)


async def test_a_picture_that_cannot_be_drawn_is_told_in_words(tmp_path: Path) -> None:
    """The report comes all the same."""
    desk = await good(SHORT)
    artist = ProcessArtist(desk.desk, tmp_path, argv=("/no/such/program",))
    report = ReportFile(days=(desk.desk.traders["orb"].calendar.sessions[0].date,))  # type: ignore[attr-defined]
    page = (await LedgerPress(desk.desk, artist).printed("orb", report)).decode()
    assert "No picture: the program that draws cannot be started" in page
    assert "Market data heartbeat was at most" in page


async def test_samples_that_are_deleted_are_told(tmp_path: Path) -> None:
    """Their digests and the verdict stay, and no gap is made of them."""
    desk = await good(SHORT)
    day = desk.desk.traders["orb"].calendar.sessions[0].date  # type: ignore[attr-defined]
    await desk.clock.advance(timedelta(days=1).total_seconds())
    await desk.ledger.retire_samples(desk.clock.now(), "orb", day)
    page = await printed(desk, tmp_path)
    assert "No picture: the samples are older than is kept and deleted." in page
    assert "samples were deleted on" in page
    assert "Not sampled" not in page


async def test_a_day_that_is_nowhere_is_refused(tmp_path: Path) -> None:
    """Neither the ledger nor the calendar knows it."""
    with pytest.raises(NotDrawn, match="neither the ledger nor the calendar"):
        await printed(desk_for(), tmp_path, date(2020, 1, 1))


async def test_a_ledger_that_does_not_verify_is_not_printed(tmp_path: Path) -> None:
    """A page made of an altered entry would look like proof."""
    desk = await good(SHORT)
    chain = desk.ledger.chain
    chain[3] = chain[3].model_copy(update={"at": chain[3].at + timedelta(seconds=1)})
    with pytest.raises(NotDrawn, match=r"does not verify at entry 4: .* see `burnin verify --each`"):
        await printed(desk, tmp_path)


async def test_an_open_day_says_so(tmp_path: Path) -> None:
    """What has not passed yet is no gap, and no number is given before there is one."""
    page = await printed(await open_day(), tmp_path)
    assert re.search(r"<h1><span class=\"word open\">OPEN</span>", page)
    assert "Nothing is lost so far" in page
    assert "Not sampled" not in page


async def test_a_failed_day_says_how_many_failed_and_names_them(tmp_path: Path) -> None:
    """Nobody reads eleven of eleven on a day that is not good."""
    page = await page_of(await failed(), tmp_path)
    assert "<dt>Criteria</dt><dd>7 PASS, 4 FAIL</dd>" in page
    assert "Also: Order stream heartbeat, Reconcile, Alerts." in page


async def test_who_was_refused_is_told_and_what_the_machine_did(tmp_path: Path) -> None:
    """With the close itself, whose outcome is known by then; what came after it belongs to the day after."""
    desk = await good(SHORT)
    await desk.ask("status")
    page = await printed(desk, tmp_path)
    trail = page[page.index("Who ran what") : page.index("Can this gate fail?")]
    assert re.search(r"Gus.*<b><bdi>flatten</bdi></b>.*refused", trail, re.DOTALL)
    assert "<bdi>slack:U03</bdi> in <bdi>C01</bdi>" in trail
    assert "session opened" in trail
    assert re.search(r"<b><bdi>close</bdi></b>.*2026-11-23 is PASS", trail, re.DOTALL)
    assert "<bdi>status</bdi>" not in trail


async def test_each_deed_stands_on_one_days_report(tmp_path: Path) -> None:
    """Days join without a gap between them: what was done after a close is on the page of the day after."""
    desk = desk_for(days=2, seconds=SHORT)
    first = await live_through(desk)
    await desk.ask("status")
    second = await live_through(desk, 1)
    pages = [await printed(desk, tmp_path, session.date) for session in (first, second)]
    assert ["<b><bdi>status</bdi></b>" in page for page in pages] == [False, True]


async def test_a_burn_in_says_first_whether_it_clears(tmp_path: Path) -> None:
    """Cleared with who signed it off, then every day, those that are void too; after a failed day it is revoked."""
    desk = await burn_in()
    calendar = desk.desk.traders["orb"].calendar
    days = [session.date for session in calendar.sessions[:4]]  # type: ignore[attr-defined]
    page = await printed(desk, tmp_path, *days)
    assert '<h1><span class="word pass">CLEARED</span>' in page
    assert str(BEN) in page[: page.index('id="day-')]
    assert page.count('<article class="day"') == 4
    assert "judged INCONCLUSIVE" in page
    await make_void(desk, 2)
    revoked = await printed(desk, tmp_path, *days)
    assert '<h1><span class="word fail">REVOKED</span>' in revoked
    assert "2 of 3 days are left" in revoked


async def test_a_burn_in_under_way_counts(tmp_path: Path) -> None:
    """How many days stand in a row, what set it back, and how many are missing."""
    desk = desk_for(days=2, seconds=SHORT)
    for number in range(2):
        await live_through(desk, number, spoiled=unseen if number == 0 else None)
    days = [session.date for session in desk.desk.traders["orb"].calendar.sessions[:2]]  # type: ignore[attr-defined]
    page = await printed(desk, tmp_path, *days)
    assert '<span class="word open">1 OF 3</span>' in page
    assert "2 more PASS days to go." in page
    assert "None was granted on these days." in page


async def test_a_day_that_lapsed_says_that_nobody_closed_it(tmp_path: Path) -> None:
    """It has a verdict that no person reached."""
    desk = desk_for(days=2, seconds=SHORT)
    await live_through(desk, closes=False)
    following = desk.desk.traders["orb"].calendar.sessions[1]  # type: ignore[attr-defined]
    await desk.clock.advance((following.opens - desk.clock.now()).total_seconds())
    await lapse_forgotten(desk.desk, desk.trader_desk, following)
    page = await printed(desk, tmp_path)
    assert "by nobody before the next open" in page
