"""Single values of the configuration: what each may be, and in words what it should be."""

import re
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, SecretStr

_DATABASE = re.compile(r"postgres(?:ql)?(?:\+\w+)?://")
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110


def empty_is_none(value: Any) -> Any:
    """Take a text that is empty, as of a variable that is not set, for a key that is not there."""
    return None if value == "" else value


def _web_address(value: Any) -> Any:
    if isinstance(value, str) and not (re.fullmatch(r"https?://\S+", value) and _has_a_place(value)):
        raise ValueError("this should be an address such as http://127.0.0.1:8000")
    return value


def _has_a_place(address: str) -> bool:
    """Tell whether an address names a host, and a port that there can be."""
    try:
        parts = urlsplit(address)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:  # brackets that are not closed, or a port that is no number up to 65535
        return False


def _header_name(value: str) -> str:
    if not _HEADER_NAME.fullmatch(value):
        raise ValueError("this should be the name of a header such as Authorization")
    return value


def _header_value(value: SecretStr) -> SecretStr:
    if not re.fullmatch(r"[ -~\t]*", value.get_secret_value()):
        raise ValueError("a header must be one line of ASCII; look for a line break or an accent in it")
    return value


def _label_name(value: str) -> str:
    if not re.fullmatch(r"[a-zA-Z_][a-zA-Z0-9_]*", value):
        raise ValueError("this should be the name of a label such as instance")
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


HeaderName = Annotated[str, AfterValidator(_header_name)]
HeaderValue = Annotated[SecretStr, AfterValidator(_header_value)]
LabelName = Annotated[str, AfterValidator(_label_name)]
Url = Annotated[str, BeforeValidator(_web_address)]
DatabaseUrl = Annotated[SecretStr | None, BeforeValidator(_database)]
OptionalPath = Annotated[Path | None, BeforeValidator(empty_is_none)]
ChannelId = Annotated[str, AfterValidator(_channel_id)]
MemberId = Annotated[str, AfterValidator(_member_id)]
TraderName = Annotated[str, AfterValidator(_trader_name)]
