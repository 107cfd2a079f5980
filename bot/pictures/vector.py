"""A picture as lines that stand in a page itself: sharp at every size, and in the page's own colours and letters."""

import re
from typing import Final

from bot.pictures import look

# What the page calls the colours: it has others for them in the dark.
_NAMES: Final = {
    look.INK: "ink",
    look.PAPER: "paper",
    look.FAINT: "line",
    look.GREY: "muted",
    look.BLUE: "blue",
    look.ORANGE: "orange",
    look.GREEN: "pass",
    look.RED: "red",
    look.PURPLE: "purple",
    look.DARK_RED: "fail",
}
_COLOURS: Final = {colour.lower(): f"var(--{name})" for colour, name in _NAMES.items()}
_WHOLE: Final = re.compile(r"<svg\b[^>]*?viewBox=\"([^\"]*)\"[^>]*>(.*)</svg>", re.DOTALL)
_UNWANTED: Final = re.compile(r"<metadata>.*?</metadata>|<style\b.*?</style>|<!--.*?-->", re.DOTALL)
_TAG: Final = re.compile(r"<[^>]*>")  # what is written between tags holds neither sign
_COLOUR: Final = re.compile("|".join(_COLOURS))
_GROUP: Final = re.compile(r'<g id="[^"]*"')
_LETTERS: Final = re.compile(r"font-family: [^;\"]*")
_PATH: Final = re.compile(r' d="[^"]*"')
_DIGITS: Final = re.compile(r"(?<=\.\d)\d+")


def in_page(svg: str, name: str) -> str:
    """Return what matplotlib wrote as an `<svg>` element for a page: of this class, with nothing that is not drawn.

    Its style sheet would hold for the whole page, and its groups have the same ids in every picture.

    Raises:
        ValueError: it is no picture of matplotlib's.
    """
    found = _WHOLE.search(svg)
    if found is None:
        raise ValueError("no <svg> with a viewBox was drawn")
    size, content = found.groups()
    drawn = _TAG.sub(lambda tag: _tag(tag[0]), _UNWANTED.sub("", content))
    return f'<svg class="{name}" viewBox="{size}" aria-hidden="true" focusable="false">{drawn.strip()}</svg>'


def _tag(tag: str) -> str:
    """Return a tag with the page's colours and letters, its path to a tenth of a point, its id only if it is used."""
    coloured = _COLOUR.sub(lambda colour: _COLOURS[colour[0]], tag)
    return _PATH.sub(lambda path: _path(path[0]), _LETTERS.sub("font-family: var(--sans)", _GROUP.sub("<g", coloured)))


def _path(path: str) -> str:
    name, numbers = path.split("=", 1)
    for command in "MLCQz":
        numbers = numbers.replace(f"{command} ", command).replace(f" \n{command}", command)
    return f"{name}={_DIGITS.sub('', numbers)}"
