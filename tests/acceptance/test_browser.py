"""The page in a real browser: what somebody does in the sandbox's channel, and the README's picture of it."""

import os
import shutil
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright, expect

from bot.sandbox.desk import live, playing
from bot.sandbox.keeper import kept_folder
from bot.sandbox.stage import Stage, open_stage
from bot.sandbox.timetable import Timetable

pytestmark = [
    pytest.mark.timeout(180),
    pytest.mark.asyncio(loop_scope="module"),
]

DAYS = Timetable(
    before_first=timedelta(seconds=6),
    length=timedelta(seconds=8),
    between=timedelta(seconds=5),
    playtime=timedelta(hours=1),
)
PICTURE = Path(__file__).parents[2] / ".github" / "screenshot.png"
PLAN = {"symbol": "NIFTY", "side": "LONG", "qty": 50, "strategy": "ORB"}
SLOWEST = 20_000  # milliseconds to wait for what the page should show


def chromium() -> str:
    """The installed Chromium; where there is none, the tests are skipped, but never in CI."""
    found = next(
        (path for name in ("chromium", "google-chrome", "chromium-browser") if (path := shutil.which(name))), None
    )
    if found is None and os.environ.get("CI"):
        pytest.fail("there is no Chromium in CI: install the package chromium")
    return found or pytest.skip("no Chromium is installed here; `apt install chromium` brings one")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage() -> AsyncIterator[Stage]:
    """A sandbox that has lived through its three days and is there to play with."""
    with kept_folder() as folder:
        async with open_stage(folder, DAYS) as running:
            assert await live(running)
            async with playing(running):
                yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    """Chromium."""
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        yield running
        await running.close()


@pytest_asyncio.fixture(loop_scope="module")
async def page(browser: Browser, stage: Stage) -> AsyncIterator[Page]:
    """The channel as Asha sees it; the console must stay free of errors."""
    context = await browser.new_context(
        viewport={"width": 1800, "height": 1125},
        color_scheme="light",
        timezone_id="Asia/Kolkata",
        locale="en-GB",
        device_scale_factor=0.8,  # of 1440 by 900
    )
    context.set_default_timeout(SLOWEST)
    page = await context.new_page()
    trouble: list[str] = []
    page.on("console", lambda message: trouble.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: trouble.append(str(error)))
    await page.goto(stage.workspace.url)
    await expect(page.get_by_test_id("message").first).to_be_visible()
    yield page
    await context.close()
    assert trouble == []


async def type_line(page: Page, line: str) -> None:
    """Type a line into the channel and send it."""
    await page.get_by_test_id("composer").fill(line)
    await page.get_by_test_id("send").click()


async def test_picture(page: Page, tmp_path: Path) -> None:
    """The README's picture: verdict and clearance, a day's thread, the trader; `BURNIN_SCREENSHOT=1` writes it anew."""
    cleared = page.get_by_test_id("message").filter(has_text="CLEARED for canary LIVE · paper-orb").last
    await page.get_by_test_id("thread-bar").nth(2).click()
    drill = page.get_by_test_id("thread-reply").filter(has_text="PASS · drill")
    await expect(drill).to_have_count(1, timeout=SLOWEST)
    await expect(page.locator("#session")).to_contain_text("open", timeout=SLOWEST)
    await drill.evaluate("one => one.scrollIntoView({block: 'end'})")
    await cleared.evaluate("one => one.scrollIntoView({block: 'end'})")
    await page.mouse.move(900, 5)
    await page.evaluate("document.activeElement.blur()")
    picture = PICTURE if os.environ.get("BURNIN_SCREENSHOT") else tmp_path / "screenshot.png"
    await page.screenshot(path=picture)
    assert picture.stat().st_size > 0


async def test_check_is_answered_in_the_channel(page: Page) -> None:
    """`/burnin check` is answered with the gauges as a table that only the asker sees."""
    await type_line(page, "/burnin check")
    answer = page.get_by_test_id("ephemeral").last
    await expect(answer).to_contain_text("check paper-orb", timeout=SLOWEST)
    await expect(answer).to_contain_text("Only visible to you")
    await expect(answer.get_by_role("table")).to_contain_text("heartbeat.marketdata")


async def test_flatten_asks_before_it_acts(page: Page, stage: Stage) -> None:
    """The danger button asks once more; only after the confirm are the positions closed, and the button gives way."""
    async with httpx.AsyncClient(base_url=stage.trader_url, trust_env=False) as trader:
        (await trader.post("/plan", json=PLAN)).raise_for_status()
        await type_line(page, "/burnin flatten")
        await page.get_by_role("button", name="Flatten paper-orb").click()
        await page.get_by_test_id("confirm-cancel").click()
        assert (await trader.get("/positions")).json()["count"] == 1
        await page.get_by_role("button", name="Flatten paper-orb").click()
        await page.get_by_test_id("confirm-ok").click()
        await expect(page.get_by_test_id("ephemeral").last).to_contain_text("PASS · flatten paper-orb", timeout=SLOWEST)
        assert (await trader.get("/positions")).json()["count"] == 0
    await expect(page.get_by_role("button", name="Flatten paper-orb")).to_have_count(0)
    await expect(page.get_by_test_id("confirm-dialog")).to_have_count(0)


async def test_a_thread_opens_beside_the_channel(page: Page) -> None:
    """A day's thread holds what happened on it."""
    await page.get_by_test_id("thread-bar").first.click()
    thread = page.get_by_test_id("thread-panel")
    await expect(thread).to_contain_text("Day 1/3 opens", timeout=SLOWEST)
    await expect(thread.get_by_test_id("thread-reply").filter(has_text="PASS · drill")).to_have_count(1)


async def test_the_guest_is_refused(page: Page) -> None:
    """Who acts as the guest may look, and is told who may do more."""
    await page.get_by_test_id("person-U0GUEST000").click()
    await type_line(page, "/burnin drill")
    answer = page.get_by_test_id("ephemeral").last
    await expect(answer).to_contain_text(
        "Guests may look, but not change anything. These may: Asha, Ben.", timeout=SLOWEST
    )


async def test_a_fault_is_switched_while_it_runs(page: Page, stage: Stage) -> None:
    """A switch breaks the trader, its gauge shows it, and switched back all is well; a restart keeps nobody waiting."""
    gauge = page.get_by_test_id("gauges").get_by_role("listitem").filter(has_text="leader")
    switch = page.get_by_test_id("fault-leader-flap")
    await switch.click()
    await expect(switch).to_have_attribute("aria-pressed", "true", timeout=SLOWEST)
    await expect(gauge).to_contain_text("off target", timeout=SLOWEST)
    await switch.click()
    await expect(gauge).not_to_contain_text("off target ·", timeout=SLOWEST)
    restart = page.get_by_test_id("fault-bot-restart")
    await restart.click()
    await expect(restart).to_have_attribute("aria-pressed", "true", timeout=SLOWEST)
    await expect(restart).to_have_attribute("aria-pressed", "false", timeout=SLOWEST)
    await stage.wait_for_bot()
