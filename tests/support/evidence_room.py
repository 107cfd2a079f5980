"""A burn-in of every kind of day over any ledger, exported as evidence; and hands that change what was exported."""

import gzip
import io
import json
import tarfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

from bot.adapters.evidence_archive import Packing, gzip_header, gzip_trailer
from bot.adapters.evidence_reader import Bundle
from bot.adapters.signing_key import public_pem
from bot.certifying import countersign, issue
from bot.closing import close_day
from bot.configuration.ledger_address import LedgerAddress, SqliteAddress
from bot.domain.canonical import canonical
from bot.domain.day import Provenance
from bot.domain.entry import (
    AlertsMeasured,
    BotStarted,
    Draft,
    DrillMeasured,
    FlattenMeasured,
    ReconcileMeasured,
    SelfTested,
    SessionEnded,
    SessionOpened,
)
from bot.domain.people import BOT, INSIDE, Role
from bot.domain.sample import Source
from bot.domain.standing import SigningKeySet
from bot.domain.value import JsonObject
from bot.factory import open_ledger
from bot.filling import fill_holes
from bot.services.lapse import lapse_forgotten
from bot.terminal.evidence_commands import export_days
from tests.support.certified import BUILD_ID, DAYS, RULES, OwnKey, cleared_room, live_day, on_day
from tests.support.evidence import (
    clean_alerts,
    clean_drill,
    clean_flatten,
    clean_looks,
    clean_reconcile,
    clean_samples,
    clean_self_test,
)
from tests.support.fakes import ASHA, IN_CHANNEL, World
from tests.support.void_room import BEN

Files = dict[str, bytes]


@dataclass(frozen=True)
class Exports:
    """What was exported: every day in one bundle, one day in another, signed; and the ledger that it came from."""

    ledger: SqliteAddress
    key: Path  # public
    signer: OwnKey
    all_days: Path
    one_day: Path


async def burnt_in(address: LedgerAddress, key: OwnKey) -> World:
    """Return a desk after three PASS days, certified, then a FAIL, a void, a blind, a filled and a lapsed one."""
    room = await cleared_room(await open_ledger(address), key=key)
    await set_key(room, key)
    await issue(room.desk, room.trader_desk, ASHA, IN_CHANNEL)
    await countersign(room.desk, room.trader_desk, OwnKey(), BEN, IN_CHANNEL)
    await live_day(room, 3, leader=0.0)
    await of_another(room)
    await live_day(room, 4)
    await made_void(room, 4)
    await live_day_unseen(room, 5)
    await live_day_unseen(room, 6, filled=True)
    await of_another(room)
    await live_day_unseen(room, 7, closed=False)
    await room.clock.advance((DAYS[8].opens - room.clock.now()).total_seconds())
    await lapse_forgotten(room.desk, room.trader_desk, DAYS[8])
    return room


async def set_key(room: World, key: OwnKey) -> None:
    """Record which key the bot signs with, as `burnin keys init` does."""
    body = SigningKeySet(keyid=key.public.keyid, public_key=public_pem(key.public))
    await room.desk.ledger.append(Draft(at=room.clock.now(), body=body, actor=ASHA, origin=INSIDE))


async def of_another(room: World) -> None:
    """Append an entry of another trader, and one of nobody."""
    at = room.clock.now()
    session = SessionEnded(session=DAYS[3])
    await room.desk.ledger.append(
        Draft(at=at, body=session, actor=BOT, origin=INSIDE, trader="xau", day=DAYS[3].date),
        Draft(at=at, body=BotStarted(version="0.1.0", host="desk", pid=1), actor=BOT, origin=INSIDE),
    )


async def made_void(room: World, day: int) -> None:
    """Have one person ask that a day be void, and another approve."""
    await room.ask(f"void {DAYS[day].date} --reason an outage")
    (asked,) = await room.desk.ledger.entries(kinds=("void_requested",))
    number = asked.body.request  # type: ignore[union-attr]
    assert (await room.ask(f"approve {number}", actor=BEN, role=Role.APPROVER)).outcome == "done"


async def live_day_unseen(room: World, day: int, *, filled: bool = False, closed: bool = True) -> None:
    """Let a day pass of which the bot did not see 20 s; perhaps Prometheus did."""
    session, policy = DAYS[day], room.trader_desk.policy
    await room.clock.advance((session.opens - room.clock.now()).total_seconds())
    samples = clean_samples(session, policy, seed=day)
    room.history.kept = [replace(sample, source=Source.PROMETHEUS) for sample in samples] if filled else []
    del samples[20:40]
    seen = Provenance(build=BUILD_ID, policy=policy.digest, rules=RULES)
    await on_day(room, day, SessionOpened(session=session, number=1, required=3, provenance=seen))
    await room.desk.ledger.store_samples("orb", session.date, samples[:30])
    await room.desk.ledger.seal_samples(room.clock.now(), "orb", session.date)
    await room.desk.ledger.store_samples("orb", session.date, [*samples[30:], *clean_looks(session, policy)])
    await on_day(room, day, DrillMeasured(run=clean_drill(session, seconds=12)))
    await on_day(room, day, FlattenMeasured(timing=clean_flatten(session, seconds=15)))
    await on_day(room, day, SessionEnded(session=session))
    await room.clock.advance((session.closes + timedelta(minutes=1) - room.clock.now()).total_seconds())
    if not closed:
        return
    await fill_holes(room.desk, room.trader_desk, session, session.closes)
    await on_day(room, day, ReconcileMeasured(run=clean_reconcile(session)))
    await on_day(room, day, AlertsMeasured(history=clean_alerts().model_copy(update={"rules_digest": RULES})))
    await on_day(room, day, SelfTested(run=clean_self_test(session.opens)))
    await room.desk.ledger.seal_samples(room.clock.now(), "orb", session.date)
    closing = await close_day(room.desk, room.trader_desk, session, ASHA, IN_CHANNEL)
    await room.desk.ledger.append(*closing.drafts)


async def exported(room: World, address: LedgerAddress, out: Path, *words: str) -> Bundle:
    """Export days (all, unless named) to a file."""
    _, bundle = await export_days(room.desk, room.trader_desk, address, words or ("all",), out)
    return bundle


def unpacked(path: Path) -> Files:
    """Return the files of a bundle as tar finds them, in order."""
    with tarfile.open(path) as archive:
        return {member.name: archive.extractfile(member).read() for member in archive}  # type: ignore[union-attr]


def packed(files: Files, path: Path) -> Path:
    """Write a bundle of any files, with a header that is right."""
    with path.open("wb") as file:
        packing = Packing(file)
        for name, content in files.items():
            packing.put(name, len(content), [content])
        packing.finish()
    return path


def mended(files: Files) -> Files:
    """Return files with a manifest that has their sizes and digests, and nothing else changed in it; not signed."""
    manifest = json.loads(files["manifest.json"])
    names = [name for name in files if not name.startswith("manifest")]
    manifest["files"] = [
        {"name": name, "size": len(files[name]), "sha256": sha256(files[name]).hexdigest()} for name in names
    ]
    return {"manifest.json": f"{canonical(manifest)}\n".encode(), **{name: files[name] for name in names}}


def rehashed(line: bytes) -> bytes:
    """Return an entry's line with the hash that its content gives now."""
    content = line[: -len(',"hash":""}\n') - 64] + b"}"
    return content[:-1] + f',"hash":"{sha256(content).hexdigest()}"}}\n'.encode()


def in_tar(path: Path) -> bytes:
    """Return the tar that a bundle holds."""
    return gzip.GzipFile(fileobj=io.BytesIO(path.read_bytes())).read()


def deflated(content: bytes) -> bytes:
    """Return content as a gzip has it, without its header and trailer."""
    deflate = zlib.compressobj(1, wbits=-zlib.MAX_WBITS)
    return deflate.compress(content) + deflate.flush()


def written(path: Path, tar: bytes, *, packed: bytes | None = None, trailer: bytes | None = None) -> Path:
    """Write any tar as a bundle whose header is right, and perhaps nothing else."""
    rest = deflated(tar) if packed is None else packed
    rest += gzip_trailer(zlib.crc32(tar), len(tar)) if trailer is None else trailer
    path.write_bytes(gzip_header(sha256(rest).hexdigest()) + rest)
    return path


def object_in(line: bytes) -> JsonObject:
    """Return the JSON object of a line."""
    found: JsonObject = json.loads(line)
    return found


def as_entry(content: JsonObject) -> bytes:
    """Return an entry as a line with the hash that it says it has."""
    fields = {name: value for name, value in content.items() if name != "hash"}
    return f'{canonical(fields)[:-1]},"hash":"{content["hash"]}"}}\n'.encode()


def kind_of(entry: JsonObject) -> str:
    """Return an entry's kind."""
    body = entry["body"]
    assert isinstance(body, dict)
    return str(body["kind"])


def rewritten(files: Files, change: Callable[[JsonObject], JsonObject]) -> Files:
    """Return what a bundle of a rewritten ledger would be: entries changed, and every hash put in its place."""
    entries: list[JsonObject] = []
    for line in files["entries.jsonl"].splitlines():
        entry = change(object_in(line))
        if entries and entry["seq"] == int(str(entries[-1]["seq"])) + 1:
            entry["prev"] = entries[-1]["hash"]
        entries.append(object_in(rehashed(as_entry(entry))))
    forged = mended({**files, "entries.jsonl": b"".join(map(as_entry, entries))})
    places: list[JsonObject] = [{"seq": entry["seq"], "hash": entry["hash"]} for entry in entries]
    closes = [place for place, entry in zip(places, entries, strict=True) if kind_of(entry) == "day_closed"]
    manifest = json.loads(forged["manifest.json"])
    manifest["days"] = [{**day, "closed": close} for day, close in zip(manifest["days"], closes, strict=True)]
    manifest["head"] = places[-1]
    return {**forged, "manifest.json": f"{canonical(manifest)}\n".encode()}
