"""Values as a page quotes them: each names the ledger's entry, and the place in it, that it was read from.

On the page that is `data-entry`, the entry's number, and `data-at`, a JSON pointer (RFC 6901) into the entry.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from json import dumps
from typing import Final
from zoneinfo import ZoneInfo

from markupsafe import Markup
from pydantic import JsonValue

from bot.domain.entry import Entry

NOTHING: Final = Markup('<span class="none">-</span>')
_KEEP: Final = "\u00a0"  # a space at which no line is broken


@dataclass(frozen=True, slots=True)
class Cited:
    """A value of an entry, or a part of it: `cited["body"]["timing"]["low"]`. What is not there is None.

    `entry` is the entry's number, None of what is in no entry yet: the policy of a day that is not closed.
    """

    value: JsonValue
    entry: int | None
    zone: ZoneInfo
    pointer: str = ""

    @classmethod
    def of(cls, entry: Entry, zone: ZoneInfo) -> "Cited":
        """Return a whole entry; its times are shown in this zone."""
        return cls(entry.model_dump(mode="json"), entry.seq, zone)

    def __getitem__(self, key: str | int) -> "Cited":
        found: JsonValue = None
        if isinstance(self.value, dict):
            found = self.value.get(str(key))
        elif isinstance(self.value, list) and isinstance(key, int):
            found = self.value[key]
        step = str(key).replace("~", "~0").replace("/", "~1")
        return Cited(found, self.entry, self.zone, f"{self.pointer}/{step}")

    def __iter__(self) -> Iterator["Cited"]:
        """Go through the members of a list, or the values of an object."""
        keys = range(len(self.value)) if isinstance(self.value, list) else list(self.names)
        return (self[key] for key in keys)

    def __bool__(self) -> bool:
        return bool(self.value)

    @property
    def names(self) -> tuple[str, ...]:
        """The names in an object."""
        return tuple(self.value) if isinstance(self.value, dict) else ()

    @property
    def is_known(self) -> bool:
        """Whether there is anything."""
        return self.value is not None

    @property
    def text(self) -> str:
        """The value as it stands in the ledger."""
        return self.value if isinstance(self.value, str) else dumps(self.value, ensure_ascii=False)

    @property
    def where(self) -> Markup:
        """The attributes that say where it was read."""
        if self.entry is None:
            return Markup("")
        return Markup(' data-entry="{}" data-at="{}"').format(self.entry, self.pointer)

    @property
    def moment(self) -> datetime:
        """The instant that a text tells, in the zone."""
        return datetime.fromisoformat(str(self.value)).astimezone(self.zone)


def number(cited: Cited, unit: str = "") -> Markup:
    """Show a number to three decimals; NaN and infinities as Prometheus writes them, a dash where there is none."""
    if not cited.is_known:
        return NOTHING
    shown = rounded(cited.value) if isinstance(cited.value, int | float) else cited.text
    told = Markup('<data value="{}"{}>{}</data>').format(cited.text, cited.where, shown)
    return told + Markup("{}{}").format(_KEEP, unit) if unit else told


def rounded(value: float) -> str:
    """Return a number as a person reads it: thousands parted, at most three decimals, small ones by their digits."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int) or value.is_integer():
        return f"{int(value):,}"
    smallest = 0.001
    return f"{value:,.3f}".rstrip("0") if abs(value) >= smallest else f"{value:.3g}"


def clock(cited: Cited, form: str = "%H:%M:%S") -> Markup:
    """Show an instant by the exchange's clock."""
    if not cited.is_known:
        return NOTHING
    return Markup('<time datetime="{}"{}>{}</time>').format(cited.text, cited.where, f"{cited.moment:{form}}")


def words(cited: Cited) -> Markup:
    """Show a text as it stands in the ledger; whichever way it is written, it turns nothing else around."""
    if not cited.is_known or cited.value == "":
        return NOTHING
    return Markup("<bdi{}>{}</bdi>").format(cited.where, cited.text)


def digest(cited: Cited, most: int = 64) -> Markup:
    """Show a digest; a long one shortened, with all of it as its title."""
    if not cited:
        return NOTHING
    element = Markup('<code class="digest" title="{}"{}>{}</code>')
    return element.format(cited.text, cited.where, cited.text[:most])
