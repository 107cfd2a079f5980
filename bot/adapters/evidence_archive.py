"""A tar in a gzip of which no bit is free: what a reader accepts is what a writer writes, and nothing else.

The gzip header is fixed but for its comment, which holds the SHA-256 of every byte after it. Nothing is unpacked to a
disk, and how much a part unpacks to is known, and bounded, before it is read.
"""

import struct
import zlib
from collections.abc import Iterable, Iterator
from hashlib import sha256
from tarfile import USTAR_FORMAT, TarInfo
from typing import BinaryIO, Final

from bot.errors import EvidenceBroken

FORMAT: Final = "burnin evidence 1"
HEADER_LENGTH: Final = 100
NOT_KNOWN_YET: Final = "0" * 64

_MAGIC: Final = b"\x1f\x8b\x08\x10\x00\x00\x00\x00\x00\xff"  # deflate, with a comment; no time, no system
_COMMENT: Final = f"{FORMAT} sha256=".encode()
_BLOCK: Final = 512  # of a tar
_END: Final = bytes(2 * _BLOCK)
_NAME: Final = slice(0, 100)  # where a tar's header has a file's name
_SIZE: Final = slice(124, 135)  # and its size, in octal
_CHUNK: Final = 1 << 18  # bytes
_LONGEST_LINE: Final = 1 << 24


def gzip_header(digest: str) -> bytes:
    """Return an archive's first bytes; `digest` is the SHA-256 (hex) of all others."""
    return _MAGIC + _COMMENT + digest.encode() + b"\x00"


def gzip_trailer(crc: int, size: int) -> bytes:
    """Return an archive's last bytes: the CRC-32 and the length of what is packed."""
    return struct.pack("<II", crc, size & 0xFFFFFFFF)


def tar_header(name: str, size: int) -> bytes:
    """Return the block before a file: the same for everybody, at any time."""
    info = TarInfo(name)
    info.size = size
    return info.tobuf(USTAR_FORMAT, "ascii", "strict")


class Packing:
    """Writes an archive to a file that can be sought in."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._deflate = zlib.compressobj(wbits=-zlib.MAX_WBITS)
        self._digest, self._crc, self._size = sha256(), 0, 0
        file.write(gzip_header(NOT_KNOWN_YET))

    def put(self, name: str, size: int, parts: Iterable[bytes]) -> None:
        """Add a file of so many bytes."""
        self._pack(tar_header(name, size))
        for part in parts:
            self._pack(part)
        self._pack(bytes(-size % _BLOCK))

    def finish(self) -> None:
        """Write what ends a tar and a gzip, and the digest into the header."""
        self._pack(_END)
        self._write(self._deflate.flush())
        self._write(gzip_trailer(self._crc, self._size))
        self._file.seek(0)
        self._file.write(gzip_header(self._digest.hexdigest()))

    def _pack(self, content: bytes) -> None:
        self._crc = zlib.crc32(content, self._crc)
        self._size += len(content)
        self._write(self._deflate.compress(content))

    def _write(self, packed: bytes) -> None:
        self._digest.update(packed)
        self._file.write(packed)


class Unpacking:
    """Reads an archive, once every byte of it is seen to be what its header says.

    Every method raises `EvidenceBroken`, with what is wrong in a few words, where something is not as it is written.
    """

    def __init__(self, file: BinaryIO) -> None:
        _check_bytes(file)
        self._file = file
        self._inflate = zlib.decompressobj(-zlib.MAX_WBITS)
        self._crc, self._size = 0, 0
        self._header = b""

    def whole(self, name: str, most: int) -> bytes | None:
        """Return the next file of at most so many bytes, or None where it has another name."""
        header = self._next_header()
        if header[_NAME].rstrip(b"\x00") != name.encode():
            return None
        digits = header[_SIZE]
        size = int(digits, 8) if digits.isdigit() and not {*digits} & {*b"89"} else most + 1
        if size > most:
            raise EvidenceBroken(f"its {name} would unpack to more than {most:,} bytes")
        return b"".join(self._content(name, size))

    def lines(self, name: str, size: int, digest: str) -> Iterator[bytes]:
        """Yield the lines of the next file, which is of this name, size and SHA-256 (hex).

        That the digest is right is known only once the last line was taken.
        """
        found, rest = sha256(), b""
        for part in self._content(name, size):
            found.update(part)
            *whole, rest = (rest + part).split(b"\n")
            for line in whole:
                yield line + b"\n"
            if len(rest) > _LONGEST_LINE:
                raise EvidenceBroken(f"{name} has a line of more than {_LONGEST_LINE:,} bytes")
        if found.hexdigest() != digest:
            raise EvidenceBroken(f"{name} is not the file that the manifest names: its SHA-256 is another")
        if rest:
            raise EvidenceBroken(f"{name} breaks off in a line")

    def finish(self) -> None:
        """Make sure that nothing else follows."""
        if self._next_header() + self._read(_BLOCK) != _END:
            raise EvidenceBroken("it holds something that its manifest does not name")
        rest = self._some(1) or self._inflate.unused_data + self._file.read(_BLOCK)
        if rest != gzip_trailer(self._crc, self._size):
            raise EvidenceBroken("it does not end as it was written")

    def _content(self, name: str, size: int) -> Iterator[bytes]:
        header, self._header = self._next_header(), b""
        if header != tar_header(name, size):
            raise EvidenceBroken(f"{name} does not follow where it should, with the size that it should have")
        for at in range(0, size, _CHUNK):
            yield self._read(min(_CHUNK, size - at))
        if any(self._read(-size % _BLOCK)):
            raise EvidenceBroken(f"something stands behind the end of {name}")

    def _next_header(self) -> bytes:
        self._header = self._header or self._read(_BLOCK)
        return self._header

    def _read(self, size: int) -> bytes:
        parts = []
        while size:
            part = self._some(size)
            if not part:
                raise EvidenceBroken("what is packed in it ends too early")
            parts.append(part)
            size -= len(part)
        return b"".join(parts)

    def _some(self, most: int) -> bytes:
        """Return up to so many bytes of what is packed; none at its end."""
        while not self._inflate.eof:
            packed = self._inflate.unconsumed_tail or self._file.read(_CHUNK)
            try:
                part = self._inflate.decompress(packed, most)
            except zlib.error as error:
                raise EvidenceBroken(f"it cannot be unpacked ({error})") from None
            if part:
                self._crc = zlib.crc32(part, self._crc)
                self._size += len(part)
                return part
            if not packed:
                break
        return b""


def _check_bytes(file: BinaryIO) -> None:
    header, found = file.read(HEADER_LENGTH), sha256()
    if header[:-1].rstrip(b"0123456789abcdef") + header[-1:] != gzip_header(""):
        raise EvidenceBroken(f"it does not begin as a bundle of the form `{FORMAT}` does")
    while part := file.read(_CHUNK):
        found.update(part)
    if header != gzip_header(found.hexdigest()):
        raise EvidenceBroken("its bytes do not give the digest in its header: some were changed, cut off or added")
    file.seek(HEADER_LENGTH)
