"""Reads the rows of tables from the pages of a SQLite file, whatever else of the file can still be read.

SQLite finds a row from the top of a tree down, so a damaged page hides all that stand below it. Each row names its
number itself, and each of the ledger's entries proves itself by its hash; they are found without the trees.
"""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

Row = tuple[int, list[object]]  # the row's number, and its columns
_MAGIC: Final = b"SQLite format 3\x00"
_USUAL: Final = 4096  # bytes a page, as SQLite makes them unless told otherwise
_LEAF: Final = 0x0D  # a page with rows of a table
_TRUNK: Final = 8  # bytes before the page numbers that a page of unused pages lists
_FRAME: Final = 24  # bytes before each page in the write-ahead log
_LOG: Final = 32  # bytes before the first of them
_INTEGERS: Final = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}  # bytes by serial type
_TEXTS: Final = 12  # serial types from here on are of blobs (even) and texts (odd)


class _Pages:
    """A file's pages by their numbers, each as it was committed last: perhaps in the write-ahead log."""

    def __init__(self, file: BinaryIO, log: BinaryIO | None) -> None:
        self._file, self._log = file, log
        head = file.read(100)
        told = int.from_bytes(head[16:18], "big") if head.startswith(_MAGIC) else 0
        self.size = {1: 65_536}.get(told, told) if told in {1, *(1 << bits for bits in range(9, 16))} else _USUAL
        self.usable = self.size - (head[20] if head.startswith(_MAGIC) else 0)
        self.count = file.seek(0, 2) // self.size
        self._logged = self._read_log(log) if log else {}
        self.count = max(self.count, *self._logged, 0)
        self.unused = self._unused(head)

    def page(self, number: int) -> bytes:
        """Return a page; fewer bytes where the file ends in it."""
        source, at = self._file, (number - 1) * self.size
        if self._log and number in self._logged:
            source, at = self._log, self._logged[number]
        source.seek(at)
        return source.read(self.size)

    def _read_log(self, log: BinaryIO) -> dict[int, int]:
        """Return where in the log each page's last committed form stands."""
        head = log.read(_LOG)
        committed: dict[int, int] = {}
        under_way: dict[int, int] = {}
        at = _LOG
        while len(frame := log.read(_FRAME)) == _FRAME and frame[8:16] == head[16:24]:
            number, ends = struct.unpack(">II", frame[:8])
            under_way[number] = at + _FRAME
            if ends:
                committed |= under_way
                under_way = {}
            at = log.seek(self.size, 1)
        return committed

    def _unused(self, head: bytes) -> set[int]:
        """Return the pages that hold nothing any more, though their rows can be read; as far as they are listed."""
        unused: set[int] = set()
        first = self.page(1)[:100] if self.count else head
        trunk = int.from_bytes(first[32:36], "big") if first.startswith(_MAGIC) else 0
        while 0 < trunk <= self.count and trunk not in unused:
            page = self.page(trunk)
            listed = min(int.from_bytes(page[4:8], "big"), (len(page) - _TRUNK) // 4)
            unused |= {trunk, *struct.unpack_from(f">{max(0, listed)}I", page, _TRUNK)}
            trunk = int.from_bytes(page[:4], "big")
        return unused


def rows_in(path: Path) -> Iterator[Row]:
    """Yield every row of every table that can be read.

    Raises:
        OSError: the file cannot be read at all.
    """
    log = Path(f"{path}-wal")
    with path.open("rb") as file:
        if not log.exists():
            yield from _rows(_Pages(file, None))
            return
        with log.open("rb") as logged:
            yield from _rows(_Pages(file, logged))


def _rows(pages: _Pages) -> Iterator[Row]:
    for number in range(1, pages.count + 1):
        page, at = pages.page(number), 100 if number == 1 else 0
        if number in pages.unused or len(page) < at + 8 or page[at] != _LEAF:
            continue
        (count,) = struct.unpack_from(">H", page, at + 3)
        for cell in range(min(count, (len(page) - at - 8) // 2)):
            (place,) = struct.unpack_from(">H", page, at + 8 + 2 * cell)
            try:
                yield _row(pages, page, place)
            except (IndexError, ValueError, struct.error):
                continue  # this one cannot be read


def _row(pages: _Pages, page: bytes, at: int) -> Row:
    length, at = _varint(page, at)
    number, at = _varint(page, at)
    most = pages.usable - 35
    least = (pages.usable - 12) * 32 // 255 - 23
    here = length if length <= most else least + (length - least) % (pages.usable - 4)
    here = here if here <= most else least
    content = page[at : at + here]
    if here < length:
        content += _rest(pages, int.from_bytes(page[at + here : at + here + 4], "big"), length - here)
    if len(content) != length:
        raise ValueError("cut off")
    return number - (1 << 64) if number >> 63 else number, _columns(content)


def _rest(pages: _Pages, number: int, length: int) -> bytes:
    """Return what of a row stands on pages of its own."""
    found, seen = bytearray(), set[int]()
    while len(found) < length and 0 < number <= pages.count and number not in seen:
        seen.add(number)
        page = pages.page(number)
        found += page[4 : pages.usable]
        number = int.from_bytes(page[:4], "big")
    return bytes(found[:length])


def _columns(content: bytes) -> list[object]:
    ends, at = _varint(content, 0)
    place, columns = ends, list[object]()
    while at < ends:
        kind, at = _varint(content, at)
        value, place = _value(content, kind, place)
        columns.append(value)
    return columns


def _value(content: bytes, kind: int, at: int) -> tuple[object, int]:
    if kind >= _TEXTS:
        length = (kind - _TEXTS) // 2
        told = content[at : at + length]
        return (told.decode(errors="surrogateescape") if kind % 2 else told), at + length
    if kind in _INTEGERS:
        length = _INTEGERS[kind]
        return int.from_bytes(content[at : at + length], "big", signed=True), at + length
    if kind == 7:  # noqa: PLR2004 - SQLite's serial type of a fraction
        return struct.unpack_from(">d", content, at)[0], at + 8
    return {8: 0, 9: 1}.get(kind), at


class _Varint(NamedTuple):
    value: int
    after: int


def _varint(content: bytes, at: int) -> _Varint:
    """Return the number that stands at a place, and the place behind it."""
    value = 0
    for step in range(8):
        value = value << 7 | content[at + step] & 0x7F
        if content[at + step] < 0x80:  # noqa: PLR2004 - the highest bit says that there is more
            return _Varint(value, at + step + 1)
    return _Varint(value << 8 | content[at + 8], at + 9)
