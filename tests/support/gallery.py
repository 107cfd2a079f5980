"""Every card on one page, drawn by the sandbox page's own renderer, to be looked at: `python -m tests.support.gallery`.

It writes pictures of that page, light and dark, as wide as a desktop and as narrow as a phone.
"""

import argparse
import json
import shutil
import sys
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, Route, sync_playwright

from tests.support.cards import samples

ORIGIN = "http://gallery.invalid"
PAGE = Path(str(files("bot.sandbox.workspace"))) / "page"
WIDTHS = {"desktop": 1800, "phone": 360}
MOST_HEIGHT = 6000  # pixels of one picture; a taller page takes several
MEDIA = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".json": "application/json"}
BOT = {"id": "UBOT", "name": "burnin", "real_name": "burnin", "is_bot": True}


def cards_json(named: str) -> str:
    """Return the cards whose names contain a word, as the page reads them."""
    messages, views = samples()
    shown: dict[str, Any] = {name: said.to_json() for name, said in messages.items() if named in name}
    plainer = {
        f"{name} (plainer)": {**card, "blocks": card["plainer"]} for name, card in shown.items() if card["plainer"]
    }
    kept = {name: view for name, view in views.items() if named in name}
    return json.dumps({"messages": shown | plainer, "views": kept, "user": BOT, "at": "1795600000.000100"})


def serve(route: Route, cards: str) -> None:
    """Answer the page's requests from this repository; there is no server and no network."""
    path = route.request.url.removeprefix(ORIGIN)
    if path == "/cards.json":
        return route.fulfill(body=cards, content_type=MEDIA[".json"])
    file = Path(__file__).with_name("gallery.html") if path == "/" else PAGE / Path(path).name
    return route.fulfill(body=file.read_bytes(), content_type=MEDIA.get(file.suffix, "text/plain"))


def open_page(browser: Browser, width: int, theme: str, cards: str) -> Page:
    """Open the gallery as wide as a device, in a theme."""
    page = browser.new_page(viewport={"width": width, "height": 900}, timezone_id="Asia/Kolkata", locale="en-GB")
    page.route(f"{ORIGIN}/**", lambda route: serve(route, cards))
    page.goto(f"{ORIGIN}/")
    page.evaluate("theme => { document.documentElement.dataset.theme = theme; }", theme)
    page.wait_for_selector("html[data-ready=yes]")
    return page


def shoot(page: Page, folder: Path, name: str) -> Iterator[Path]:
    """Yield the pictures of a page, from its top down."""
    height = page.evaluate("document.documentElement.scrollHeight")
    for number, top in enumerate(range(0, height, MOST_HEIGHT), start=1):
        clip = {"x": 0, "y": top, "width": page.viewport_size["width"], "height": min(MOST_HEIGHT, height - top)}  # type: ignore[index]
        picture = folder / f"{name}-{number}.png"
        page.screenshot(path=picture, clip=clip, full_page=True)  # type: ignore[arg-type]
        yield picture


def main() -> None:
    """Write the pictures and name them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="where the pictures go")
    parser.add_argument("--named", default="", help="only cards whose name contains this")
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    cards = cards_json(asked.named)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for device, width in WIDTHS.items():
            for theme in ("light", "dark"):
                page = open_page(browser, width, theme, cards)
                for picture in shoot(page, asked.folder, f"{device}-{theme}"):
                    sys.stdout.write(f"{picture}\n")
                page.close()
        browser.close()


if __name__ == "__main__":
    main()
