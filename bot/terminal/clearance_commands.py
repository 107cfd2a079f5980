"""`burnin clearance`: the certificate of a trader's clearance, as a pipeline and the people beside it need it."""

import json
import socket
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import click

from bot import certifying
from bot.desk import Desk, TraderDesk
from bot.domain.certificate import PAYLOAD_TYPE, digest_of
from bot.domain.issued import Certificate, file_of, signatures_in, with_signature
from bot.domain.people import Origin
from bot.domain.value import JsonObject
from bot.errors import ConfigurationError, Refused, UsageError
from bot.factory import open_desk
from bot.gate.envelope import envelope_in, payload_value
from bot.gate.outcome import Rejected
from bot.gate.statement import Clearance, clearance_in
from bot.ports import Signatory
from bot.terminal.front import Front, FrontCommand, front_of, json_option, print_json, run_async
from bot.terminal.user import terminal_user

_SCHEMA = Path(__file__).parents[2] / "config" / "clearance.v1.schema.json"  # in a checkout and in a wheel
_SHOWN = 16  # characters of a key's id

T = TypeVar("T")

_trader = click.option("--trader", "named", help="Which trader; needed where there are several.")
_out = click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True), help="Write it to FILE (- prints it)."
)


@click.group()
def clearance() -> None:
    """Issue, show, sign or verify the certificate of a clearance."""


@clearance.command(cls=FrontCommand, params=[json_option()])
@_trader
@front_of
def issue(front: Front, named: str | None) -> None:
    """Certify the clearance that stands, where the bot has not done it by itself.

    There is one certificate before the clearance is signed off and one after; a second call shows the same.
    """

    async def issued(desk: Desk, trader: TraderDesk) -> None:
        found, new = await certifying.issue(desk, trader, terminal_user(), _typed("clearance issue"))
        _tell(front, trader.name, found, desk.clock.now(), "Issued now." if new else "It was issued before.")

    _at_desk(front, named, issued)


@clearance.command(cls=FrontCommand, params=[json_option()])
@_trader
@_out
@front_of
def show(front: Front, named: str | None, out: Path | None) -> None:
    """Show the newest certificate, with every signature that the ledger holds."""

    async def shown(desk: Desk, trader: TraderDesk) -> None:
        found = await certifying.certificate_of(desk, trader)
        if out is not None:
            _write(out, file_of(found.envelope))
        if out != Path("-"):
            _tell(front, trader.name, found, desk.clock.now(), f"Written to {out}." if out else "")

    _at_desk(front, named, shown)


@clearance.command(cls=FrontCommand, params=[json_option()])
@click.argument("cert", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--key", required=True, help="Your own key: a PEM file, env:NAME, or a signer URI of securesystemslib.")
@click.option(
    "--public-key", type=click.Path(path_type=Path, dir_okay=False), help="Its public key, for a signer URI (PEM)."
)
@_trader
@front_of
def sign(front: Front, cert: Path | None, key: str, public_key: Path | None, named: str | None) -> None:
    """Add your own signature to a certificate: to the file CERT, or to the newest in the ledger.

    A gate with --threshold 2 asks for the bot's signature and yours. Sign the clearance off first: a certificate that
    is issued anew has none of the signatures of the one before. A passphrase stands in BURNIN_SIGNING_SECRET.
    """
    from bot.adapters.signing_key import SigningKey  # noqa: PLC0415 - only who signs needs securesystemslib

    own = SigningKey(key, public_key)

    async def recorded(desk: Desk, trader: TraderDesk) -> None:
        found, keyid = await certifying.countersign(desk, trader, own, terminal_user(), _typed("clearance sign"))
        _tell(front, trader.name, found, desk.clock.now(), f"Signed by {keyid}.")

    if cert is None:
        _at_desk(front, named, recorded)
        return
    told, keyid = run_async(_signed_in_place(cert, own))
    if front.json:
        print_json({"file": str(cert), "trader": told.trader, "build": told.build, "keyid": keyid})
        return
    without = f" without {', '.join(told.excluded)}" if told.excluded else ""
    what = f"{told.trader} ({told.environment}), build {told.build}, {told.passed}/{told.required} days{without}"
    click.echo(_shown(f"Signed {cert} by {keyid}: {what}, until {told.expires_at:%Y-%m-%d %H:%M:%S} UTC."))


@clearance.command(cls=FrontCommand)
@_trader
@_out
@front_of
def revocations(front: Front, named: str | None, out: Path | None) -> None:
    """Print the signed list of revoked certificates, for a gate that cannot ask the bot."""

    async def told(desk: Desk, trader: TraderDesk) -> None:
        _write(out or Path("-"), file_of(await certifying.revocations(desk, trader)))

    _at_desk(front, named, told)


@clearance.command(cls=FrontCommand)
def schema() -> None:
    """Print the JSON schema of a certificate's statement."""
    click.echo(_SCHEMA.read_text("utf-8"), nl=False)


@clearance.command(context_settings={"ignore_unknown_options": True}, add_help_option=False)
@click.argument("words", nargs=-1, type=click.UNPROCESSED)
def verify(words: tuple[str, ...]) -> None:
    """Tell a pipeline whether a certificate holds: exit code 0 only where it does.

    `burnin clearance verify` alone takes a shorter way, and comes here only behind a global option.
    """
    from bot.gate.main import main as gate  # noqa: PLC0415 - it shares nothing with the rest

    raise SystemExit(gate(words))


def _at_desk(front: Front, named: str | None, work: Callable[[Desk, TraderDesk], Awaitable[T]]) -> T:
    settings = front.settings()

    async def done() -> T:
        async with open_desk(settings) as desk:
            return await work(desk, desk.trader(named))

    return run_async(done())


def _typed(line: str) -> Origin:
    return Origin(surface="cli", team=socket.gethostname(), raw=line)


def _write(out: Path, content: bytes) -> None:
    if out == Path("-"):
        click.echo(content, nl=False)
        return
    try:
        draft = out.with_name(f"{out.name}.new")  # whoever reads it meanwhile reads a whole one
        draft.write_bytes(content)
        draft.replace(out)
    except OSError as error:
        raise ConfigurationError(f"{out} cannot be written: {error.strerror}.") from error


async def _signed_in_place(cert: Path, own: Signatory) -> tuple[Clearance, str]:
    """Sign a certificate's file, and return what it states and the id of the key that signed."""
    content, told, payload = _read(cert)
    ((keyid, signature),) = signatures_in(await own.sign(PAYLOAD_TYPE, payload))
    envelope = json.loads(content)
    if keyid in dict(signatures_in(envelope)):
        raise Refused("signed_already", f"The key {keyid} has signed {cert} before.")
    _write(cert, file_of(with_signature(envelope, keyid, signature)))
    return told, keyid


def _read(cert: Path) -> tuple[bytes, Clearance, bytes]:
    """Return a certificate's file, what it states, and what is signed, as a gate reads it.

    Nobody should sign anything else, nor what another reader might take for something else.
    """
    try:
        content = cert.read_bytes()
        envelope = envelope_in(content, str(cert), PAYLOAD_TYPE)
        return content, clearance_in(payload_value(envelope, str(cert))), envelope.payload
    except OSError as error:
        raise UsageError(f"{cert} cannot be read: {error.strerror}.") from error
    except Rejected as error:
        words = f"{cert} is no certificate of a clearance: {error}. `burnin clearance show --out FILE` writes one."
        raise UsageError(words) from error


def _shown(text: str) -> str:
    """Return words of a file that anybody may have written, so that they move no cursor."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def _tell(front: Front, trader: str, found: Certificate, now: datetime, done: str) -> None:
    told = _as_json(trader, found, now)
    if front.json:
        print_json(told)
        return
    if done:
        click.echo(done)
    why = f", since {found.revoked.at:%Y-%m-%d %H:%M} UTC: {found.revoked.why}" if found.revoked else ""
    click.echo(f"The certificate of {trader}'s clearance is {found.state(now)}{why}.")
    lines = {
        "digest": found.digest,
        "build": told["build"],
        "issued": f"{found.at:%Y-%m-%d %H:%M:%S} UTC",
        "expires": f"{found.expires_at:%Y-%m-%d %H:%M:%S} UTC",
        "signed by": ", ".join(keyid[:_SHOWN] for keyid, _ in found.signatures),
    }
    for name, text in lines.items():
        click.echo(f"{name:<10} {text}")


def _as_json(trader: str, found: Certificate, now: datetime) -> JsonObject:
    statement = json.loads(found.payload)
    return {
        "trader": trader,
        "digest": digest_of(found.payload),
        "state": found.state(now),
        "why": found.revoked.why if found.revoked else "",
        "build": statement["predicate"]["build"],
        "issued_at": statement["predicate"]["issuedAt"],
        "expires_at": statement["predicate"]["expiresAt"],
        "keyids": [keyid for keyid, _ in found.signatures],
        "envelope": found.envelope,
    }
