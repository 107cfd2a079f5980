"""SQL as `psql` and people write it: named parameters (`:opened`) turned into the driver's own, statements parted."""

import re
from collections.abc import Collection

_OPAQUE = re.compile(
    r"--[^\n]*"
    r"|(?<![\w$])[eE]'(?:[^'\\]|\\.|'')*'"  # escape strings first: a backslash hides their quote
    r"|'(?:[^']|'')*'"
    r'|"(?:[^"]|"")*"'
    r"|(?<![\w$])\$(?P<tag>(?:[^\W\d]\w*)?)\$.*?\$(?P=tag)\$"
    r"|::",
    re.DOTALL,
)
_COMMENT_EDGE = re.compile(r"/\*|\*/")
_COMMENTS = ("--", "/*")
_PARAMETER = re.compile(r":([^\W\d]\w*)")


def to_driver(text: str, names: Collection[str]) -> str:
    """Return a query with these named parameters in the driver's form and every `%` doubled, as it demands.

    Casts, literals, quoted names, comments and names that are none of the parameters stay as they are.
    """
    parts: list[str] = []
    place = 0
    while place < len(text):
        if parameter := _PARAMETER.match(text, place):
            known = parameter[1] in names
            parts.append(f"%({parameter[1]})s" if known else parameter[0])
            place = parameter.end()
            continue
        end = _end_of_opaque(text, place)
        parts.append(text[place:end].replace("%", "%%"))
        place = end
    return "".join(parts)


def statements(text: str) -> list[str]:
    """Return the statements of a script, without comments and without the semicolons between them."""
    found = [""]
    place = 0
    while place < len(text):
        end = _end_of_opaque(text, place)
        piece = text[place:end]
        if piece == ";":
            found.append("")
        else:
            found[-1] += " " if piece.startswith(_COMMENTS) else piece
        place = end
    return [statement.strip() for statement in found if statement.strip()]


def _end_of_opaque(text: str, place: int) -> int:
    if text.startswith("/*", place):
        return _end_of_comment(text, place)
    opaque = _OPAQUE.match(text, place)
    return opaque.end() if opaque else place + 1


def _end_of_comment(text: str, place: int) -> int:
    depth = 0
    for edge in _COMMENT_EDGE.finditer(text, place):  # PostgreSQL's comments nest
        depth += 1 if edge[0] == "/*" else -1
        if depth == 0:
            return edge.end()
    return len(text)
