"""What is to go wrong with the app's calls, switched on and off by a test; and every call that was made."""

import json
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from aiohttp import web

from bot.sandbox.workspace.fault_kinds import Kind, NoAnswer, Take

RESPONSE_URL, UPLOAD = "response_url", "upload"
EVERY = "*"
_MOST_CALLS = 10_000
_OK = 200


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that goes wrong with calls of a method.

    Attributes:
        kind: how.
        method: a Web API method, `response_url`, `upload`, or a pattern of them (`chat.*`).
        times: how many calls it meets; None for any number.
        lasts: how long it meets them, in seconds of the workspace's clock; None for as long as it is not taken away.
        after: how many calls pass before it meets one.
        when: which calls it meets, by their arguments; None for all.
    """

    kind: Kind
    method: str = EVERY
    times: int | None = None
    lasts: float | None = None
    after: int = 0
    when: Callable[[Mapping[str, Any]], bool] | None = None


@dataclass(frozen=True, slots=True)
class ApiCall:
    """A call that was made, and what became of it.

    Attributes:
        at: when it arrived, in seconds since 1970.
        method: a Web API method, `response_url` or `upload`.
        arguments: without the token.
        fault: what it met.
        taken: whether it had its effect.
        answer: what the caller was told: `ok`, Slack's word, `HTTP 503`, or nothing.
    """

    at: float
    method: str
    arguments: Mapping[str, Any]
    fault: Fault | None
    taken: bool
    answer: str


@dataclass(slots=True)
class _Active:
    fault: Fault
    until: float | None
    passed: int = 0
    met: int = 0


class Faults:
    """Stands between the app's calls and the workspace. `now` gives seconds since 1970.

    Where several faults fit a call it meets the one that was added first.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._active: list[_Active] = []
        self._calls: deque[ApiCall] = deque(maxlen=_MOST_CALLS)

    @property
    def calls(self) -> tuple[ApiCall, ...]:
        """The last ten thousand calls, in the order in which they were answered."""
        return tuple(self._calls)

    @property
    def met(self) -> tuple[ApiCall, ...]:
        """Those that met a fault."""
        return tuple(call for call in self._calls if call.fault is not None)

    def add(self, *faults: Fault) -> None:
        """Let them happen from now on."""
        now = self._now()
        for fault in faults:
            self._active.append(_Active(fault, None if fault.lasts is None else now + fault.lasts))

    def clear(self) -> None:
        """Let every call through again."""
        self._active.clear()

    @contextmanager
    def during(self, *faults: Fault) -> Iterator[None]:
        """Let them happen within a block."""
        self.add(*faults)
        try:
            yield
        finally:
            self._active = [active for active in self._active if active.fault not in faults]

    def outage(self) -> AbstractContextManager[None]:
        """Within a block nobody answers any call, and none is taken."""
        return self.during(Fault(NoAnswer()))

    async def answer(
        self, request: web.Request, method: str, arguments: Mapping[str, Any], take: Take
    ) -> web.StreamResponse:
        """Answer a call as the fault it meets would have it, or as Slack does."""
        at, truths = self._now(), list[web.Response]()

        def taking() -> web.Response:
            truths.append(take())
            return truths[0]

        fault = self._meet(method, arguments)
        answer = taking() if fault is None else await fault.kind.answer(request, taking)
        hung_up = request.transport is None or request.transport.is_closing()
        taken = bool(truths) and word_of(truths[0]) == "ok"
        self._calls.append(ApiCall(at, method, arguments, fault, taken, "" if hung_up else word_of(answer)))
        return answer

    def _meet(self, method: str, arguments: Mapping[str, Any]) -> Fault | None:
        now = self._now()
        self._active = [active for active in self._active if active.until is None or now < active.until]
        for active in self._active:
            if self._fits(active, method, arguments):
                active.met += 1
                return active.fault
        return None

    def _fits(self, active: _Active, method: str, arguments: Mapping[str, Any]) -> bool:
        fault = active.fault
        if not fnmatchcase(method, fault.method) or (fault.when is not None and not fault.when(arguments)):
            return False
        if active.passed < fault.after:
            active.passed += 1
            return False
        return fault.times is None or active.met < fault.times


def word_of(answer: web.StreamResponse) -> str:
    """What an answer says in a word: `ok`, Slack's word for what is wrong, or its status."""
    said = _said(answer)
    if isinstance(said, dict):
        return "ok" if said.get("ok") else str(said.get("error"))
    return "ok" if answer.status == _OK and answer.content_type == "text/plain" else f"HTTP {answer.status}"


def _said(answer: web.StreamResponse) -> Any:
    if not isinstance(answer, web.Response) or answer.content_type != "application/json":
        return None
    try:
        return json.loads(answer.text or "")
    except ValueError:
        return None
