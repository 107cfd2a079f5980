"""Files on their way in: an upload URL, the bytes, and the file once the app has completed it."""

import mimetypes
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from bot.sandbox.workspace.state import Json, SlackError


@dataclass(slots=True)
class StoredFile:
    """One file; `length` is what was announced, in bytes. `created` is in seconds since 1970."""

    id: str
    name: str
    length: int
    alt_text: str
    created: int
    title: str = ""
    content: bytes | None = None
    complete: bool = False

    @property
    def mimetype(self) -> str:
        """The media type by the file's name."""
        return mimetypes.guess_type(self.name)[0] or "application/octet-stream"

    @property
    def can_be_shared(self) -> bool:
        """Whether its message comes to stand: Slack silently leaves out what has an alt text and is no image."""
        return not self.alt_text or self.mimetype.startswith("image/")


class FileShelf:
    """Keeps uploaded files; `now` gives seconds since 1970."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._files: dict[str, StoredFile] = {}
        self._tickets: dict[str, str] = {}

    def announce(self, name: str, length: int, alt_text: str) -> tuple[StoredFile, str]:
        """Reserve a file; returns it and the one-time end of its upload URL."""
        file = StoredFile(f"F{secrets.token_hex(5).upper()}", name, length, alt_text, int(self._now()))
        ticket = secrets.token_urlsafe(24)
        self._files[file.id] = file
        self._tickets[ticket] = file.id
        return file, ticket

    def receive(self, ticket: str, content: bytes) -> StoredFile:
        """Take the bytes of a reserved file.

        Raises:
            SlackError: `invalid_upload_url`, or `length_mismatch` against what was announced.
        """
        file = self._files.get(self._tickets.get(ticket, ""))
        if file is None:
            raise SlackError("invalid_upload_url")
        if len(content) != file.length:
            raise SlackError("length_mismatch")
        del self._tickets[ticket]
        file.content = content
        return file

    def complete(self, file_id: str, title: str | None) -> StoredFile:
        """Make an uploaded file visible, once.

        Raises:
            SlackError: `file_not_found` when it was never uploaded, or is completed already.
        """
        file = self._files.get(file_id)
        if file is None or file.content is None or file.complete:
            raise SlackError("file_not_found")
        file.complete, file.title = True, title or file.name
        return file

    def get(self, file_id: str) -> StoredFile:
        """A completed file.

        Raises:
            SlackError: `file_not_found`.
        """
        file = self._files.get(file_id)
        if file is None or not file.complete:
            raise SlackError("file_not_found")
        return file


def describe(file: StoredFile, base_url: str, user: str) -> Json:
    """A file as Slack describes it in messages and answers."""
    url = f"{base_url}/files/{file.id}/{file.name}"
    return {
        "id": file.id,
        "name": file.name,
        "title": file.title,
        "mimetype": file.mimetype,
        "filetype": file.name.rpartition(".")[2],
        "size": file.length,
        "user": user,
        "created": file.created,
        "timestamp": file.created,
        "alt_txt": file.alt_text,
        "url_private": url,
        "url_private_download": url,
        "permalink": url,
    }
