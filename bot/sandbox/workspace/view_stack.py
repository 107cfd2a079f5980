"""The modals each person has open, up to three deep, and their Home tabs."""

import copy
import secrets
from typing import Any

from bot.sandbox.workspace.feed import Feed
from bot.sandbox.workspace.state import APP_ID, Directory, Json, SlackError

DEEPEST = 3
_KEPT = ("type", "title", "submit", "close", "blocks", "submit_disabled", "clear_on_close", "notify_on_close")


class ViewStack:
    """Opens, stacks, updates and closes views, and publishes each change to the person who sees it."""

    def __init__(self, directory: Directory, feed: Feed) -> None:
        self._directory = directory
        self._feed = feed
        self._open: dict[str, list[Json]] = {}
        self._homes: dict[str, Json] = {}

    def open(self, user: str, view: Json) -> Json:
        """Show a modal, in place of whatever was open."""
        self._close(user, self._open.get(user, []))
        return self._show(user, view)

    def push(self, user: str, view: Json) -> Json:
        """Show a modal on top of the open one.

        Raises:
            SlackError: `not_found` without an open view, `push_limit_reached` at the third.
        """
        depth = len(self._open.get(user, []))
        if depth == 0:
            raise SlackError("not_found")
        if depth >= DEEPEST:
            raise SlackError("push_limit_reached")
        return self._show(user, view)

    def update(self, current: Json, view: Json, view_hash: str | None = None) -> Json:
        """Give an open view other content; what was typed in blocks that stay is the page's to keep.

        Raises:
            SlackError: `hash_conflict` when `view_hash` is not that of the view as it stands.
        """
        if view_hash and view_hash != current["hash"]:
            raise SlackError("hash_conflict")
        current |= self._content(view)
        self._feed.publish("view_updated", user=current["user"], view=self.shown(current))
        return current

    def publish_home(self, user: str, view: Json, view_hash: str | None = None) -> Json:
        """Set a person's Home tab.

        Raises:
            SlackError: `hash_conflict` when `view_hash` is not that of the Home tab as it stands.
        """
        current = self._homes.get(user)
        if current is None:
            current = self._homes[user] = self._new(user, {"type": "home", "blocks": []})
        elif view_hash and view_hash != current["hash"]:
            raise SlackError("hash_conflict")
        current |= self._content(view)
        self._feed.publish("home", user=user, view=self.shown(current))
        return current

    def find(self, *, view_id: str | None = None, external_id: str | None = None) -> Json:
        """The open view or Home tab with this id.

        Raises:
            SlackError: `not_found`.
        """
        for view in [*self._homes.values(), *(v for stack in self._open.values() for v in stack)]:
            if view["id"] == view_id or (external_id and view["external_id"] == external_id):
                return view
        raise SlackError("not_found")

    def close(self, user: str, view_id: str, *, whole_stack: bool = False) -> None:
        """Close one view, or with `whole_stack` all of that person's."""
        stack = self._open.get(user, [])
        self._close(user, [v for v in stack if whole_stack or v["id"] == view_id])

    def views(self, user: str) -> list[Json]:
        """A person's open modals, the top one last."""
        return [self.shown(view) for view in self._open.get(user, [])]

    def home(self, user: str) -> Json | None:
        """A person's Home tab, None until the app has published one."""
        view = self._homes.get(user)
        return self.shown(view) if view else None

    def shown(self, view: Json) -> Json:
        """A copy of a view as Slack gives it to the app and the page."""
        return {key: copy.deepcopy(value) for key, value in view.items() if key != "user"}

    def _show(self, user: str, view: Json) -> Json:
        external = view.get("external_id")
        if external and any(v["external_id"] == external for v in self._open.get(user, [])):
            raise SlackError("duplicate_external_id")
        new = self._new(user, view)
        stack = self._open.setdefault(user, [])
        new["previous_view_id"] = stack[-1]["id"] if stack else None
        new["root_view_id"] = stack[0]["id"] if stack else new["id"]
        stack.append(new)
        self._feed.publish("view_opened", user=user, view=self.shown(new))
        return new

    def _close(self, user: str, views: list[Json]) -> None:
        for view in list(reversed(views)):
            self._open[user].remove(view)
            self._feed.publish("view_closed", user=user, view=self.shown(view))

    def _new(self, user: str, view: Json) -> Json:
        view_id = f"V{secrets.token_hex(5).upper()}"
        return {
            "id": view_id,
            "user": user,
            "team_id": self._directory.team.id,
            "app_id": APP_ID,
            "app_installed_team_id": self._directory.team.id,
            "bot_id": bot_id(self._directory),
            "root_view_id": view_id,
            "previous_view_id": None,
            "state": {"values": {}},
            **self._content(view),
        }

    def _content(self, view: Json) -> Json:
        defaults: dict[str, Any] = {"clear_on_close": False, "notify_on_close": False}
        content = {**defaults, **{key: view[key] for key in _KEPT if key in view}}
        content["blocks"] = with_ids(content.get("blocks") or [])
        for key in ("private_metadata", "callback_id", "external_id"):
            content[key] = view.get(key) or ""
        for key in ("title", "submit", "close"):
            content.setdefault(key, None)
        content["hash"] = f"{secrets.randbelow(10**10)}.{secrets.token_hex(4)}"
        return content


def bot_id(directory: Directory) -> str:
    """The `B…` id of the app's bot user."""
    return "B" + directory.bot_id[1:]


def with_ids(blocks: list[Json]) -> list[Json]:
    """A copy of `blocks` in which every block and every element has an id, as Slack stores them."""
    blocks = copy.deepcopy(blocks)
    for block in blocks:
        block.setdefault("block_id", secrets.token_urlsafe(4))
        for element in elements(block):
            element.setdefault("action_id", secrets.token_urlsafe(4))
    return blocks


def elements(block: Json) -> list[Json]:
    """The elements of a block that a person can press, choose or fill in, cards and containers included."""
    inner = [*block.get("child_blocks", []), *(block["elements"] if block["type"] == "carousel" else [])]
    found = [element for child in inner for element in elements(child)]
    if block["type"] in {"actions", "context_actions"}:
        found += block["elements"]
    if block["type"] == "card":
        found += block.get("actions", [])
    if block.get("accessory", {}).get("type", "image") != "image":
        found.append(block["accessory"])
    if block["type"] == "input":
        found.append(block["element"])
    return found
