"""The report in a real browser: its numbers are the ledger's, it loads nothing, and it reads on a phone and on paper.

`BURNIN_SCREENSHOT=1` takes the README's picture of it anew.
"""

import json
import os
import re
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from tests.support.browser import DESKTOP, PHONE, grave_faults, running_chromium
from tests.support.fakes import World
from tests.support.reported_days import DAYS, burn_in, page_of

pytestmark = [pytest.mark.timeout(180), pytest.mark.asyncio(loop_scope="module")]

PICTURES = Path(__file__).parents[2] / ".github"
A4 = (688, 1000)  # CSS pixels between the margins of a sheet
BURN_IN = "burn-in"
WORDS = {
    "good": "PASS",
    "failed": "FAIL",
    "inconclusive": "INCONCLUSIVE",
    "void": "VOID",
    "open": "OPEN",
    BURN_IN: "CLEARED",
}

QUOTED = """() => [...document.querySelectorAll("[data-entry]")].map((one) => ({
    entry: Number(one.dataset.entry), at: one.dataset.at, tag: one.localName, text: one.textContent,
    value: one.getAttribute("value") ?? one.getAttribute("datetime") ?? one.getAttribute("title"),
}))"""
# Text with a digit in it that names no entry. Sentences are told as they stand on record, in <bdi>.
UNQUOTED = """() => {
    const walk = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT), found = [];
    while (walk.nextNode()) {
        const one = walk.currentNode;
        const told = one.parentElement.closest("data, [data-entry], bdi, svg, code, h2, .days, .note, figure");
        if (/\\d/.test(one.data) && !told) found.push(one.data.trim());
    }
    return found;
}"""


@dataclass(frozen=True)
class Reported:
    """A day, or several, with their page."""

    desk: World
    path: Path


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    """Chromium."""
    async with running_chromium() as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def reported(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Reported]:
    """Every kind of day and a burn-in, each with its page in a file of its own."""
    folder, found = tmp_path_factory.mktemp("report"), {}
    for name, live in {**DAYS, BURN_IN: burn_in}.items():
        desk, path = await live(), folder / f"{name}.html"
        path.write_text(await page_of(desk, folder, *(range(4) if name == BURN_IN else ())), "utf-8")
        found[name] = Reported(desk, path)
    return found


async def shown(browser: Browser, path: Path, size: tuple[int, int] = DESKTOP, **context: Any) -> Page:
    """A page as somebody opens its file; whatever else it asks for is noted on it."""
    held = await browser.new_context(viewport={"width": size[0], "height": size[1]}, **context)
    page = await held.new_page()
    trouble: list[str] = []
    page.on("request", lambda asked: trouble.append(asked.url))
    page.on("console", lambda said: trouble.append(said.text))
    page.on("pageerror", lambda error: trouble.append(str(error)))
    await page.goto(path.as_uri())
    assert trouble == [path.as_uri()]
    return page


@pytest.mark.parametrize("name", WORDS)
async def test_the_word_comes_first_and_every_number_is_the_ledgers(
    browser: Browser, reported: dict[str, Reported], name: str
) -> None:
    """The verdict, why, what to do; each value names the entry, and the place in it, that it is equal to."""
    day = reported[name]
    page = await shown(browser, day.path)
    assert await page.locator("h1 .word").inner_text() == WORDS[name]
    assert len(await page.locator(".top .why").first.inner_text()) > 20
    assert "What to do" in await page.locator(".top .todo").inner_text()
    entries = {entry.seq: entry.model_dump(mode="json") for entry in day.desk.ledger.chain}
    quoted = await page.evaluate(QUOTED)
    assert len(quoted) > 30
    for one in quoted:
        on_record = at(entries[one["entry"]], one["at"])
        assert _is_shown(one, on_record), (one, on_record)
    counts = {_verdicts(entry["body"]["record"]) for entry in entries.values() if entry["body"]["kind"] == "day_closed"}
    uncited = await page.evaluate(UNQUOTED)
    assert [text for text in uncited if text not in counts and not _is_counted(text)] == []
    await page.context.close()


def _verdicts(record: dict[str, Any]) -> str:
    """How many criteria of a record were judged how, in words."""
    counted = Counter(each["verdict"] for each in record["criteria"])
    return ", ".join(f"{counted[word]} {word}" for word in ("PASS", "FAIL", "INCONCLUSIVE") if counted[word])


def at(entry: Any, pointer: str) -> Any:
    """What a JSON pointer leads to."""
    for step in pointer.split("/")[1:]:
        key = step.replace("~1", "/").replace("~0", "~")
        entry = entry[int(key)] if isinstance(entry, list) else entry[key]
    return entry


def _is_shown(one: dict[str, Any], on_record: Any) -> bool:
    """Whether what a reader sees is what stands on record: the same text, the same instant, or the same number."""
    told, text = on_record if isinstance(on_record, str) else json.dumps(on_record, ensure_ascii=False), one["text"]
    if one["tag"] == "data":
        if isinstance(on_record, bool):
            return one["value"] == told and text == ("yes" if on_record else "no")
        return one["value"] == told and abs(float(text.replace(",", "")) - on_record) <= 0.0005
    if one["tag"] == "time":
        return bool(one["value"] == told) and bool(re.search(r"\d\d:\d\d|\d{4}", text))
    return bool(text == told and one["value"] in (None, told))


def _is_counted(text: str) -> bool:
    """Whether a text with digits tells no evidence: when something was and for how long, a name, or an entry."""
    patterns = (
        r"[\d:]+ to [\d:]+ [A-Z]{3}, .*",  # the session
        r"\d+ of \d+( days)?(, cleared)?",  # criteria and streak
        r"\d\d:\d\d:\d\d|[\d.]+ (ms|s|min|h)|\([\d.]+ (d \d+ h|h)\)|\d+ (d \d+ h|h|min)",  # marks, and long durations
        r"SHA-256 of .*|\)?, entry \d+\.?|.*\(entry \d+\)\.|1 in every sample",
        r"[A-Z][a-z]{2} \d+ [A-Z][a-z]{2}.*|the first \d+ of",
    )
    return any(re.fullmatch(pattern, text) for pattern in patterns)


@pytest.mark.parametrize("name", WORDS)
async def test_it_reads_well_everywhere(browser: Browser, reported: dict[str, Reported], name: str) -> None:
    """Nothing overflows on a phone in the dark or on a desk by day, and axe-core finds nothing grave."""
    phone: dict[str, Any] = {"has_touch": True, "is_mobile": True, "device_scale_factor": 2, "color_scheme": "dark"}
    for size, more, picture in ((PHONE, phone, "narrow"), (DESKTOP, {"color_scheme": "light"}, "wide")):
        page = await shown(browser, reported[name].path, size, **more)
        assert await _overflow(page) == 0
        visible = await page.locator(".picture svg:visible").evaluate_all(
            "all => all.map(one => one.className.baseVal)"
        )
        assert set(visible) == {picture}
        assert await grave_faults(page) == []
        await page.context.close()


async def _overflow(page: Page) -> int:
    found: int = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return found


async def test_it_prints_on_a4(browser: Browser, reported: dict[str, Reported]) -> None:
    """A day takes a few sheets, a burn-in begins each day on a new one; the picture fits, and paper is white."""
    page = await shown(browser, reported["failed"].path, A4, color_scheme="dark")
    await page.emulate_media(media="print", color_scheme="dark")
    assert await _overflow(page) == 0
    assert await page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    sheets = len(re.findall(rb"/Type /Page\b", await page.pdf(prefer_css_page_size=True, print_background=True)))
    assert 4 <= sheets <= 9
    await page.context.close()


async def test_a_picture_of_it_for_the_readme(browser: Browser, reported: dict[str, Reported], tmp_path: Path) -> None:
    """The head of a failed day: the word, why, what to do, and the session."""
    page = await shown(browser, reported["failed"].path, (1040, 1180), device_scale_factor=1.5)
    path = (PICTURES if os.environ.get("BURNIN_SCREENSHOT") else tmp_path) / "report.png"
    await page.screenshot(path=path)
    assert path.stat().st_size > 0
    await page.context.close()
