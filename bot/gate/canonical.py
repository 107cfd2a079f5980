"""JSON read strictly, and canonical JSON (RFC 8785): the one spelling of a value, so that no byte may be another."""

import json
from sys import float_info
from typing import Final

_EXACT: Final = 2**53  # whole numbers up to here keep every digit as fractions, which all numbers of JSON are
_LARGEST: Final = float_info.max
_POINT_UNTIL: Final = 21  # digits before the point from which a number is written with an exponent
_POINT_FROM: Final = -6  # likewise behind it
_quoted: Final = json.JSONEncoder(ensure_ascii=False).encode


def value_of(text: bytes) -> object:
    """Return what JSON text says.

    Lines may be indented by spaces. Nothing else about the text is taken loosely: no tab or carriage return that
    another bit would turn into the other, no name twice.

    Raises:
        ValueError: it is not JSON in UTF-8, or not strictly.
    """
    if b"\t" in text or b"\r" in text.replace(b"\r\n", b"\n"):
        raise ValueError("it has tabs or lone carriage returns")
    try:
        value: object = json.loads(text.decode(), object_pairs_hook=_object, parse_constant=_no_number)
    except RecursionError:
        raise ValueError("it is nested too deep") from None
    return value


def canonical(value: object) -> bytes:
    """Return the canonical JSON of a value of JSON types; a number with more digits than a fraction has loses some.

    Raises:
        ValueError: JSON has no such number, or it is no text.
    """
    return _written(value).encode()


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("it names something twice")
    return found


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no number")


def _written(value: object) -> str:
    if isinstance(value, str) or value is None or value is True or value is False:
        return _quoted(value)
    if isinstance(value, dict):
        names = sorted(value) if "".join(value).isascii() else sorted(value, key=_utf16)
        return "{" + ",".join([f"{_quoted(name)}:{_written(value[name])}" for name in names]) + "}"
    if isinstance(value, list):
        return "[" + ",".join([_written(each) for each in value]) + "]"
    if isinstance(value, int) and abs(value) <= _EXACT:
        return str(value)
    if isinstance(value, int | float) and abs(value) <= _LARGEST:
        return _fraction(float(value))
    raise ValueError("it has a number that JSON has not")


def _utf16(name: str) -> bytes:
    return name.encode("utf-16-be")


def _fraction(value: float) -> str:
    """Write a number as ECMAScript does; the digits are the shortest that mean it, as Python's are."""
    if value == 0:
        return "0"
    mantissa, _, exponent = repr(abs(value)).partition("e")
    whole, _, behind = mantissa.partition(".")
    digits = (whole + behind).lstrip("0")
    point = len(digits) - len(behind) + int(exponent or 0)  # where it stands, counted from the first digit
    digits = digits.rstrip("0")
    if not _POINT_FROM < point <= _POINT_UNTIL:
        fraction = f".{digits[1:]}" if len(digits) > 1 else ""
        text = f"{digits[0]}{fraction}e{point - 1:+d}"
    elif point <= 0:
        text = f"0.{'0' * -point}{digits}"
    elif point >= len(digits):
        text = digits + "0" * (point - len(digits))
    else:
        text = f"{digits[:point]}.{digits[point:]}"
    return f"-{text}" if value < 0 else text
