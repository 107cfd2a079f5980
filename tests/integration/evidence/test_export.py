"""`burnin evidence export`: what a ledger gives away, from either database, and what it does not."""

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from bot.adapters.evidence_reader import read_bundle
from bot.configuration.ledger_address import LedgerAddress, PostgresAddress, SqliteAddress
from bot.desk import Desk
from bot.errors import BurninError, EvidenceBroken, LedgerBroken, Refused, UsageError
from bot.factory import open_ledger
from bot.ports import Signatory
from bot.terminal.bundle_replay import replayed
from bot.terminal.evidence_commands import export_days
from bot.terminal.ledger_copy import copy_ledger
from tests.support.certified import DAYS, OwnKey, certifying_room, no_key
from tests.support.evidence_room import Exports, object_in, unpacked


async def export(address: LedgerAddress, out: Path, *words: str, signer: Signatory | None = None) -> Path:
    """Export days of a ledger that is there."""
    ledger = await open_ledger(address)
    try:
        desk = desk_over(certifying_room(ledger).desk, signer)
        path, _ = await export_days(desk, desk.trader(None), address, words or ("all",), out)
    finally:
        await ledger.close()
    return path


def desk_over(desk: Desk, signer: Signatory | None) -> Desk:
    """Return a desk that signs with a key, or with none."""
    return replace(desk, signatory=signer)


def in_folder(folder: Path) -> list[Path]:
    """Return what is in a folder, hidden or not."""
    return [*folder.iterdir()]


@pytest.fixture
async def copied(exports: Exports, address: PostgresAddress) -> PostgresAddress:
    """The same ledger in PostgreSQL."""
    await copy_ledger(exports.ledger, address)
    return address


async def test_both_databases_give_the_same_bytes(exports: Exports, copied: PostgresAddress, tmp_path: Path) -> None:
    """And the same once more: but for the time and the signature, a bundle is its days."""
    signer = exports.signer
    here = [await export(exports.ledger, tmp_path / name, signer=signer) for name in ("a.tar.gz", "b.tar.gz")]
    there = await export(copied, tmp_path / "c.tar.gz", signer=signer)
    assert len({path.read_bytes() for path in (*here, there)}) == 1
    judged = replayed(there, (), None, key=exports.key, policy_for=lambda _: None)
    assert [day.identical for day in judged.days] == [True] * 8


async def test_every_kind_of_day_is_judged_as_it_was(exports: Exports) -> None:
    """PASS, FAIL, void, blind, filled by Prometheus, lapsed; signed, and certified where it was."""
    judged = replayed(exports.all_days, (), None, key=exports.key, policy_for=lambda _: None)
    assert all(day.identical for day in judged.days)
    told = [(str(day.recorded), day.record.lapsed, day.void) for day in judged.days]
    passed, blind = ("PASS", False, False), ("INCONCLUSIVE", False, False)
    failed, void, lapsed = ("FAIL", False, False), ("PASS", False, True), ("INCONCLUSIVE", True, False)
    assert told == [passed, passed, passed, failed, void, blind, passed, lapsed]
    (days,) = judged.bundle.certified.values()
    assert days == tuple(session.date for session in DAYS[:3])
    sources = {
        json.loads(line)["source"] for line in unpacked(exports.all_days)["samples/2026-11-29.jsonl"].splitlines()
    }
    assert sources == {"bot", "prometheus", "alerts"}


async def test_a_bundle_holds_its_days_and_where_the_trader_stands(exports: Exports) -> None:
    """The entries of the day; all of streak, clearance, certificates, void days and keys; nothing of another trader."""
    entries = [object_in(line) for line in unpacked(exports.one_day)["entries.jsonl"].splitlines()]
    own = [entry for entry in entries if entry["day"] == str(DAYS[5].date)]
    bundle = read_bundle(exports.one_day)
    assert [day.entries for day in bundle.manifest.days] == [len(own)]
    kinds = {entry.body.kind for entry in bundle.entries if entry.day != DAYS[5].date}
    assert {
        "streak_counted",
        "clearance_granted",
        "clearance_revoked",
        "certificate_issued",
        "certificate_signed",
        "day_voided",
        "signing_key_set",
    } <= kinds
    assert {entry["trader"] for entry in entries} == {"orb", None}
    assert "certificates/" + next(iter(bundle.certified)) + ".json" in unpacked(exports.one_day)


async def test_an_export_without_a_key_says_so(
    exports: Exports, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It proves as much as the ledger does; who asks for a signature is told that there is none."""
    signer = OwnKey()
    signer.broken.append(no_key())
    path = await export(exports.ledger, tmp_path / "b.tar.gz", "2026-11-23", signer=signer)
    assert "The bundle is not signed. There is no signing key. Make one with" in capsys.readouterr().err
    assert read_bundle(path).keyid == ""
    with pytest.raises(EvidenceBroken, match="it is not signed, and so not by the key"):
        read_bundle(path, exports.key)
    no_pem = tmp_path / "no.pub"
    no_pem.write_text("hello")
    for key, why in ((no_pem, "is not one public key in PEM"), (tmp_path / "none.pub", "cannot be read")):
        with pytest.raises(UsageError, match=why):
            read_bundle(path, key)


@pytest.mark.parametrize(
    ("words", "said", "code"),
    [
        (("2026-12-02",), "2026-12-02 is not closed", 4),
        (("someday",), "'someday' is no day", 2),
    ],
)
async def test_what_cannot_be_exported_is_refused(
    exports: Exports, tmp_path: Path, words: tuple[str, ...], said: str, code: int
) -> None:
    """No closed day, no day at all: nothing is written."""
    with pytest.raises(BurninError, match=said) as refused:
        await export(exports.ledger, tmp_path / "b.tar.gz", *words)
    assert refused.value.exit_code == code
    assert in_folder(tmp_path) == []


async def test_a_file_that_is_there_stays_as_it_is(exports: Exports, tmp_path: Path) -> None:
    """It is named, as is a folder that is not there; nothing half-written is left behind."""
    path = tmp_path / "b.tar.gz"
    path.write_text("mine")
    with pytest.raises(
        UsageError, match=r"b\.tar\.gz is there already, and stays as it is\. Name another file with --out"
    ):
        await export(exports.ledger, path)
    assert path.read_text() == "mine"
    with pytest.raises(UsageError, match=r"nowhere/b\.tar\.gz cannot be written: No such file or directory"):
        await export(exports.ledger, tmp_path / "nowhere" / "b.tar.gz")
    assert in_folder(tmp_path) == [path]


@pytest.fixture
def broken(exports: Exports, tmp_path: Path) -> SqliteAddress:
    """A copy of the ledger whose triggers are gone."""
    path = tmp_path / "broken.db"
    with closing(sqlite3.connect(exports.ledger.path)) as source, closing(sqlite3.connect(path)) as target:
        source.backup(target)
        for (trigger,) in target.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            target.execute(f"DROP TRIGGER {trigger}")
    return SqliteAddress(path=path)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE entries SET body = replace(body, 'PASS', 'FAIL') WHERE kind = 'day_closed'",
        "UPDATE samples SET readings = replace(readings, '1.0', '0.0') WHERE id = 3",
    ],
)
async def test_a_ledger_that_does_not_verify_exports_nothing(
    broken: SqliteAddress, tmp_path: Path, change: str
) -> None:
    """Its evidence is not what it was."""
    with closing(sqlite3.connect(broken.path, isolation_level=None)) as by_hand:
        by_hand.execute(change)
    with pytest.raises(LedgerBroken, match="The ledger does not verify at entry"):
        await export(broken, tmp_path / "b.tar.gz")
    assert not (tmp_path / "b.tar.gz").exists()


async def test_days_without_their_samples_are_left_out(
    broken: SqliteAddress, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Named, they are refused; of `all`, the others are exported."""
    ledger = await open_ledger(broken)
    room = certifying_room(ledger)
    await ledger.retire_samples(room.clock.now(), "orb", DAYS[0].date)
    await ledger.close()
    with pytest.raises(Refused, match=f"The samples of {DAYS[0].date} are older than policy.samples_kept and deleted"):
        await export(broken, tmp_path / "b.tar.gz", str(DAYS[0].date))
    await export(broken, tmp_path / "b.tar.gz")
    assert f"Days older than {DAYS[1].date} are left out" in capsys.readouterr().err
    assert [day.date for day in read_bundle(tmp_path / "b.tar.gz").manifest.days] == [each.date for each in DAYS[1:8]]


async def test_what_cannot_be_read_back_gets_no_name(
    exports: Exports, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that lies, for example: an export either proves its days or is not there."""

    def lost(path: Path) -> None:
        raise EvidenceBroken(f"{path} is damaged: a test")

    monkeypatch.setattr("bot.terminal.evidence_commands.read_bundle", lost)
    with pytest.raises(EvidenceBroken, match="a test"):
        await export(exports.ledger, tmp_path / "b.tar.gz")
    assert in_folder(tmp_path) == []


async def test_more_than_can_be_read_back_is_not_written(
    exports: Exports, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever reads a bundle takes so much and no more; it is said before it is written."""
    monkeypatch.setattr("bot.adapters.evidence_bundle._LARGEST_FILE", 30_000)
    with pytest.raises(Refused, match=r"the most that is taken is .* and 30,000\. Export fewer days at once"):
        await export(exports.ledger, tmp_path / "b.tar.gz")
    assert in_folder(tmp_path) == []
