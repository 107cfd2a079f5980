"""Files beside messages: a picture drawn, or rows as CSV, put where Slack takes files and shared once."""

import json
import logging
import re
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from aiohttp import ClientPayloadError, ClientSession, ClientTimeout
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.notice import WITH_A_FILE, Announcement, CertificateReady, Notice, ReportFile, RowsFile, SessionPicture
from bot.errors import BurninError, NotDrawn
from bot.ports import Artist, Press
from bot.slack.cards.certificate import file_of
from bot.slack.cards.left_out import SWITCHED_OFF, not_drawn, not_made, not_sent, why_refused
from bot.slack.cards.rows_file import csv_of
from bot.slack.cards.session_picture import alt_text
from bot.slack.clients import CALL_SECONDS
from bot.slack.trouble import CALL_ERRORS, is_lasting, retry_after_of, word_of

log = logging.getLogger(__name__)

MOST_TRIES: Final = 8  # with the outbox's pauses some minutes; then the words are said alone
_OK: Final = 200
_NO_THREAD: Final = {"thread_not_found", "invalid_thread_ts", "cannot_reply_to_message"}


class LeftOut(Exception):
    """The file is not to be had. Its text says why, in Slack's markup, and is said with the message's own words."""


@dataclass(frozen=True, slots=True)
class Put:
    """A file that Slack has, and that nobody sees yet."""

    key: str  # of its announcement
    id: str
    title: str


class Uploads:
    """Puts files where Slack takes them, and shares them.

    Args:
        client: a posting client: one that repeats nothing of its own accord.
        artist: draws the pictures; None where files are switched off.
        press: prints the reports; None where none are asked for.
    """

    def __init__(self, client: AsyncWebClient, artist: Artist | None, press: Press | None = None) -> None:
        self._client = client
        self._artist = artist
        self._press = press
        self._drawn: dict[str, bytes] = {}  # what is drawn and not shared yet, by key
        self._put_in_vain: Counter[str] = Counter()
        self._shared_in_vain: Counter[str] = Counter()

    async def put(self, announcement: Announcement) -> Put:
        """Make the file that goes with a message, and give it to Slack.

        Raises:
            LeftOut: there is none, or Slack will not have it.
            SlackApiError, ClientError, TimeoutError, OSError: a call failed, and nobody sees anything of it.
            LedgerBroken: what it shows could not be read.
        """
        content, key = await self._content(announcement), announcement.key
        try:
            put = await self._put(announcement, content)
        except CALL_ERRORS as error:
            if is_lasting(error):
                raise LeftOut(why_refused(word_of(error))) from error
            self._put_in_vain[key] += retry_after_of(error) is None
            if self._put_in_vain[key] < MOST_TRIES:
                raise
            raise LeftOut(not_sent(word_of(error))) from error
        if self._shared_in_vain[key] >= MOST_TRIES:
            raise LeftOut(not_sent("its message never came to stand"))
        return put

    async def share(self, put: Put, channel: str, thread: str | None, words: str) -> None:
        """Show a file in a channel, in a thread of it, with the words beside it.

        Raises:
            LeftOut: Slack will not have it there.
            SlackApiError, ClientError, TimeoutError, OSError: the call failed, and it may be shown all the same.
        """
        told = {"channel_id": channel, "thread_ts": thread, "initial_comment": words}
        files = json.dumps([{"id": put.id, "title": put.title}])
        try:
            await self._call("files.completeUploadExternal", {"files": files, **told})
        except CALL_ERRORS as error:
            if thread is not None and word_of(error) in _NO_THREAD:  # deleted: it is shown in the channel then
                await self.share(put, channel, None, words)
                return
            if is_lasting(error):
                raise LeftOut(why_refused(word_of(error))) from error
            self._shared_in_vain[put.key] += retry_after_of(error) is None
            raise
        self.forget(put.key)

    def forget(self, key: str) -> None:
        """Keep nothing more of a file: its message stands."""
        self._drawn.pop(key, None)
        del self._put_in_vain[key], self._shared_in_vain[key]

    async def _content(self, announcement: Announcement) -> bytes:
        if self._artist is None:
            raise LeftOut(SWITCHED_OFF)
        try:
            return await self._made(self._artist, announcement)
        except NotDrawn as error:
            raise LeftOut(not_drawn(str(error))) from error
        except BurninError:
            raise
        except Exception as error:  # an edge: one that breaks off must not hold up all files behind it
            log.exception("the file of %s could not be made, and is left out: report this", announcement.key)
            raise LeftOut(not_made(type(error).__name__)) from error

    async def _made(self, artist: Artist, announcement: Announcement) -> bytes:
        notice, key = announcement.notice, announcement.key
        if isinstance(notice, RowsFile):
            return csv_of(notice)
        if isinstance(notice, CertificateReady):
            return file_of(notice)
        if key not in self._drawn:
            self._drawn[key] = await self._drawn_anew(artist, announcement.trader, notice)
        return self._drawn[key]

    async def _drawn_anew(self, artist: Artist, trader: str, notice: Notice) -> bytes:
        if isinstance(notice, SessionPicture):
            return await artist.draw(trader, notice)
        if isinstance(notice, ReportFile) and self._press is not None:
            return await self._press.printed(trader, notice)
        raise TypeError(f"no file goes with a {notice.kind}")

    async def _put(self, announcement: Announcement, content: bytes) -> Put:
        name, notice = file_name(announcement), announcement.notice
        told: dict[str, Any] = {"filename": name, "length": len(content)}
        if isinstance(notice, SessionPicture):  # Slack silently shares no other kind of file that has such a text
            told["alt_txt"] = alt_text(notice, announcement.trader)
        answer = await self._call("files.getUploadURLExternal", told)
        async with self._session() as session:
            way: dict[str, Any] = {"proxy": self._client.proxy, "ssl": self._client.ssl or True}
            async with session.post(answer["upload_url"], data=content, **way) as taken:
                if taken.status != _OK or not (await taken.read()).startswith(b"OK"):  # it may be a proxy that answers
                    raise ClientPayloadError(f"the bytes of {name} were not taken (HTTP {taken.status})")
        return Put(announcement.key, str(answer["file_id"]), name)

    async def _call(self, method: str, told: Mapping[str, Any]) -> Mapping[str, Any]:
        """Call a method with a form: Slack takes no JSON here, and words are too long for an address."""
        answer = await self._client.api_call(method, data={k: v for k, v in told.items() if v is not None})
        return answer.data if isinstance(answer.data, dict) else {}

    @asynccontextmanager
    async def _session(self) -> AsyncIterator[ClientSession]:
        """Give the client's own session, which may be one that acts only while this bot may."""
        if self._client.session is not None:
            yield self._client.session
            return
        async with ClientSession(timeout=ClientTimeout(total=CALL_SECONDS)) as session:
            yield session


def goes_with_a_file(announcement: Announcement) -> bool:
    """Tell whether a message is the words beside a file."""
    return isinstance(announcement.notice, WITH_A_FILE)


def holds_file_of(message: Mapping[str, Any], key: str) -> bool:
    """Tell whether a message that stands in Slack shows the file of the announcement with this key."""
    return any(_mark(key) in str(file.get("name", "")) for file in message.get("files") or () if isinstance(file, dict))


def file_name(announcement: Announcement) -> str:
    """Return the file's name, which is the same at every try and no other's."""
    stem, kind = _named(announcement.notice)
    words = re.sub(r"[^A-Za-z0-9_]+", "-", f"{announcement.trader} {announcement.day or ''} {stem}").strip("-")
    return f"{words[:80]}-{_mark(announcement.key)}.{kind}"


def _named(notice: Notice) -> tuple[str, str]:
    """Return what a file is called, and how its name ends."""
    match notice:
        case RowsFile(name=name):
            return name, "csv"
        case ReportFile(days=days):
            return "report" if len(days) == 1 else f"report {days[0]} to {days[-1]}", "html"
        case CertificateReady(number=number):
            return f"clearance {number}", "dsse.json"
        case _:
            return "session", "png"


def _mark(key: str) -> str:
    return sha256(key.encode()).hexdigest()[:10]
