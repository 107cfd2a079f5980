"""Archives made to harm whoever opens them: each is refused in words, before it is unpacked to much."""

import gzip
import io
import json
import tarfile
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.adapters.evidence_archive import HEADER_LENGTH, tar_header
from bot.adapters.evidence_bundle import sample_line
from bot.adapters.evidence_reader import read_bundle
from bot.adapters.stored_entry import StoredSample, digest_rows
from bot.domain.canonical import canonical
from bot.domain.value import JsonObject
from bot.errors import EvidenceBroken, UsageError
from bot.terminal.bundle_replay import replayed
from tests.support.evidence_room import Exports, Files, in_tar, kind_of, mended, rewritten, written

Pack = Callable[[Files], Path]


def refused(path: Path, *, most: int = 40_000_000) -> str:
    """Return why a bundle is refused, and see that little memory was used on it."""
    tracemalloc.start()
    try:
        with pytest.raises(EvidenceBroken) as broken:
            read_bundle(path)
        assert tracemalloc.get_traced_memory()[1] < most
    finally:
        tracemalloc.stop()
    return str(broken.value)


def renamed(files: Files, old: str, new: str) -> Files:
    """Return files of which one has another name, in the manifest too."""
    return mended({new if name == old else name: content for name, content in files.items()})


@pytest.mark.parametrize("name", ["../../.bashrc", "/etc/passwd", "entries.jsonl/../x", "ENTRIES.JSONL", "C:\\x", ""])
def test_no_name_is_taken_that_a_bundle_does_not_have(few_files: Files, pack: Pack, name: str) -> None:
    """Nothing is unpacked to a disk in any case; what the files are called is settled before one is read."""
    said = refused(pack(renamed(few_files, "entries.jsonl", name)))
    assert "its manifest.json does not name the files that there must be, in their order" in said


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.CHRTYPE, tarfile.XHDTYPE])
def test_only_plain_files_are_taken(exports: Exports, tmp_path: Path, kind: bytes) -> None:
    """No link, folder, device or extended header stands where a file should."""
    tar = in_tar(exports.one_day)
    info = tarfile.TarInfo("manifest.json")
    info.type, info.linkname = kind, "/etc/passwd"
    said = refused(written(tmp_path / "x.tar.gz", info.tobuf(tarfile.USTAR_FORMAT) + tar))
    assert "manifest.json does not follow where it should" in said or "not begin with its manifest.json" in said


@pytest.mark.parametrize(
    ("field", "value"),
    [("mode", 0o4755), ("uid", 1000), ("mtime", 1), ("uname", "root"), ("gname", "wheel"), ("size", 5)],
)
def test_a_header_of_the_tar_has_no_free_field(
    exports: Exports, tmp_path: Path, few_files: Files, field: str, value: object
) -> None:
    """Owner, time and rights are everybody's."""
    tar, size = in_tar(exports.one_day), len(few_files["entries.jsonl"])
    info = tarfile.TarInfo("entries.jsonl")
    info.size = size
    setattr(info, field, value)
    at = tar.index(tar_header("entries.jsonl", size))
    changed = tar[:at] + info.tobuf(tarfile.USTAR_FORMAT) + tar[at + 512 :]
    assert "entries.jsonl does not follow where it should" in refused(written(tmp_path / "x.tar.gz", changed))


def test_a_file_more_is_refused(few_files: Files, pack: Pack) -> None:
    """At the end, where tar would unpack it; also one that the manifest names."""
    said = refused(pack({**few_files, "more.txt": b"more"}))
    assert "it holds something that its manifest does not name" in said
    said = refused(pack(mended({**few_files, "more.txt": b"more"})))
    assert "does not name the files that there must be" in said


def test_what_stands_between_files_or_behind_them_is_refused(exports: Exports, tmp_path: Path) -> None:
    """In the padding, behind the two empty blocks, and in a gzip whose own checksum is wrong."""
    tar, path = in_tar(exports.one_day), tmp_path / "x.tar.gz"
    padded = tar.index(b"entries.jsonl\x00") - 1
    assert tar[padded] == 0
    said = refused(written(path, tar[:padded] + b"!" + tar[padded + 1 :]))
    assert "something stands behind the end of README.txt" in said
    for behind in (b"\x00", b"!", bytes(512)):
        assert "it does not end as it was written" in refused(written(path, tar + behind))
    assert "it does not end as it was written" in refused(written(path, tar, trailer=bytes(8)))
    assert "what is packed in it ends too early" in refused(written(path, tar[:-512]))
    assert "it cannot be unpacked" in refused(written(path, tar, packed=b"\xff\xff"))
    assert "what is packed in it ends too early" in refused(written(path, b"", packed=b"", trailer=b""))
    read_bundle(written(path, tar))


def test_an_archive_that_unpacks_without_end_is_refused(exports: Exports, tmp_path: Path) -> None:
    """Where its end should be, or instead of a manifest: not more of it is unpacked than is looked at."""
    tar, path = in_tar(exports.one_day), tmp_path / "bomb.tar.gz"
    assert "it does not end as it was written" in refused(written(path, tar + bytes(1 << 28)))
    large = tar_header("manifest.json", 1 << 32) + bytes(1 << 28)
    assert "its manifest.json would unpack to more than 8,388,608 bytes" in refused(written(path, large))
    assert path.stat().st_size < 1 << 21
    no_number = tar_header("manifest.json", 1).replace(b"00000000001", b"-0000000001")
    assert "its manifest.json would unpack to more than" in refused(written(path, no_number))


def test_a_manifest_that_announces_too_much_is_refused(few_files: Files, pack: Pack) -> None:
    """It is said before anything of it is unpacked."""
    manifest = json.loads(few_files["manifest.json"])
    manifest["files"][1]["size"] = 1 << 40
    said = refused(pack({**few_files, "manifest.json": f"{canonical(manifest)}\n".encode()}))
    assert "it would unpack to 1,099,5" in said
    assert "the most that is taken is 17,179,869,184 and 268,435,456" in said


@pytest.mark.parametrize(
    "line", [b"[" * 100_000, b'{"id":1,"at_us":1e400,"source":"bot","readings":"{}"}', b"x" * (1 << 25)]
)
def test_a_line_that_no_parser_should_see_is_refused(few_files: Files, pack: Pack, line: bytes) -> None:
    """Deeply nested, endlessly large or endlessly long."""
    name = next(name for name in few_files if name.startswith("samples/"))
    said = refused(pack(mended({**few_files, name: line + b"\n"})), most=200_000_000)
    assert f"{name} has a line that is no sample" in said or f"{name} has a line of more than 16,777,216 bytes" in said
    said = refused(pack(mended({**few_files, "entries.jsonl": line + b"\n"})), most=200_000_000)
    assert "entries.jsonl has a line" in said


def test_what_is_no_bundle_at_all_is_refused(tmp_path: Path, exports: Exports) -> None:
    """A tar.gz of somebody's, a text, a folder, nothing."""
    path = tmp_path / "x.tar.gz"
    with gzip.open(path, "wb") as file:
        file.write(in_tar(exports.one_day))
    assert "does not begin as a bundle of the form `burnin evidence 1` does" in refused(path)
    path.write_text("hello")
    assert "does not begin as a bundle" in refused(path)
    for missing in (tmp_path, tmp_path / "none"):
        with pytest.raises(UsageError, match="cannot be read"):
            read_bundle(missing)


def test_tar_and_gzip_take_a_bundle_as_it_is(exports: Exports) -> None:
    """It is an archive like any other to whoever has no burnin."""
    content = exports.one_day.read_bytes()
    assert content[10:HEADER_LENGTH].startswith(b"burnin evidence 1 sha256=")
    with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as archive:
        assert {member.mode for member in archive} == {0o644}
    assert len(in_tar(exports.one_day)) % 512 == 0
    assert exports.one_day.stat().st_size < len(in_tar(exports.one_day)) / 4


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("at_us", 1 << 70),
        ("source", "\x1b[2J"),
        ("readings", "[" * 10_000),
        ("readings", '{"leader":["gauge",[["",1e5,2]]]}'),
    ],
)
def test_a_sample_that_cannot_be_read_is_told(few_files: Files, pack: Pack, column: str, value: object) -> None:
    """Though a ledger that was rewritten seals it, and every hash and digest is in its place."""
    name = next(name for name in few_files if name.startswith("samples/"))
    rows = [StoredSample(**json.loads(line)) for line in few_files[name].splitlines()]
    rows[3] = rows[3]._replace(**{column: value})

    def sealed_anew(entry: JsonObject) -> JsonObject:
        body = entry["body"]
        if kind_of(entry) != "samples_sealed" or not isinstance(body, dict):
            return entry
        covered = [row for row in rows if int(str(body["first"])) <= row.id <= int(str(body["last"]))]
        return {**entry, "body": {**body, "digest": digest_rows(covered)}}

    path = pack(rewritten({**few_files, name: b"".join(map(sample_line, rows))}, sealed_anew))
    with pytest.raises(EvidenceBroken, match="a sample in it cannot be read"):
        replayed(path, (), None, key=None, policy_for=lambda _: None)
