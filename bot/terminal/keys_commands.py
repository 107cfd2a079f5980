"""`burnin keys`: makes, shows and rotates the key that signs clearance certificates.

A key's entry in the ledger is written before the key is put in its place. A kill between the two leaves the name of a
key there that never signs, and the command can be run again.
"""

from collections.abc import Awaitable, Callable
from pathlib import Path

import click

from bot.adapters.clock import SystemClock
from bot.adapters.key_file import kept_file, new_key, public_file
from bot.adapters.signing_key import is_file, loaded_signer, passphrase_of, public_pem
from bot.domain.entry import Draft
from bot.domain.people import Origin
from bot.domain.standing import SigningKeySet
from bot.domain.value import JsonObject
from bot.errors import DuplicateKey, Refused
from bot.factory import open_ledger
from bot.ports import Ledger
from bot.settings import SigningSettings
from bot.terminal.front import Front, FrontCommand, front_of, json_option, print_json, run_async
from bot.terminal.user import terminal_user

Told = tuple[JsonObject, str]  # for a program, and what was done in words


@click.group()
def keys() -> None:
    """Make, show or rotate the key that signs clearance certificates."""


@keys.command(cls=FrontCommand, params=[json_option()])
@front_of
def init(front: Front) -> None:
    """Make the signing key, and record it in the ledger.

    The key is the file that signing.key names (var/burnin.key), for its user only; FILE.pub beside it is for everybody
    who verifies. A key that is there already (a file of yours, env:NAME, a signer URI) is never replaced: it is
    recorded, where the ledger does not know it yet.

    The ledger comes first: while it cannot be written, nothing is made.
    """
    _at_the_ledger(front, _initialised)


@keys.command(cls=FrontCommand, params=[json_option()])
@front_of
def rotate(front: Front) -> None:
    """Put a new signing key in the place of the old one, and record it in the ledger.

    The old pair is kept as FILE.<first 8 characters of its key id>: what it signed verifies by its public key as
    before. The new one has the same passphrase, where there was one. A bot that runs signs with the new key from its
    next certificate on; every pipeline needs the new FILE.pub.

    The ledger comes first: while it cannot be written, nothing is changed.
    """
    _at_the_ledger(front, _rotated)


@keys.command(cls=FrontCommand, params=[json_option()])
@front_of
def show(front: Front) -> None:
    """Print the id and the public key (PEM) of the key that signs."""
    signing = front.settings().signing
    key = key_in(signing)
    if front.json:
        print_json({"key": signing.key, "keyid": key.keyid, "public_key": key.public_key})
    else:
        click.echo(f"key id {key.keyid}\n{key.public_key}", nl=False)


def key_in(signing: SigningSettings) -> SigningKeySet:
    """Return the key that is there, as the ledger would record the first one.

    Raises:
        NoSigningKey: there is none, or it cannot be used.
    """
    public = loaded_signer(signing.key, signing.public_key).public_key
    return SigningKeySet(keyid=public.keyid, public_key=public_pem(public))


async def recorded_key(ledger: Ledger) -> tuple[int, str]:
    """Return the number of the newest entry about a signing key, and the key's id; 0 and empty where there is none."""
    for entry in await ledger.entries(kinds=["signing_key_set"], newest=1):
        if isinstance(entry.body, SigningKeySet):
            return entry.seq, entry.body.keyid
    return 0, ""


def _at_the_ledger(front: Front, work: Callable[[SigningSettings, Ledger], Awaitable[Told]]) -> None:
    settings = front.settings()

    async def done() -> Told:
        ledger = await open_ledger(settings.ledger)
        try:
            return await work(settings.signing, ledger)
        finally:
            await ledger.close()

    told, words = run_async(done())
    if front.json:
        print_json(told)
    else:
        click.echo(
            f"{words}\nkey id {told['keyid']}, recorded as entry {told['entry']}\n{told['public_key']}", nl=False
        )


async def _initialised(signing: SigningSettings, ledger: Ledger) -> Told:
    place = Path(signing.key)
    if not is_file(signing.key) or place.exists():  # noqa: ASYNC240 - nothing else runs in this process
        return await _adopted(signing, ledger)
    if place.is_symlink():  # noqa: ASYNC240 - as above
        raise Refused("exists", f"{place} links to a key that is not there. Bring that back, or move the link away.")
    _is_free(public_file(place), f"without its key. Bring {place} back, or move it away")
    with new_key(place) as made:
        told = await _recorded(ledger, signing, key_in(SigningSettings(key=str(made.draft))))
        made.put()
    return told, f"Made {place}, and {public_file(place)} for everybody who verifies."


async def _adopted(signing: SigningSettings, ledger: Ledger) -> Told:
    key = key_in(signing)
    seq, keyid = await recorded_key(ledger)
    if keyid == key.keyid:
        hint = "keys rotate" if is_file(signing.key) else ""
        raise Refused("exists", f"{signing.key} is there, and recorded as entry {seq}: key id {keyid}.", hint=hint)
    return await _recorded(ledger, signing, key), f"{signing.key} was there, and stays as it is."


async def _rotated(signing: SigningSettings, ledger: Ledger) -> Told:
    if not is_file(signing.key):
        text = f"{signing.key} is not burnin's to make: put a new key there, then record it with `burnin keys init`."
        raise Refused("kept_elsewhere", text)
    old, place = key_in(signing), Path(signing.key)
    kept = kept_file(place, old.keyid)
    for path in (kept, public_file(kept)):
        _is_free(path, "where the old key would be kept. Move it away")
    with new_key(place, passphrase_of(signing.key)) as made:
        key = key_in(SigningSettings(key=str(made.draft)))
        told = await _recorded(ledger, signing, key, old.keyid)
        made.put_instead(kept, old.public_key)
    return {**told, "kept": str(kept)}, f"{place} is a new key now. The old one is kept as {kept}, with its public key."


def _is_free(path: Path, otherwise: str) -> None:
    if path.exists():
        raise Refused("exists", f"{path} is there already, {otherwise}.")


async def _recorded(ledger: Ledger, signing: SigningSettings, key: SigningKeySet, previous: str = "") -> JsonObject:
    """Append a key to the ledger; of two who set one at the same moment, only one does."""
    last, keyid = await recorded_key(ledger)
    draft = Draft(
        at=SystemClock().now(),
        body=key.model_copy(update={"previous": previous or keyid}),
        actor=terminal_user(),
        origin=Origin(surface="cli"),
        key=f"signing_key:{last}",
    )
    try:
        (entry,) = await ledger.append(draft)
    except DuplicateKey as error:
        raise Refused(
            "busy", "Somebody else has just set a signing key. Look at it first.", hint="keys show"
        ) from error
    return {"key": signing.key, "keyid": key.keyid, "public_key": key.public_key, "entry": entry.seq}
