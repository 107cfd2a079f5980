"""`burnin evidence`: takes closed days out of the ledger, in one file that proves them where there is no ledger."""

import asyncio
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import date
from hashlib import file_digest
from pathlib import Path

import click

from bot.adapters.evidence_bundle import PAYLOAD_TYPE, Manifest
from bot.adapters.evidence_reader import Bundle, read_bundle
from bot.adapters.evidence_writer import Spool, Wanted, gather, made_whole, write_bundle
from bot.configuration.ledger_address import LedgerAddress, SqliteAddress
from bot.desk import Desk, TraderDesk
from bot.domain.value import JsonObject
from bot.errors import LedgerBroken, NoSigningKey, UsageError
from bot.factory import open_desk
from bot.terminal.front import Front, FrontCommand, front_of, json_option, print_json, run_async
from bot.terminal.ledger_copy import open_stored
from bot.terminal.replay import closed_records


@click.group()
def evidence() -> None:
    """Export closed days with all that proves them."""


@evidence.command(cls=FrontCommand, params=[json_option()])
@click.argument("days", nargs=-1, metavar="DATE...")
@click.option("--trader", "named", help="Which trader; needed where there are several.")
@click.option("--out", type=click.Path(path_type=Path), help="The file to write (burnin-<trader>-<days>.tar.gz).")
@front_of
def export(front: Front, days: tuple[str, ...], named: str | None, out: Path | None) -> None:
    """Write closed days (2026-11-20, yesterday, all) into one file, for `burnin replay --bundle`.

    \b
    The file holds the days' entries and samples as they are stored, the trader's streak, clearances, certificates and
    void days, and a manifest with the digest of each, signed by the bot's key where there is one. It is verified before
    it has its name. A file that is there stays as it is (exit code 2); a ledger that does not verify exports nothing.
    """
    settings = front.settings()
    if isinstance(settings.ledger, SqliteAddress) and not settings.ledger.path.exists():
        raise LedgerBroken(f"There is no ledger at {settings.ledger.path.absolute()}. Look at the key `ledger`.")

    async def exported() -> tuple[Path, Bundle]:
        async with open_desk(settings) as desk:
            return await export_days(desk, desk.trader(named), settings.ledger, days, out)

    path, bundle = run_async(exported())
    told = _told(path, bundle)
    if front.json:
        print_json(told)
        return
    held = ", ".join(str(day.date) for day in bundle.manifest.days)
    signed = f"signed by {bundle.keyid[:12]}" if bundle.keyid else "not signed"
    click.echo(f"Wrote {path}: {bundle.manifest.trader}, {held}, {signed}, {told['size']:,} bytes.")
    click.echo(f"head {bundle.manifest.head.hash} @ {bundle.manifest.head.seq}\nsha256 {told['sha256']}")
    click.echo(f"Anybody may check it with `burnin replay --bundle {path.name}`.")


async def export_days(
    desk: Desk, trader: TraderDesk, address: LedgerAddress, words: Sequence[str], out: Path | None
) -> tuple[Path, Bundle]:
    """Write a bundle of closed days, and return its path and what is in it, read back.

    Args:
        desk: with the ledger and the signatory.
        trader: whose days.
        address: of the same ledger, for its rows as they are stored.
        words: the days: `2026-11-20`, `yesterday`, or `all`.
        out: the file to write; None for a name made of trader and days, in this folder.

    Raises:
        LedgerBroken: the ledger does not verify, or cannot be read.
        Refused: a day is not closed, or its samples are deleted.
        UsageError: a word is no day, the file is there already, or it cannot be written.
        EvidenceBroken: what was written cannot be read back.
    """
    records, head = await closed_records(desk, trader, words, "evidence export")
    days = [record.day for record in records]
    target = out or Path(f"burnin-{trader.name}-{_span(days)}.tar.gz")
    wanted = Wanted(trader.name, days, until=head.seq, created=desk.clock.now())

    def gathered(spool: Spool, tell: Callable[[date], None]) -> Manifest:
        with closing(open_stored(address)) as ledger:
            return gather(ledger, spool, wanted, tell)

    _refuse_existing(target)
    try:
        with Spool(target.parent) as spool, made_whole(target) as beside:
            with click.progressbar(length=len(days), label="Exporting", file=sys.stderr) as bar:
                manifest = await asyncio.to_thread(gathered, spool, lambda _: bar.update(1))
            signed = await _signed(desk, manifest)
            await asyncio.to_thread(write_bundle, spool, manifest, signed, beside)
            bundle = await asyncio.to_thread(read_bundle, beside)
            _refuse_existing(target)
    except OSError as error:
        raise UsageError(f"{target} cannot be written: {error.strerror or error}.") from error
    return target, bundle


def _refuse_existing(target: Path) -> None:
    if target.exists():
        raise UsageError(f"{target} is there already, and stays as it is. Name another file with --out.")


async def _signed(desk: Desk, manifest: Manifest) -> JsonObject | None:
    """Have the bot's key sign a manifest; without a key say so, for a bundle proves something without one, too."""
    if desk.signatory is None:
        return None
    try:
        return await desk.signatory.sign(PAYLOAD_TYPE, manifest.content)
    except NoSigningKey as missing:
        click.echo(f"The bundle is not signed. {missing}", err=True)
        return None


def _span(days: Sequence[date]) -> str:
    """Return what names days in a file's name."""
    return str(days[0]) if len(days) == 1 else f"{days[0]}--{days[-1]}"


def _told(path: Path, bundle: Bundle) -> JsonObject:
    with path.open("rb") as file:
        digest = file_digest(file, "sha256").hexdigest()
    return {
        "file": str(path),
        "trader": bundle.manifest.trader,
        "days": [day.to_json() for day in bundle.manifest.days],
        "head": bundle.manifest.head.to_json(),
        "keyid": bundle.keyid,
        "size": path.stat().st_size,
        "sha256": digest,
    }
