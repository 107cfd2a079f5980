"""What `burnin doctor` finds of the key that signs clearance certificates."""

import asyncio
import os
from collections.abc import Iterable
from pathlib import Path

from bot.adapters.key_file import public_file
from bot.adapters.signing_key import is_file
from bot.errors import NoSigningKey
from bot.finding import Finding, State
from bot.ports import Ledger
from bot.settings import SigningSettings
from bot.terminal.keys_commands import key_in, recorded_key

_SHOWN = 16  # characters of a key id


async def signing_key(signing: SigningSettings, ledger: Ledger) -> Iterable[Finding]:
    """Find out whether clearances can be certified, and whether the ledger knows the key."""
    try:
        key = await asyncio.to_thread(key_in, signing)
    except NoSigningKey as error:
        if is_file(signing.key) and not os.access(signing.key, os.F_OK):
            return [_finding(State.WARNING, f"no clearance is certified without one. {error}")]
        return [_finding(State.MISSING, str(error))]
    seq, keyid = await recorded_key(ledger)
    told = f"{signing.key}: key id {key.keyid[:_SHOWN]}"
    if keyid != key.keyid:
        return [_finding(State.WARNING, f"{told}, which the ledger does not know. Record it with `burnin keys init`")]
    if is_file(signing.key) and (other := await asyncio.to_thread(_other_public, Path(signing.key), key.public_key)):
        return [_finding(State.WARNING, f"{told}; {other} is another's. Write it anew: burnin keys show > {other}")]
    return [_finding(State.OK, f"{told}, recorded as entry {seq}")]


def _other_public(place: Path, public: str) -> Path | None:
    """Return the file that pipelines take the public key from, where it holds another one: a rotation broke off."""
    beside = public_file(place)
    return beside if beside.exists() and public.encode() not in beside.read_bytes() else None


def _finding(state: State, text: str) -> Finding:
    return Finding(part="signing key", state=state, text=text)
