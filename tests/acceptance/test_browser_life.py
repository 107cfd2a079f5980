"""The daily life of a desk in a real browser, from the open to the signed clearance; and the README's pictures."""

import os
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, expect

from bot.sandbox.desk import playing
from bot.sandbox.keeper import kept_folder
from bot.sandbox.people import Desk
from bot.sandbox.stage import Stage, open_stage
from bot.sandbox.timetable import Timetable
from tests.support.browser import PHONE, SLOWEST, grave_faults, opened, running_chromium

pytestmark = [pytest.mark.timeout(240), pytest.mark.asyncio(loop_scope="module")]

LIFE = Timetable(
    before_first=timedelta(seconds=8),
    first_length=timedelta(seconds=32),  # a void day is lived by hand, and does not count
    length=timedelta(seconds=8),
    between=timedelta(seconds=5),
    days=4,
    playtime=timedelta(hours=1),
)
DAY_ENDS = 45_000  # milliseconds
PLAN = {"symbol": "NIFTY", "side": "LONG", "qty": 50, "strategy": "ORB"}
PICTURES = Path(__file__).parents[2] / ".github"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage() -> AsyncIterator[Stage]:
    """A sandbox before its first open."""
    with kept_folder() as folder:
        async with open_stage(folder, LIFE) as running:
            await running.wait_for_bot()
            async with playing(running):
                yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    """Chromium."""
    async with running_chromium() as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def page(browser: Browser, stage: Stage) -> AsyncIterator[Page]:
    """The channel, open all the while; 1440 by 900 as the README shows it."""
    async with opened(browser, stage.workspace.url, (1800, 1125), device_scale_factor=0.8) as page:
        yield page


async def act_as(page: Page, name: str) -> None:
    """Become one of the workspace's people."""
    person = page.get_by_role("button", name=f"Act as {name}")
    await person.click()
    await expect(person).to_have_attribute("aria-pressed", "true")


async def type_line(page: Page, line: str) -> Locator:
    """Type a line into the channel, send it, and return what only its typist is told last."""
    await page.get_by_test_id("composer").fill(line)
    await page.get_by_test_id("composer").press("Enter")
    return page.get_by_test_id("ephemeral").last


def card(page: Page, day: int) -> Locator:
    """A day's root message; of two with the same number the first, which became void."""
    return page.get_by_test_id("message").filter(has=page.get_by_role("heading", name=f"Day {day} of 3")).first


async def picture(shown: Page | Locator, name: str, folder: Path) -> None:
    """Take one of the README's pictures; `BURNIN_SCREENSHOT=1` writes it anew."""
    path = (PICTURES if os.environ.get("BURNIN_SCREENSHOT") else folder) / f"{name}.png"
    await shown.screenshot(path=path)
    assert path.stat().st_size > 0


async def test_the_guest_may_look_only(page: Page) -> None:
    """The day's card says in its first lines that all is well; a flatten by the guest is refused, with who may."""
    await expect(card(page, 1)).to_contain_text("Good so far", timeout=SLOWEST)
    await act_as(page, "Gus")
    refused = await type_line(page, "/burnin flatten")
    await expect(refused).to_contain_text("Guests may look", timeout=SLOWEST)
    await expect(refused).to_contain_text("Asha")
    await expect(page.get_by_test_id("modal")).to_have_count(0)
    await act_as(page, "Asha")


async def test_a_reminder_is_answered(page: Page) -> None:
    """Who presses "I have it" stands on the reminder, and only the way to do it is left."""
    await card(page, 1).get_by_test_id("thread-bar").click()
    reminder = page.get_by_test_id("thread-reply").filter(has_text="No drill yet")
    await reminder.get_by_role("button", name="I have it").click()
    await expect(reminder).to_contain_text("Asha has it since", timeout=SLOWEST)
    await expect(reminder.get_by_role("button")).to_have_text(["Run the drill"])


async def test_a_drill_is_run_from_its_form(page: Page) -> None:
    """The card's button opens the plan, filled in; handed in, the drill is told in the day's thread."""
    await card(page, 1).get_by_role("button", name="Run the drill").click()
    modal = page.get_by_test_id("modal")
    await expect(modal.get_by_label("Symbol")).to_have_value("NIFTY", timeout=SLOWEST)
    await modal.get_by_role("button", name="Run the drill").click()
    await expect(modal).to_have_count(0)
    await expect(page.get_by_test_id("thread-reply").filter(has_text="PASS · drill")).to_have_count(1, timeout=SLOWEST)


async def test_a_flatten_wants_the_traders_name(page: Page, stage: Stage, tmp_path: Path) -> None:
    """Its form tells what it would close; only the typed name closes it."""
    async with httpx.AsyncClient(base_url=stage.trader_url, trust_env=False) as trader:
        (await trader.post("/plan", json=PLAN)).raise_for_status()
        await card(page, 1).get_by_role("button", name="Flatten…").click()
        modal = page.get_by_test_id("modal")
        await expect(modal).to_contain_text("1 open", timeout=SLOWEST)
        await modal.get_by_role("textbox").fill("paper-orb")
        await picture(modal, "flatten", tmp_path)
        await modal.get_by_role("button", name="Flatten").click()
        await expect(modal).to_have_count(0)
        flattened = page.get_by_test_id("thread-reply").filter(has_text="PASS · flatten")
        await expect(flattened).to_have_count(1, timeout=SLOWEST)
        assert (await trader.get("/positions")).json()["count"] == 0


async def test_a_phone_shows_the_day(browser: Browser, stage: Stage, tmp_path: Path) -> None:
    """Whether today is good and what to do next stand in the card's first lines, in the dark too."""
    dark = {"color_scheme": "dark", "has_touch": True, "is_mobile": True, "device_scale_factor": 2}
    async with opened(browser, stage.workspace.url, PHONE, **dark) as phone:
        await card(phone, 1).evaluate("one => one.scrollIntoView()")
        await expect(card(phone, 1).get_by_text("Good so far")).to_be_in_viewport()
        await picture(phone, "phone", tmp_path)
        assert await grave_faults(phone) == []


async def test_a_day_is_void_when_a_second_person_says_so(page: Page) -> None:
    """Asha asks with a reason and cannot approve it; Ben does, and the day's card says VOID first."""
    await type_line(page, "/burnin void")
    modal = page.get_by_test_id("modal")
    await modal.get_by_label("Reason").fill("The exchange was down from 11:00 to 11:40")
    await modal.get_by_role("button", name="Ask for it").click()
    await expect(modal).to_have_count(0)
    asked = page.get_by_test_id("message").filter(has_text="The exchange was down").filter(has_text="Asha").last
    await asked.get_by_role("button", name="Approve").click()
    await expect(page.get_by_test_id("ephemeral").last).to_contain_text("Ben", timeout=SLOWEST)
    await act_as(page, "Ben")
    await asked.get_by_role("button", name="Approve").click()
    await expect(asked).to_contain_text("approved by Ben", timeout=SLOWEST)
    await expect(asked.get_by_role("button", name="Approve")).to_have_count(0)
    await expect(card(page, 1)).to_contain_text("VOID · ", timeout=SLOWEST)
    await act_as(page, "Asha")


async def test_a_void_day_is_closed(page: Page) -> None:
    """It is judged as any other, and stays void."""
    await expect(page.locator("#session")).not_to_contain_text("open", timeout=DAY_ENDS)
    await expect(await type_line(page, "/burnin close")).to_contain_text("VOID", timeout=SLOWEST)
    await expect(card(page, 1)).to_contain_text("VOID · closed", timeout=SLOWEST)


async def test_three_days_later_it_is_cleared_and_signed_off(page: Page, stage: Stage) -> None:
    """The void day neither counted nor reset: three PASS days clear, and an approver signs by name."""
    desk = Desk(stage.workspace, lambda _user, _line: None)
    for number, session in enumerate(stage.sessions[1:4], 2):
        await desk.live_through(session, number)
    cleared = page.get_by_test_id("message").filter(has_text="CLEARED for canary LIVE · paper-orb · 3/3").last
    await expect(cleared).to_be_visible(timeout=SLOWEST)
    await act_as(page, "Ben")
    await cleared.get_by_role("button", name="Sign off").click()
    await expect(cleared).to_contain_text("Signed off by Ben", timeout=SLOWEST)
    await expect(cleared.get_by_role("button", name="Sign off")).to_have_count(0)
    await act_as(page, "Asha")


async def test_each_day_has_its_picture(page: Page) -> None:
    """Its thread holds the session as a picture, which tells its verdict to those who cannot see it."""
    thread = page.get_by_test_id("thread-panel")
    for day, verdict in ((1, "VOID"), (3, "PASS")):
        await card(page, day).get_by_test_id("thread-bar").click()
        drawn = thread.get_by_role("button", name=re.compile(f"^{verdict}.*paper-orb"))
        await drawn.scroll_into_view_if_needed(timeout=SLOWEST)
    await drawn.click()
    await expect(page.get_by_test_id("lightbox").get_by_role("img")).to_be_visible()
    await page.keyboard.press("Escape")


async def test_what_the_desk_sees_is_accessible(page: Page, tmp_path: Path) -> None:
    """The picture of the README: clearance, thread and trader. axe-core finds nothing serious in it, nor on Home."""
    await expect(page.locator("#session")).to_contain_text("open", timeout=SLOWEST)
    signed = page.get_by_test_id("message").filter(has_text="SIGNED OFF · clearance").last
    await signed.evaluate("one => one.scrollIntoView({block: 'end'})")
    await page.get_by_test_id("file-image").evaluate("one => one.scrollIntoView({block: 'center'})")
    await page.mouse.move(900, 5)
    await page.evaluate("document.activeElement.blur()")
    await picture(page, "screenshot", tmp_path)
    assert await grave_faults(page) == []
    await page.get_by_test_id("home-tab").click()
    await expect(page.get_by_role("tabpanel", name="Home")).to_contain_text("paper-orb", timeout=SLOWEST)
    await picture(page.locator("#home-blocks"), "home", tmp_path)
    assert await grave_faults(page) == []
