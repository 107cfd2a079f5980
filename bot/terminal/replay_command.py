"""`burnin replay` as it is typed: of the ledger that the configuration names, or of a bundle, which needs nothing."""

import os
from pathlib import Path

import click

from bot.domain.policy import Policy
from bot.errors import UsageError
from bot.terminal import replay as view
from bot.terminal.front import Front, FrontCommand, front_of, json_option, print_json, run_async

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command(cls=FrontCommand, params=[json_option()])
@click.argument("days", nargs=-1, metavar="DATE...")
@click.option("--trader", "named", help="Which trader; needed where there are several.")
@click.option("--policy", "policy_file", type=_FILE, help="Judge by this policy.")
@click.option("--bundle", type=_FILE, help="Judge what this bundle holds (burnin evidence export).")
@click.option("--key", type=_FILE, help="With --bundle: the public key (PEM) that must have signed it.")
@front_of
def replay(
    front: Front,
    *,
    days: tuple[str, ...],
    named: str | None,
    policy_file: Path | None,
    bundle: Path | None,
    key: Path | None,
) -> None:
    """Judge closed days (2026-11-20, yesterday, all) again and compare, byte for byte.

    \b
    The stored evidence is judged by the policy of its day, and compared with the recorded result: exit code 0 where
    every byte is the same, 1 where not. With --policy it is judged by another policy instead (a YAML file with
    `policy:`, or a whole configuration; what it leaves out has its default, whatever the day's policy said), and the
    exit code is that of the worst verdict.
    With --bundle it needs no configuration, no ledger and no network; every digest in the bundle is checked first, and
    a bundle that is damaged is exit code 5. Without a DATE it judges every day that the bundle holds.
    """
    if bundle is not None:
        raise SystemExit(_of_bundle(front, bundle, days, named, policy_file=policy_file, key=key))
    if key is not None:
        raise UsageError("--key says who signed a bundle: name the bundle with --bundle.")
    raise SystemExit(run_async(_of_ledger(front, days, named, policy_file)))


async def _of_ledger(front: Front, days: tuple[str, ...], named: str | None, policy_file: Path | None) -> int:
    from bot.factory import open_desk  # noqa: PLC0415 - a bundle has no use for a desk

    async with open_desk(front.settings()) as desk:
        trader = desk.trader(named)
        policy = _policy(policy_file, trader.name)
        found = await view.replayed_days(desk, trader, days, policy)
    if front.json:
        print_json(view.as_json(trader.name, found, policy))
    else:
        view.show(found, policy)
    return view.exit_code(found, policy)


def _of_bundle(
    front: Front, path: Path, days: tuple[str, ...], named: str | None, *, policy_file: Path | None, key: Path | None
) -> int:
    from bot.terminal import bundle_replay  # noqa: PLC0415 - a ledger has no use for it

    judged = bundle_replay.replayed(path, days, named, key=key, policy_for=lambda trader: _policy(policy_file, trader))
    if front.json:
        print_json(judged.as_json())
    else:
        judged.show()
    return view.exit_code(judged.days, judged.policy)


def _policy(file: Path | None, trader: str) -> Policy | None:
    from bot.settings import load_policy  # noqa: PLC0415 - only for another policy

    return load_policy(file, os.environ, trader) if file else None
