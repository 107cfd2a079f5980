"""Single values of the configuration: what each may be, and in words what it should be."""

import re
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, SecretStr

_DATABASE = re.compile(r"postgres(?:ql)?(?:\+\w+)?://")


def empty_is_none(value: Any) -> Any:
    """Take a text that is empty, as of a variable that is not set, for a key that is not there."""
    return None if value == "" else value


def _web_address(value: Any) -> Any:
    if isinstance(value, str) and not re.match(r"https?://[^/\s]+", value):
        raise ValueError("this should be an address such as http://127.0.0.1:8000")
    return value


def _database(value: Any) -> Any:
    if not isinstance(value, str) or not value:
        return empty_is_none(value)
    if not _DATABASE.match(value):
        raise ValueError("this should be postgresql://user:password@host/name")
    return _DATABASE.sub("postgresql://", value, count=1)  # SQLAlchemy's spelling names a driver as well


def _channel_id(value: str) -> str:
    if value and not re.fullmatch(r"[CGD][A-Z0-9]+", value):
        raise ValueError("this should be the id of a channel such as C0123456789, not its name")
    return value


def _member_id(value: str) -> str:
    if not re.fullmatch(r"[UWS][A-Z0-9]+", value):
        raise ValueError("this should be the id of a user (U…) or a user group (S…), not a name")
    return value


def _trader_name(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", value):
        raise ValueError("this should be one word of letters, digits, dots, dashes and underscores")
    return value


Url = Annotated[str, BeforeValidator(_web_address)]
DatabaseUrl = Annotated[SecretStr | None, BeforeValidator(_database)]
OptionalPath = Annotated[Path | None, BeforeValidator(empty_is_none)]
ChannelId = Annotated[str, AfterValidator(_channel_id)]
MemberId = Annotated[str, AfterValidator(_member_id)]
TraderName = Annotated[str, AfterValidator(_trader_name)]
