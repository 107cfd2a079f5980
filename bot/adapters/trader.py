"""The trader over HTTP: it is somebody else's program, so nothing it answers is believed before it was looked at."""

import json
from collections.abc import Mapping

import httpx
from pydantic import JsonValue

from bot.adapters.http_answer import Answer, HttpAsker
from bot.adapters.paper_guard import SWITCHED_OFF, PaperGuard
from bot.adapters.timeouts import Timeouts
from bot.domain.sample import Reading
from bot.domain.selector import Selector
from bot.domain.value import JsonObject
from bot.errors import BadAnswer, TraderUnreachable
from bot.ports import FlattenAnswer, PaperMode

_METRICS_LIMIT = 16 * 1024 * 1024
_JSON_LIMIT = 1024 * 1024
# Asking for OpenMetrics as well would only add a second set of rules to the same numbers.
_TEXT_FORMAT = {"Accept": "text/plain;version=0.0.4;q=1,*/*;q=0.1"}
_NOT_READY = 503


class HttpTrader:
    """A trader behind a base URL.

    Args:
        url: where its endpoints are, with a path or without.
        headers: sent with every request.
        roles: which metrics each role is read from.
        guard: what must be seen before it counts as trading on paper; None is switched off.
        timeouts: the time limits.
        client: the connection pool; whoever made it closes it.
    """

    def __init__(
        self,
        url: str,
        *,
        headers: Mapping[str, str],
        roles: Mapping[str, tuple[Selector, ...]],
        guard: PaperGuard | None,
        client: httpx.AsyncClient,
        timeouts: Timeouts | None = None,
    ) -> None:
        self._timeouts = timeouts or Timeouts()
        self._asker = HttpAsker(
            whom="the trader",
            unreachable=TraderUnreachable,
            client=client,
            url=url,
            headers=headers,
            connect=self._timeouts.connect,
        )
        self._roles = roles
        self._guard = guard

    async def scrape(self) -> Mapping[str, Reading]:
        """Return a reading for each role present in `/metrics`."""
        answer = await self._asker.ask(
            "GET", "/metrics", within=self._timeouts.scrape, limit=_METRICS_LIMIT, headers=_TEXT_FORMAT
        )
        text = answer.good().text()
        try:
            return self.read(text, answer.content_type)
        except BadAnswer as error:
            raise BadAnswer(f"{answer.url}: {error}") from error

    def read(self, text: str, content_type: str = "text/plain") -> Mapping[str, Reading]:
        """Return a reading for each role present in a metrics text."""
        from bot.adapters.exposition import read_roles  # noqa: PLC0415 - a status command never scrapes

        return read_roles(text, content_type, self._roles)

    async def ready(self) -> JsonObject:
        """Return what `/ready` says; "not ready" (503) is an answer too, and says so whatever words it chose."""
        answer = await self._status("/ready")
        said = _object(answer)
        return said if answer.status != _NOT_READY else {"status": _NOT_READY, **said, "ready": False}

    async def supervisor(self) -> JsonObject:
        """Return what `/debug/supervisor/status` says."""
        return _object((await self._status("/debug/supervisor/status")).good())

    async def flatten(self, reason: str) -> FlattenAnswer:
        """Ask for every position to be closed."""
        answer = await self._asker.ask(
            "POST", "/flatten", within=self._timeouts.flatten, limit=_JSON_LIMIT, body={"reason": reason}
        )
        return FlattenAnswer(answer.status, answer.body.decode(errors="replace"))

    async def positions(self) -> int:
        """Return how many positions are open."""
        answer = await self._asker.ask("GET", "/positions", within=self._timeouts.positions, limit=_JSON_LIMIT)
        said = answer.good().json()
        count = _count(said)
        if count is None:
            raise BadAnswer(
                f"{answer.url} answered {json.dumps(said)[:80]}, not a count and not a list of positions; "
                "check that the url points at the trader itself"
            )
        return count

    async def paper_mode(self) -> PaperMode:
        """Ask whether the trader trades on paper; an answer that cannot be read does not say so."""
        if self._guard is None:
            return SWITCHED_OFF
        try:
            return self._guard.judge(_object(await self._status(self._guard.endpoint)))
        except BadAnswer as error:
            return PaperMode(paper=False, words=str(error))

    async def _status(self, path: str) -> Answer:
        answer = await self._asker.ask("GET", path, within=self._timeouts.status, limit=_JSON_LIMIT)
        return answer if answer.status == _NOT_READY and answer.is_json else answer.good()


def _object(answer: Answer) -> JsonObject:
    said = answer.json()
    if not isinstance(said, dict):
        raise BadAnswer(f"{answer.url} answered JSON, but no object; check that the url points at the trader itself")
    return said


def _count(said: JsonValue) -> int | None:
    if isinstance(said, list):
        return len(said)
    if not isinstance(said, dict):
        return None
    count = said.get("count")
    if isinstance(count, int) and not isinstance(count, bool) and count >= 0:
        return count
    positions = said.get("positions")
    return len(positions) if "count" not in said and isinstance(positions, list) else None
