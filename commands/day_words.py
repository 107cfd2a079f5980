"""The ways people write a day: 2026-11-20, today, yesterday, 20 Nov, monday. What could be two days is none."""

import re
from datetime import date, timedelta

BY_SESSION = ("today", "yesterday", "tomorrow")  # these name a session, so the calendar decides which day they are
_MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SHORTEST = 3  # letters of a month's or a weekday's name
_YEAR = 4  # digits
_COMPACT = 8  # digits of 20261120
_TEXT = re.compile(r"[a-z0-9][a-z0-9\s,./-]*")
_PART = re.compile(r"[a-z]+|\d+")
_ORDINAL = re.compile(r"(?<=\d)(st|nd|rd|th)\b")


def is_day(text: str) -> bool:
    """Tell whether a text is written as a day is, whichever day that may be."""
    try:
        return text.lower() in BY_SESSION or day_of(text, date(2026, 1, 1)) is not None
    except ValueError:
        return True


def day_of(text: str, today: date) -> date | None:
    """Return the day that a text names, None where it names none.

    Without a year it is the day nearest to today; a weekday is the last one, today included.

    Raises:
        ValueError: it could be two days, there is no such day, or its weekday is another.
    """
    plain = _ORDINAL.sub("", text.strip().lower())
    if not _TEXT.fullmatch(plain):
        return None
    parts = _PART.findall(plain)
    weekday = _place(parts[0], _WEEKDAYS)
    if weekday is not None and len(parts) == 1:
        return today - timedelta(days=(today.weekday() - weekday) % 7)
    if parts[0] == "last" and len(parts) == 2 and (weekday := _place(parts[1], _WEEKDAYS)) is not None:  # noqa: PLR2004
        return today - timedelta(days=(today.weekday() - weekday - 1) % 7 + 1)
    found = _date(parts[1:] if weekday is not None else parts, today)
    if found is not None and weekday not in (None, found.weekday()):
        raise ValueError(f"{found} is a {found:%A}; write {found}, or another day")
    return found


def _date(parts: list[str], today: date) -> date | None:
    """Return the date of numbers and a month's name, in one of the orders that people write."""
    kinds = "".join("n" if part.isdigit() else "m" if _place(part, _MONTHS) is not None else "?" for part in parts)
    match kinds:
        case "nm" | "nmn":
            return _real(_valid(parts[2:], _month(parts[1]), parts[0], today))
        case "mn" | "mnn":
            return _real(_valid(parts[2:], _month(parts[0]), parts[1], today))
        case "n" if len(parts[0]) == _COMPACT:
            return _valid([parts[0][:4]], int(parts[0][4:6]), parts[0][6:], today)
        case "nnn" if len(parts[0]) == _YEAR:
            return _real(_valid(parts[:1], int(parts[1]), parts[2], today))
        case "nnn" if not any(len(part) == _YEAR for part in parts):
            raise ValueError("write the year in full, as in 2026-11-20")
        case "nn" | "nnn":
            return _either(parts, today)
    return None


def _either(parts: list[str], today: date) -> date | None:
    """Return the date of two numbers, and maybe a year, that stand for day and month in one order only."""
    first, second, *year = parts
    orders = {_valid(year, int(second), first, today), _valid(year, int(first), second, today)} - {None}
    if len(orders) > 1:
        raise ValueError(f"it could be {' or '.join(sorted(map(str, orders)))}; write one of these")
    return next(iter(orders), None)


def _valid(year: list[str], month: int, day: str, today: date) -> date | None:
    """Return a date there is; without a year the one nearest to today."""
    if year and len(year[0]) != _YEAR:
        return None
    years = [int(year[0])] if year else [today.year, today.year - 1, today.year + 1]
    dates = [found for one in years if (found := _there_is(one, month, int(day)))]
    return min(dates, key=lambda found: abs(found - today), default=None)


def _real(found: date | None) -> date:
    if found is None:
        raise ValueError("there is no such day")
    return found


def _there_is(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except (ValueError, OverflowError):
        return None


def _month(name: str) -> int:
    place = _place(name, _MONTHS)
    return 0 if place is None else place + 1


def _place(word: str, names: tuple[str, ...]) -> int | None:
    """Return where in a list of names a word stands, also shortened."""
    if len(word) < _SHORTEST:
        return None
    return next((at for at, name in enumerate(names) if name.startswith(word)), None)
