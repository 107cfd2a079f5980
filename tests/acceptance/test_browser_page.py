"""The sandbox's page in a real browser, without a bot: one of everything that Slack shows, by mouse, keys and ear."""

import unicodedata
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from bot.sandbox.workspace import Completion, Limits, SlashCommand, Workspace
from tests.support.browser import PHONE, grave_faults, opened, running_chromium
from tests.support.showcase import ASHA, MODAL, ROOM, fill

pytestmark = [pytest.mark.timeout(120), pytest.mark.asyncio(loop_scope="module")]

CARDS = Path(__file__).parents[1] / "unit" / "slack" / "goldens"
COMMAND = SlashCommand(
    "/burnin",
    "check | drill",
    (
        Completion("check", "Look at the gauges", ("paper-orb",)),
        Completion("day", "Show one day", ("paper-orb", "today")),
    ),
)
GAUGES = {
    "trader": "paper-orb",
    "session": {"date": "2026-11-20", "open": "2026-11-20T09:15:00", "close": "2026-11-20T15:30:00", "state": "open"},
    "readings": [
        {"name": "leader", "value": 1, "target": "== 1", "ok": True},
        {"name": "heartbeat.scan", "value": 7.2, "target": "< 5 s", "ok": False},
    ],
}
FAULTS = [
    {"name": "leader-flap", "label": "leader flap", "group": "The trader", "does": "loses the lock", "active": False},
    {"name": "slack-outage", "label": "outage", "group": "Slack", "does": "answers nothing", "active": False},
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def w() -> AsyncIterator[Workspace]:
    """A workspace with one of everything in its channel."""

    async def on_fault(name: str, active: bool) -> None:
        workspace.set_faults([{**fault, "active": fault["name"] == name and active} for fault in FAULTS])

    async with Workspace(limits=Limits.off(), commands=[COMMAND], on_fault=on_fault) as workspace:
        workspace.set_gauges(GAUGES)
        workspace.set_faults(FAULTS)
        await fill(workspace)
        yield workspace


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    """Chromium."""
    async with running_chromium() as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def page(browser: Browser, w: Workspace) -> AsyncIterator[Page]:
    """The channel as Asha sees it."""
    async with opened(browser, w.url) as page:
        yield page


@pytest_asyncio.fixture(loop_scope="module")
async def phone(browser: Browser, w: Workspace) -> AsyncIterator[Page]:
    """The same on a phone, in the dark."""
    async with opened(browser, w.url, PHONE, color_scheme="dark", has_touch=True, is_mobile=True) as page:
        yield page


async def open_thread(page: Page) -> None:
    """Open the day's thread."""
    await page.get_by_test_id("thread-bar").first.click()
    await expect(page.get_by_test_id("thread-panel")).to_be_visible()


async def test_a_plan_tells_each_step_in_words(page: Page) -> None:
    """Steps are a list; each says its state, and the plan how many are done and how many failed."""
    await open_thread(page)
    plan = page.get_by_test_id("thread-panel").get_by_role("list", name="Drill paper-orb")
    await expect(plan.get_by_role("listitem")).to_have_count(4)
    for at, word in enumerate(("Complete", "Failed", "In progress", "Pending")):
        await expect(plan.get_by_role("listitem").nth(at)).to_contain_text(word)
    await expect(page.get_by_test_id("thread-panel")).to_contain_text("1 of 4 complete, 1 failed")
    await expect(page.get_by_test_id("thread-panel").get_by_text("(edited)")).to_have_count(1)


async def test_words_from_outside_stay_words(page: Page) -> None:
    """Markup in a text is shown as it was written, and a table's first row heads its columns."""
    await expect(page.get_by_text("<b>no markup</b>")).to_be_visible()
    table = page.locator("#log").get_by_role("table")
    await expect(table.get_by_role("columnheader")).to_have_text(["Gauge", "Value", "Verdict"])


async def test_every_sign_on_a_card_is_drawn(page: Page) -> None:
    """A bare machine has no font for them: whatever sign a card leans on, the page has a drawing of it."""
    said = "".join(card.read_text("utf-8") for card in CARDS.glob("*.json"))
    signs = sorted({sign for sign in said if unicodedata.category(sign) == "So"})
    assert "✅" in signs
    drawn = """async (signs) => {
        const { withEmoji } = await import("/page/emoji.js");
        return signs.filter((sign) => withEmoji(sign).some((node) => !node.querySelector?.("svg")));
    }"""
    assert await page.evaluate(drawn, signs) == []


async def test_a_picture_opens_large(page: Page) -> None:
    """A click enlarges it with its alt text; Escape closes it and gives the focus back."""
    await open_thread(page)
    opener = page.get_by_test_id("image-open")
    await opener.click()
    await expect(page.get_by_test_id("lightbox").get_by_role("img", name="PASS, one drill")).to_be_visible()
    assert await grave_faults(page) == []
    await page.keyboard.press("Escape")
    await expect(page.get_by_test_id("lightbox")).to_have_count(0)
    await expect(opener).to_be_focused()


async def test_a_file_can_be_downloaded(page: Page) -> None:
    """Its row says what it is and how large, and hands over its bytes."""
    await open_thread(page)
    row = page.get_by_test_id("file-row")
    await expect(row).to_contain_text("All rows")
    await expect(row).to_contain_text("CSV · 15 bytes")
    async with page.expect_download() as coming:
        await row.click()
    download = await coming.value
    assert (await download.path()).read_text() == "id,status\n1,OK\n"


async def test_what_only_one_sees(page: Page) -> None:
    """An ephemeral says so and is gone for another person, of whom there are an approver, a guest and a stranger."""
    only = page.get_by_test_id("ephemeral")
    await expect(only).to_contain_text("Only visible to you")
    await page.get_by_role("button", name="Act as Sam (stranger)").click()
    await expect(only).to_have_count(0)
    await expect(page.get_by_test_id("message").first).to_be_visible()
    assert "user=U0STRANGER" in page.url


async def test_a_thread_by_keys_alone(page: Page) -> None:
    """From the list the arrows go through the messages, Enter opens a thread, Escape closes it."""
    first = page.get_by_test_id("message").first
    await expect(first).to_be_visible()
    await page.locator("#log-scroll").focus()
    await page.keyboard.press("Home")
    await expect(first).to_be_focused()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("ArrowUp")
    await expect(first).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("thread-composer")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.get_by_test_id("thread-panel")).to_be_hidden()
    await expect(page.get_by_test_id("thread-bar").first).to_be_focused()


async def test_typing_completes_and_remembers(page: Page) -> None:
    """Tab completes a command and then the words after it; Enter sends; the up arrow brings back what was typed."""
    box = page.get_by_test_id("composer")
    await box.press_sequentially("/burnin d")
    await expect(page.get_by_role("option")).to_contain_text(["/burnin day"])
    await expect(page.get_by_role("option")).to_contain_text(["Show one day"])
    await box.press("Tab")
    await box.press_sequentially("to")
    await expect(page.get_by_role("option")).to_have_text(["today"])
    await box.press("Tab")
    await expect(box).to_have_value("/burnin day today ")
    await box.press("Enter")
    await expect(page.get_by_test_id("ephemeral").last).to_contain_text('failed with the error "dispatch_failed"')
    await box.fill("half a line")
    await box.press("ArrowUp")
    await expect(box).to_have_value("/burnin day today")
    await box.press("ArrowDown")
    await expect(box).to_have_value("half a line")


async def test_new_messages_are_read_out_by_their_text(page: Page, w: Workspace) -> None:
    """A screen reader is told who says what, once; an edit keeps silent."""
    said = w.desk.log.post(ROOM, "U0BURNINBOT", {"text": "PASS · day 2"})
    announcer = page.locator("#announcer")
    await expect(announcer).to_have_text("burnin: PASS · day 2")
    w.desk.log.update(ROOM, said["ts"], {"text": "other words"}, editor="U0BURNINBOT")
    await expect(page.locator("#log").get_by_text("other words")).to_be_visible()
    await expect(announcer).to_have_text("burnin: PASS · day 2")


async def test_a_modal_holds_the_focus_and_marks_what_is_missing(page: Page, w: Workspace) -> None:
    """The field is focused and labelled; sent empty it says what is wrong; Escape closes it for the workspace too."""
    await page.get_by_test_id("composer").focus()
    w.desk.views.open(ASHA, MODAL)
    field = page.get_by_role("textbox", name="Type the trader's name")
    await expect(field).to_be_focused()
    await page.get_by_test_id("modal-submit").click()
    await expect(page.get_by_text("Please complete this required field.")).to_be_visible()
    await expect(field).to_have_attribute("aria-invalid", "true")
    assert await grave_faults(page) == []
    await field.fill("paper-orb")
    await page.get_by_test_id("modal-submit").click()  # there is no bot to take it
    await expect(page.get_by_test_id("modal").get_by_text("We had some trouble connecting.")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_test_id("modal")).to_have_count(0)
    await expect(page.get_by_test_id("composer")).to_be_focused()
    assert w.views(ASHA) == []


async def test_home_and_about_are_tabs(page: Page) -> None:
    """Home shows what the app published; an arrow leads to About, which lists what one may type."""
    await page.get_by_test_id("home-tab").click()
    await expect(page.get_by_role("tabpanel", name="Home")).to_contain_text("Streak 2/3")
    await page.get_by_role("tab", name="Home").press("ArrowRight")
    await expect(page.get_by_role("tab", name="About")).to_be_focused()
    await expect(page.get_by_role("tabpanel", name="About").get_by_role("listitem")).to_have_count(2)
    assert await grave_faults(page) == []


async def test_faults_are_grouped_and_switched(page: Page) -> None:
    """Each button stands under what it breaks and says what it does; pressed it stays so until pressed again."""
    await expect(page.locator("#faults").get_by_role("heading")).to_have_text(["The trader", "Slack"])
    switch = page.get_by_role("button", name="outage")
    await expect(switch).to_have_accessible_description("answers nothing")
    for pressed in ("true", "false"):
        await switch.click()
        await expect(switch).to_have_attribute("aria-pressed", pressed)


async def test_the_theme_is_kept(page: Page) -> None:
    """The page follows the system; chosen once, the choice outlives a reload."""
    root = page.locator("html")
    await expect(root).to_have_attribute("data-theme", "light")
    await page.get_by_test_id("theme-toggle").click()
    await page.reload()
    await expect(root).to_have_attribute("data-theme", "dark")


async def test_channel_and_thread_are_accessible(page: Page) -> None:
    """axe-core finds nothing serious in the channel, nor in a thread beside it, light or dark."""
    await open_thread(page)
    assert await grave_faults(page) == []
    await page.get_by_test_id("theme-toggle").click()
    assert await grave_faults(page) == []


async def test_on_a_phone(phone: Page) -> None:
    """Nothing is wider than 360 pixels; a thread and the trader cover the channel, which then cannot be reached."""
    assert await phone.evaluate("document.documentElement.scrollWidth") == PHONE[0]
    assert await grave_faults(phone) == []
    await open_thread(phone)
    assert await phone.get_by_test_id("thread-panel").evaluate("one => one.offsetWidth") == PHONE[0]
    assert await phone.locator("#main").evaluate("one => one.inert")
    assert await grave_faults(phone) == []
    await phone.get_by_role("button", name="Close thread").click()
    await phone.get_by_role("button", name="Paper trader", exact=True).click()
    await expect(phone.get_by_test_id("gauges")).to_be_visible()
    assert await grave_faults(phone) == []
    await phone.keyboard.press("Escape")
    await phone.get_by_role("button", name="Channels").click()
    await phone.get_by_test_id("home-tab").click()
    await expect(phone.get_by_role("tabpanel", name="Home")).to_be_visible()
    assert await grave_faults(phone) == []


async def test_a_modal_fills_a_phone(phone: Page, w: Workspace) -> None:
    """Its buttons stand at the bottom, in reach of a thumb."""
    w.desk.views.open(ASHA, MODAL)
    modal = phone.get_by_test_id("modal")
    await expect(modal).to_be_visible()
    assert await modal.evaluate("one => [one.offsetWidth, one.offsetHeight]") == list(PHONE)
    assert await grave_faults(phone) == []
    await phone.get_by_test_id("modal-close").click()
    await expect(modal).to_have_count(0)
