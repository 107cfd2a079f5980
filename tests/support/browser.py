"""A real Chromium for the tests of the page: how it is found and started, and what no page may do in it."""

import os
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, async_playwright, expect

SLOWEST = 20_000  # milliseconds to wait for what the page should show
DESKTOP, PHONE = (1440, 900), (360, 740)
_GRAVE = ("serious", "critical")


def chromium() -> str:
    """The installed Chromium; where there is none, the tests are skipped, but never in CI."""
    found = next(
        (path for name in ("chromium", "google-chrome", "chromium-browser") if (path := shutil.which(name))), None
    )
    if found is None and os.environ.get("CI"):
        pytest.fail("there is no Chromium in CI: install the package chromium")
    return found or pytest.skip("no Chromium is installed here; `apt install chromium` brings one")


@asynccontextmanager
async def running_chromium() -> AsyncIterator[Browser]:
    """Chromium, without a window."""
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        yield running
        await running.close()


@asynccontextmanager
async def opened(browser: Browser, url: str, size: Sequence[int] = DESKTOP, **context: Any) -> AsyncIterator[Page]:
    """The page as Asha sees it. Its console stays free of errors, and it loads nothing from anywhere else."""
    settings = {"color_scheme": "light", "timezone_id": "Asia/Kolkata", "locale": "en-GB", **context}
    held = await browser.new_context(viewport={"width": size[0], "height": size[1]}, **settings)
    held.set_default_timeout(SLOWEST)
    page = await held.new_page()
    trouble: list[str] = []
    page.on("console", lambda said: trouble.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on("request", lambda asked: trouble.append(asked.url) if not _is_local(asked.url, url) else None)
    await page.goto(url)
    await expect(page.get_by_test_id("composer")).to_be_visible()
    yield page
    await held.close()
    assert trouble == []


def _is_local(asked: str, url: str) -> bool:
    return asked.startswith((url, "data:", "blob:"))


async def grave_faults(page: Page) -> list[str]:
    """What axe-core finds serious or critical on the page as it is, each with where."""
    found = (await Axe().run(page)).response["violations"]
    return [
        f"{violation['id']}: {violation['help']} at {node['target']}"
        for violation in found
        if violation["impact"] in _GRAVE
        for node in violation["nodes"]
    ]
