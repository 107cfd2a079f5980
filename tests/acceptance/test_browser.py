"""The sandbox in a real browser: what somebody does in its channel while a session is open."""

from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from bot.sandbox.desk import playing
from bot.sandbox.keeper import kept_folder
from bot.sandbox.stage import Stage, open_stage
from bot.sandbox.timetable import Timetable
from tests.support.browser import SLOWEST, grave_faults, opened, running_chromium

pytestmark = [
    pytest.mark.timeout(180),
    pytest.mark.asyncio(loop_scope="module"),
]

LONG = Timetable(before_first=timedelta(seconds=4), length=timedelta(hours=1))
PLAN = {"symbol": "NIFTY", "side": "LONG", "qty": 50, "strategy": "ORB"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage() -> AsyncIterator[Stage]:
    """A sandbox whose first session is open and stays so."""
    with kept_folder() as folder:
        async with open_stage(folder, LONG) as running:
            await running.wait_for_bot()
            async with playing(running):
                yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    """Chromium."""
    async with running_chromium() as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def page(browser: Browser, stage: Stage) -> AsyncIterator[Page]:
    """The channel as Asha sees it, in the session."""
    async with opened(browser, stage.workspace.url) as page:
        await expect(page.locator("#session")).to_contain_text("open", timeout=SLOWEST)
        yield page


async def type_line(page: Page, line: str) -> None:
    """Type a line into the channel and send it."""
    await page.get_by_test_id("composer").fill(line)
    await page.get_by_test_id("send").click()


async def test_check_is_answered_in_the_channel(page: Page) -> None:
    """`/burnin check` is answered with the gauges as a table that only the asker sees."""
    await type_line(page, "/burnin check")
    answer = page.get_by_test_id("ephemeral").last
    await expect(answer).to_contain_text("check paper-orb", timeout=SLOWEST)
    await expect(answer).to_contain_text("Only visible to you")
    await expect(answer.get_by_role("table")).to_contain_text("heartbeat.marketdata")


async def test_flatten_asks_before_it_acts(page: Page, stage: Stage) -> None:
    """A modal tells what would be closed; a wrong name closes nothing, and the right one closes it all."""
    async with httpx.AsyncClient(base_url=stage.trader_url, trust_env=False) as trader:
        (await trader.post("/plan", json=PLAN)).raise_for_status()
        await type_line(page, "/burnin flatten")
        modal = page.get_by_test_id("modal")
        await expect(modal).to_contain_text("1 open", timeout=SLOWEST)
        await expect(modal).to_contain_text("paper")
        assert await grave_faults(page) == []
        name = modal.get_by_role("textbox")
        await name.fill("paper-obr")
        await name.press("Enter")
        await expect(modal).to_contain_text("That is not its name", timeout=SLOWEST)
        await expect(name).to_be_focused()
        assert (await trader.get("/positions")).json()["count"] == 1
        await name.fill("paper-orb")
        await name.press("Enter")
        await expect(modal).to_have_count(0, timeout=SLOWEST)
        await expect(page.get_by_test_id("ephemeral").last).to_contain_text("PASS · flatten paper-orb", timeout=SLOWEST)
        assert (await trader.get("/positions")).json()["count"] == 0


async def test_a_thread_opens_beside_the_channel(page: Page) -> None:
    """A day's thread holds what happened on it."""
    await type_line(page, "/burnin drill")
    await page.get_by_test_id("thread-bar").first.click()
    thread = page.get_by_test_id("thread-panel")
    drill = thread.get_by_test_id("thread-reply").filter(has_text="PASS · drill")
    await expect(drill).to_have_count(1, timeout=SLOWEST)


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


async def test_slack_is_switched_off_and_back(page: Page, stage: Stage) -> None:
    """While Slack answers nothing a command fails as in Slack; switched back, the bot comes by itself."""
    switch = page.get_by_test_id("fault-slack-outage")
    await switch.click()
    await expect(switch).to_have_attribute("aria-pressed", "true", timeout=SLOWEST)
    await type_line(page, "/burnin status")
    await expect(page.get_by_test_id("ephemeral").last).to_contain_text("dispatch_failed", timeout=SLOWEST)
    await switch.click()
    await expect(switch).to_have_attribute("aria-pressed", "false", timeout=SLOWEST)
    await stage.wait_for_bot()
    await type_line(page, "/burnin status")
    await expect(page.get_by_test_id("ephemeral").last).to_contain_text("session open", timeout=SLOWEST)
