"""HTTP mode: the same payloads as signed POST requests to the app's request URL."""

import asyncio
import json
import urllib.parse
from collections.abc import Callable

import aiohttp

from bot.sandbox.workspace.delivery import ACK_SECONDS, Kind, Retry, UndeliveredError
from bot.sandbox.workspace.signing import signed_headers
from bot.sandbox.workspace.state import Json

HTTP_OK = 200


class RequestUrlDelivery:
    """Delivers payloads to `url`, signed with `secret`; `now` gives seconds since 1970."""

    def __init__(self, url: str, secret: str, now: Callable[[], float], ack_seconds: float = ACK_SECONDS) -> None:
        self._url = url
        self._secret = secret
        self._now = now
        self._ack_seconds = ack_seconds

    async def deliver(self, kind: Kind, payload: Json, retry: Retry | None = None) -> Json:
        """POST one payload and read the ack from the answer's body; see `Delivery`."""
        body, content_type = _encoded(kind, payload)
        headers = signed_headers(self._secret, int(self._now()), body) | {"Content-Type": content_type}
        if retry:
            headers |= {"X-Slack-Retry-Num": str(retry.attempt), "X-Slack-Retry-Reason": retry.reason}
        try:
            async with (
                asyncio.timeout(self._ack_seconds),
                aiohttp.ClientSession() as session,
                session.post(self._url, data=body, headers=headers) as response,
            ):
                if response.status != HTTP_OK:
                    raise UndeliveredError("http_service_error")
                return _ack(await response.text())
        except TimeoutError:
            raise UndeliveredError("operation_timeout") from None
        except aiohttp.ClientError:
            raise UndeliveredError("dispatch_failed") from None


def _encoded(kind: Kind, payload: Json) -> tuple[bytes, str]:
    if kind == "events_api":
        return json.dumps(payload).encode(), "application/json"
    fields = payload if kind == "slash_commands" else {"payload": json.dumps(payload)}
    return urllib.parse.urlencode(fields).encode(), "application/x-www-form-urlencoded"


def _ack(body: str) -> Json:
    try:
        answer = json.loads(body) if body.strip() else {}
    except ValueError:
        return {"text": body}
    return answer if isinstance(answer, dict) else {"text": body}
