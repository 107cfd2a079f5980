"""One HTTP request with limits on its time and size, and what came of it in one sentence."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import httpx
from pydantic import JsonValue

from bot.domain.duration import spoken
from bot.domain.value import JsonObject
from bot.errors import BadAnswer, ConfigurationError, Unreachable

_OK = range(200, 300)
_REDIRECT = range(300, 400)
_NOT_FOUND = 404


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete answer. `url` is without user and password."""

    url: str
    status: int
    content_type: str
    location: str
    body: bytes

    @property
    def is_json(self) -> bool:
        """Whether the body begins as a JSON object does."""
        return self.body.lstrip()[:1] == b"{"

    def good(self) -> "Answer":
        """Return the answer itself where its status is 2xx.

        Raises:
            BadAnswer: it is an error or a redirect, which is never followed.
        """
        if self.status in _OK:
            return self
        if self.status in _REDIRECT:
            raise BadAnswer(f"{self.url} redirects to {self.location or 'somewhere'}; configure the final url")
        said = self.body.decode(errors="replace").strip().split("\n", 1)[0][:120]
        look = "check that the url is right" if self.status == _NOT_FOUND else "look into the log there"
        raise BadAnswer(f"{self.url} answered {self.status}{f' ({said})' if said else ''}; {look}")

    def text(self) -> str:
        """Return the body as text.

        Raises:
            BadAnswer: it is not UTF-8.
        """
        try:
            return self.body.decode()
        except UnicodeDecodeError as error:
            raise BadAnswer(f"{self.url} answered bytes that are not UTF-8; check that the url is right") from error

    def json(self) -> JsonValue:
        """Return the body as JSON; NaN and infinities, which JSON does not have, as text.

        Raises:
            BadAnswer: it is not JSON.
        """
        try:
            found: JsonValue = json.loads(self.body, parse_constant=str)
        except (ValueError, RecursionError) as error:
            kind = "HTML" if "html" in self.content_type or self.body.lstrip()[:1] == b"<" else "no readable JSON"
            raise BadAnswer(f"{self.url} answered {kind} instead of JSON; check that the url is right") from error
        return found


class HttpAsker:
    """Asks one host.

    Args:
        whom: the host in the words of an error message.
        unreachable: what to raise where no answer came.
        client: the connection pool.
        url: the base URL, with a path or without.
        headers: sent with every request.
        connect: how long a connection may take to come about.

    Raises:
        ConfigurationError: the url is none.
    """

    def __init__(
        self,
        *,
        whom: str,
        unreachable: type[Unreachable],
        client: httpx.AsyncClient,
        url: str,
        headers: Mapping[str, str],
        connect: timedelta,
    ) -> None:
        if not url.startswith(("http://", "https://")):
            raise ConfigurationError(f"{url!r} is not a url; write http://host:port")
        self._whom = whom
        self._unreachable = unreachable
        self._client = client
        self._url = url.rstrip("/")
        self._shown = _shown(self._url)
        self._headers = dict(headers)
        self._connect = connect

    async def ask(
        self,
        method: str,
        path: str,
        *,
        within: timedelta,
        limit: int,
        body: JsonObject | None = None,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send one request and read the whole answer, whatever its status.

        Raises:
            Unreachable: no answer began within the time limit.
            BadAnswer: an answer began, but was cut off or is larger than `limit` bytes.
        """
        path = path.lstrip("/")
        request = self._client.build_request(
            method,
            f"{self._url}/{path}",
            params=params,
            json=body,
            headers={**self._headers, **(headers or {})},
            timeout=httpx.Timeout(within.total_seconds(), connect=self._connect.total_seconds()),
        )
        url = f"{self._shown}/{path}"
        try:
            async with asyncio.timeout(within.total_seconds()):
                return await self._send(request, url, limit)
        except (TimeoutError, httpx.TimeoutException) as error:
            raise self._unreachable(
                f"{url} did not answer within {spoken(within)}; see whether {self._whom} is busy or the network slow"
            ) from error
        except httpx.ConnectError as error:
            raise self._unreachable(
                f"{url} cannot be connected to ({error}); see whether {self._whom} runs and the url is right"
            ) from error
        except httpx.HTTPError as error:
            raise self._unreachable(f"{url} did not answer ({error}); see whether {self._whom} is well") from error

    async def _send(self, request: httpx.Request, url: str, limit: int) -> Answer:
        response = await self._client.send(request, stream=True, follow_redirects=False)
        try:
            body = await _read(response, url, limit)
        finally:
            await response.aclose()
        return Answer(
            url=url,
            status=response.status_code,
            content_type=response.headers.get("content-type", "").lower(),
            location=response.headers.get("location", ""),
            body=body,
        )


async def _read(response: httpx.Response, url: str, limit: int) -> bytes:
    body = bytearray()
    try:
        async for chunk in response.aiter_bytes():
            body += chunk
            if len(body) > limit:
                raise BadAnswer(f"{url} answered more than {limit // 2**20} MiB; check that the url is right")
    except (httpx.ProtocolError, httpx.ReadError, httpx.DecodingError) as error:
        raise BadAnswer(f"the answer of {url} was cut off after {len(body)} bytes; try again") from error
    return bytes(body)


def _shown(url: str) -> str:
    try:
        return str(httpx.URL(url).copy_with(userinfo=b"", query=None))
    except httpx.InvalidURL as error:
        raise ConfigurationError(f"{url!r} is not a url ({error}); write http://host:port") from error
