"""Who signs in the bot's name."""

from typing import Protocol

from bot.domain.value import JsonObject


class Signatory(Protocol):
    """The bot's own signing key.

    Every method raises `bot.errors.NoSigningKey` where there is none, or it cannot be used; its text says what to do.
    """

    async def keyid(self) -> str:
        """Return what names the key: the SHA-256 (hex) that securesystemslib gives a public key."""
        ...

    async def sign(self, payload_type: str, payload: bytes) -> JsonObject:
        """Return a DSSE envelope (`payload`, `payloadType`, `signatures`) with one signature over a payload."""
        ...
