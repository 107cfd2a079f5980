"""Changes to what a bundle holds, packed again with a header that is right: each is named, and none gets through."""

import base64
import json
import random
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from pydantic import JsonValue

from bot.adapters.evidence_reader import read_bundle
from bot.adapters.stored_entry import StoredSample, digest_rows
from bot.domain.canonical import canonical
from bot.domain.value import JsonObject
from bot.errors import EvidenceBroken
from tests.support.certified import OwnKey
from tests.support.evidence_room import Exports, Files, as_entry, kind_of, mended, object_in, rehashed, rewritten

Pack = Callable[[Files], Path]
Where = tuple[str | int, ...]

FIELDS = 500  # changed one at a time
ENTRIES = "entries.jsonl"


def refused(path: Path, key: Path | None = None) -> str:
    """Return why a bundle is refused."""
    with pytest.raises(EvidenceBroken) as broken:
        read_bundle(path, key)
    assert broken.value.exit_code == 5
    return str(broken.value)


def leaves(value: JsonValue, at: Where = ()) -> Iterator[Where]:
    """Yield where each value stands in a JSON value that is no list and no object."""
    if isinstance(value, dict | list):
        for name, each in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(each, (*at, name))
    else:
        yield at


def changed(value: JsonValue, at: Where) -> JsonValue:
    """Return a JSON value with another one of the same type at a place."""
    if at and isinstance(value, dict):
        return {**value, str(at[0]): changed(value[str(at[0])], at[1:])}
    if at and isinstance(value, list):
        return [changed(each, at[1:]) if number == at[0] else each for number, each in enumerate(value)]
    match value:
        case bool():
            return not value
        case int() | float():
            return value + 1
        case str():
            return f"{value[:-1]}{'0' if value[-1:] != '0' else '1'}"
    return "x"


def numbers(files: Files) -> list[int]:
    """Return the numbers of the entries, in order."""
    return [int(str(object_in(line)["seq"])) for line in files[ENTRIES].splitlines()]


def some_fields(files: Files) -> list[tuple[int, Where]]:
    """Return places in entries, by line."""
    lines = [object_in(line) for line in files[ENTRIES].splitlines()]
    every = [(number, at) for number, line in enumerate(lines) for at in leaves(line)]
    return random.Random(6).sample(every, min(FIELDS, len(every)))  # noqa: S311 - repeatable, not secret


def with_field(files: Files, number: int, at: Where, *, rehash: bool = False) -> Files:
    """Return files with one field of an entry changed, and perhaps with the hash that it has then."""
    lines = files[ENTRIES].splitlines(keepends=True)
    other = changed(object_in(lines[number]), at)
    assert isinstance(other, dict)
    line = as_entry(other)
    lines[number] = rehashed(line) if rehash else line
    return {**files, ENTRIES: b"".join(lines)}


def test_a_field_of_an_entry_is_not_changed_unseen(few_files: Files, pack: Pack) -> None:
    """Any value of any entry, with the manifest as it was and with digests mended: its own hash tells."""
    held = numbers(few_files)
    for number, at in some_fields(few_files):
        other = with_field(few_files, number, at)
        named = f"entry {held[number] + (at == ('seq',))} was changed"
        assert ENTRIES in (said := refused(pack(other))) or named in said
        assert named in (said := refused(pack(mended(other)))) or "that is no entry" in said


def test_a_hash_that_was_mended_does_not_fit_the_chain(few_files: Files, exports: Exports, pack: Pack) -> None:
    """The next entry names the old one, a close and the head stand in the manifest; who signs is asked with --key."""
    held, seen = numbers(few_files), 0
    for number, at in some_fields(few_files):
        if at == ("hash",):
            continue  # that is what is mended
        other = mended(with_field(few_files, number, at, rehash=True))
        assert f"it is not signed, and so not by the key {exports.key}" in refused(pack(other), exports.key)
        if held[number] + 1 in held or held[number] == held[-1]:
            refused(pack(other))
            seen += 1
    assert seen > FIELDS / 3


def test_an_entry_is_missed(few_files: Files, exports: Exports, pack: Pack) -> None:
    """Whichever it is; also where every digest is mended."""
    lines = few_files[ENTRIES].splitlines(keepends=True)
    for number in range(len(lines)):
        other = {**few_files, ENTRIES: b"".join(lines[:number] + lines[number + 1 :])}
        assert "entries.jsonl" in refused(pack(other))
        assert f"holds {len(lines) - 1} entries, and not {len(lines)} as when it was written" in refused(
            pack(mended(other))
        )
        manifest = json.loads(mended(other)["manifest.json"])
        manifest["entries"] -= 1
        assert "its manifest is not the one that was signed" in refused(pack(with_manifest(few_files, manifest)))
        assert "is not signed" in refused(pack(mended(with_manifest(other, manifest))), exports.key)


def test_entries_stand_once_and_in_order(few_files: Files, pack: Pack) -> None:
    """Twice the same, or two the other way round."""
    lines = few_files[ENTRIES].splitlines(keepends=True)
    for other in ([lines[0], *lines], [lines[1], lines[0], *lines[2:]]):
        assert "stands behind entry" in refused(pack(mended({**few_files, ENTRIES: b"".join(other)})))


def test_an_entry_of_another_trader_has_no_place(few_files: Files, pack: Pack) -> None:
    """Even with a hash of its own that is right."""
    lines = few_files[ENTRIES].splitlines(keepends=True)
    number = next(n for n, seq in enumerate(numbers(few_files)) if seq + 1 not in numbers(few_files))
    lines[number] = rehashed(as_entry({**object_in(lines[number]), "trader": "xau"}))
    said = refused(pack(mended({**few_files, ENTRIES: b"".join(lines)})))
    assert "is of 'xau', and the bundle of orb" in said


def test_a_field_of_a_sample_is_not_changed_unseen(few_files: Files, pack: Pack) -> None:
    """Every column of many rows, and each reading in one."""
    (name,) = (name for name in few_files if name.startswith("samples/"))
    rows = [object_in(line) for line in few_files[name].splitlines()]
    for number, row in enumerate(rows[::4]):
        for other in ({**row, field: changed(value, ())} for field, value in row.items()):
            lines = [*rows[: 4 * number], other, *rows[4 * number + 1 :]]
            said = refused(pack(mended({**few_files, name: as_lines(lines)})))
            assert "are not those that entry" in said or "in the order of their numbers" in said
    readings = json.loads(str(rows[3]["readings"]))
    for at in leaves(readings):
        again = json.dumps(changed(readings, at), separators=(",", ":"))
        lines = [*rows[:3], {**rows[3], "readings": again}, *rows[4:]]
        assert "are not those that entry" in refused(pack(mended({**few_files, name: as_lines(lines)})))


def as_lines(rows: Sequence[JsonObject]) -> bytes:
    """Return samples as lines."""
    return b"".join(f"{json.dumps(row, separators=(',', ':'), ensure_ascii=False)}\n".encode() for row in rows)


def test_samples_are_missed_and_none_is_added(few_files: Files, pack: Pack) -> None:
    """The first, the last, one between; one twice, and one that no seal covers."""
    (name,) = (name for name in few_files if name.startswith("samples/"))
    lines = few_files[name].splitlines(keepends=True)
    for number in (0, 40, len(lines) - 1):
        less = lines[:number] + lines[number + 1 :]
        said = refused(pack(mended({**few_files, name: b"".join(less)})))
        assert f"{name} holds 79 samples, and not 80 as when it was written" in said
    said = refused(pack(mended({**few_files, name: b"".join([*lines[:-1], lines[-2]])})))
    assert f"{name} does not hold each sample once" in said
    assert f"{name} breaks off in a line" in refused(pack(mended({**few_files, name: few_files[name][:-1]})))


def test_two_days_are_not_exchanged(files: Files, pack: Pack) -> None:
    """The entries seal the samples of their own day."""
    one, other = sorted(name for name in files if name.startswith("samples/"))[:2]
    swapped = {**files, one: files[other], other: files[one]}
    assert f"{one} does not follow where it should" in refused(pack(swapped)) or one in refused(pack(swapped))
    said = refused(pack(mended(swapped)))
    assert re.search(rf"{one}: the samples \d+ to \d+ are not those that entry \d+ seals", said)


@pytest.mark.parametrize("rehash", [False, True])
def test_samples_and_their_seal_are_not_changed_together(few_files: Files, pack: Pack, rehash: bool) -> None:
    """The chain tells: by the seal's own hash, and where that is mended by the entry after it."""
    (name,) = (name for name in few_files if name.startswith("samples/"))
    lines = few_files[ENTRIES].splitlines(keepends=True)
    rows = [StoredSample(**json.loads(line)) for line in few_files[name].splitlines()]
    number = next(n for n, line in enumerate(lines) if b'"kind":"samples_sealed"' in line)
    seal = json.loads(lines[number])
    rows[7] = rows[7]._replace(readings=rows[7].readings.replace("1.0", "0.0"))
    seal["body"]["digest"] = digest_rows(rows[: seal["body"]["count"]])
    line = as_entry(seal)
    lines[number] = rehashed(line) if rehash else line
    other = {**few_files, ENTRIES: b"".join(lines), name: as_lines([row._asdict() for row in rows])}
    said = refused(pack(mended(other)))
    expected = (
        f"entry {seal['seq'] + 1} does not follow the entry before it"
        if rehash
        else f"entry {seal['seq']} was changed after it was written"
    )
    assert expected in said


def with_manifest(files: Files, manifest: JsonObject) -> Files:
    """Return files with another manifest, and a signature that is still there."""
    return {**files, "manifest.json": f"{canonical(manifest)}\n".encode()}


def test_a_field_of_the_manifest_is_not_changed_unseen(files: Files, exports: Exports, pack: Pack) -> None:
    """Each value: the signature is over all of them. Without one, numbers, hashes and digests still are held to."""
    manifest = object_in(files["manifest.json"])
    for at in leaves(manifest):
        other = changed(manifest, at)
        assert isinstance(other, dict)
        said = refused(pack(with_manifest(files, other)))
        assert "its manifest" in said or at[0] == "files", at
        unsigned = {name: content for name, content in with_manifest(files, other).items() if "dsse" not in name}
        assert "not signed" in (said := refused(pack(unsigned), exports.key)) or "its manifest.json" in said
        if at[0] not in ("created", "burnin"):  # of these nothing else in the bundle tells
            refused(pack(unsigned))


@pytest.mark.parametrize(
    "text",
    [b'{"format":"burnin evidence 1"}\n', b"[]\n", b"\xff\n", b"", b"{" * 100_000],
    ids=["empty", "list", "bytes", "nothing", "deep"],
)
def test_a_manifest_that_is_none_is_refused(files: Files, pack: Pack, text: bytes) -> None:
    """In words, whatever stands there."""
    assert "its manifest.json is none that this burnin knows" in refused(pack({**files, "manifest.json": text}))


def test_a_manifest_has_one_spelling(files: Files, pack: Pack) -> None:
    """Spaces, another order, and a key twice, of which readers may take either."""
    text = files["manifest.json"]
    for other in (text.replace(b":", b": ", 1), text[:-1], b'{"trader":"xau",' + text[1:]):
        said = refused(pack({**files, "manifest.json": other}))
        assert "its manifest.json is not written as burnin writes it" in said


def test_a_signature_is_not_changed_unseen(files: Files, exports: Exports, pack: Pack) -> None:
    """Each value of the envelope; with the key, and without it by the key that the ledger names."""
    envelope = object_in(files["manifest.dsse.json"])
    for at in leaves(envelope):
        other = {**files, "manifest.dsse.json": f"{canonical(changed(envelope, at))}\n".encode()}
        said = refused(pack(other), exports.key)
        assert "signed" in said or "signature" in said or "manifest.dsse.json is not as burnin writes it" in said
        if at[-1] != "keyid":
            refused(pack(other))
    spelled = files["manifest.dsse.json"].replace(b"==", b"=", 1)
    assert "manifest.dsse.json is not as burnin writes it" in refused(pack({**files, "manifest.dsse.json": spelled}))


async def test_somebody_elses_signature_is_not_the_bots(
    files: Files, exports: Exports, pack: Pack, tmp_path: Path
) -> None:
    """Over the same manifest, under the other's name or under the bot's."""
    other = OwnKey()
    payload = base64.b64decode(str(object_in(files["manifest.dsse.json"])["payload"]))
    envelope = await other.sign("application/vnd.burnin.evidence+json", payload)
    assert f"is not one by the key {exports.key}" in refused(pack(signed(files, envelope)), exports.key)
    envelope["signatures"][0]["keyid"] = exports.signer.public.keyid  # type: ignore[index, call-overload]
    assert "is not one by the key that entry" in refused(pack(signed(files, envelope)))
    envelope = await exports.signer.sign("application/vnd.in-toto+json", payload)
    assert "manifest.dsse.json is not as burnin writes it" in refused(pack(signed(files, envelope)), exports.key)
    twice = await exports.signer.sign("application/vnd.burnin.evidence+json", payload)
    assert read_bundle(pack(signed(files, twice)), exports.key).keyid == exports.signer.public.keyid


def signed(files: Files, envelope: JsonObject) -> Files:
    """Return files with another signature."""
    return {**files, "manifest.dsse.json": f"{canonical(envelope)}\n".encode()}


def test_a_certificate_is_that_of_the_entries(files: Files, pack: Pack) -> None:
    """A field of its file, a signature less, none at all, another name."""
    (name,) = (name for name in files if name.startswith("certificates/"))
    certificate = object_in(files[name])
    for at in leaves(certificate):
        other = {**files, name: f"{canonical(changed(certificate, at))}\n".encode()}
        assert f"{name} is not the certificate that the entries give" in refused(pack(mended(other)))
    without = {each: content for each, content in files.items() if each != name}
    assert "does not name the files that there must be" in refused(pack(mended(without)))


def test_a_certificate_names_the_days_of_the_bundle(files: Files, pack: Pack) -> None:
    """A ledger that was written anew behind a day, with every hash in its place, is not the certificate's any more."""

    def close_earlier(entry: JsonObject) -> JsonObject:
        return {**entry, "at": "2026-11-23T04:00:00Z"} if kind_of(entry) == "day_closed" else entry

    said = refused(pack(rewritten(files, close_earlier)))
    assert re.search(r"the certificate [0-9a-f]{64} names another 2026-11-23: another entry closed it", said), said


def test_what_is_packed_again_unchanged_is_taken(files: Files, pack: Pack) -> None:
    """Signed or not: nothing valid is refused, and these tests see changes where there are some."""
    assert read_bundle(pack(files)).manifest.trader == "orb"
    assert read_bundle(pack(mended(files))).keyid == ""
    lines = files[ENTRIES].splitlines(keepends=True)
    assert [as_entry(object_in(line)) for line in lines] == lines
    assert [*map(rehashed, lines)] == lines
    assert read_bundle(pack(rewritten(files, lambda entry: entry))).certified
