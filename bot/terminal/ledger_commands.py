"""`burnin ledger`: moves a ledger to another database, and saves what is intact of one that is damaged."""

import sys
from pathlib import Path

import click

from bot.adapters.verification import Read
from bot.configuration.ledger_address import ledger_address
from bot.logs import configure_logs
from bot.terminal import ledger_copy
from bot.terminal.front import Front, FrontCommand, front_of, json_option, print_json, run_async
from bot.terminal.ledger_export import Exported, export
from bot.terminal.stored_rows import with_rows


@click.group()
def ledger() -> None:
    """Move the ledger to another database, or save what is intact."""


@ledger.command("copy", cls=FrontCommand, params=[json_option()])
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
@front_of
def copy_ledger(front: Front, source: str, target: str) -> None:
    """Copy a ledger as it is stored, every hash with it, and verify the copy.

    \b
    FROM and TO are addresses as the key `ledger` has them: sqlite:///var/burnin.db, postgresql://user@host/database.
    No bot may run on either. TO is empty, or an earlier copy of FROM, which is gone on with.
    A password need not stand here: libpq takes PGPASSWORD, or ~/.pgpass.
    """
    configure_logs(front.log_format or "auto", "debug" if front.debug else "warning")
    try:
        addresses = ledger_address(source), ledger_address(target)
    except ValueError as error:
        raise click.UsageError(f"An address cannot be read: {error}.") from error
    copied = run_async(ledger_copy.copy_ledger(*addresses))
    if front.json:
        print_json(copied.as_json())
    else:
        ledger_copy.show(copied, *addresses)
    raise SystemExit(1 if copied.problem else 0)


@ledger.command("export", cls=FrontCommand, params=[json_option()])
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--intact", "only_intact", is_flag=True, help="Leave out what is not intact.")
@front_of
def export_ledger(front: Front, path: Path, only_intact: bool) -> None:
    """Write every entry and sample that can be read, one a line of JSON, and whether it is intact.

    \b
    It reads also a file that SQLite cannot read any more. FILE is compressed where its name ends in .gz, and never
    written over. An entry is intact where its hash is that of its content, and what follows it names that hash; a
    sample, where an intact entry has sealed it and all with it.
    """
    settings = front.settings()

    def exported(read: Read, damage: str) -> Exported:
        length = max((int(seq) for seq, _ in read("head")), default=0)
        with click.progressbar(length=length, label="Looking at each entry", file=sys.stderr) as bar:
            return export(read, damage, path, only_intact=only_intact, tell=bar.update)

    done = run_async(with_rows(settings.ledger, exported))
    if front.json:
        print_json(done.as_json())
        return
    if done.damage:
        click.echo(f"The ledger's file is damaged ({done.damage}); this is what can be read of it.")
    click.echo(f"Wrote {path}: {done.entries:,} entries, {done.intact:,} of them intact,")
    click.echo(
        f"and {done.samples:,} samples, {done.samples_intact:,} of them sealed by an intact entry and as they were."
    )
