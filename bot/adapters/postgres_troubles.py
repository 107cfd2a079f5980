"""What PostgreSQL says of its troubles, in words that tell an operator what to do next."""

from typing import Final, Protocol

import psycopg
from psycopg.conninfo import conninfo_to_dict
from pydantic import SecretStr

from bot.adapters.reconcile_checks import first_line


class Address(Protocol):
    """Where a shared ledger is. Its text shows neither user nor password."""

    @property
    def url(self) -> SecretStr:
        """The whole of it."""
        ...


_BY_STATE: Final = {
    "25006": "it is read-only, as a replica is; name its primary in the address, or all its hosts",
    "53100": "its disk is full; make room there, then try again",
    "53300": "it has no connection left; raise its max_connections, or end programs that hold some",
    "53": "it is short of memory or of other resources; see its log",
    "42501": "its user may not do this; grant it CREATE on the schema and all rights on the tables in it",
    "42P01": "a table is missing; restore the last backup, or name an empty database under `ledger`",
    "22021": "its encoding cannot hold this text; make the database with ENCODING 'UTF8'",
    "22P05": "its encoding cannot hold this text; make the database with ENCODING 'UTF8'",
    "23": "it refused an entry that would break its chain; run `burnin verify`",
    "57014": "it took longer than allowed; see what holds it up (pg_stat_activity), then try again",
    "55P03": "another program holds it; see which (pg_locks), then try again",
    "XX": "its files are damaged; keep a copy of them, then restore the last backup",
    "58": "its disk cannot be read or written; see its log",
}
_ADDRESS: Final = "its address has a mistake; mend it"
# Why no connection came about has no state, only words.
_BY_WORDS: Final = {
    "password authentication failed": "the password is wrong; mend it in the address, then try again",
    "no password supplied": "it wants a password; write it into the address",
    "no pg_hba.conf entry": "it lets nobody in from here; allow this host and user in its pg_hba.conf",
    "role ": "its user does not exist there; make it with CREATE USER, or name another in the address",
    "database ": "the database does not exist; make it with CREATE DATABASE, or name another in the address",
    "too many clients": _BY_STATE["53300"],
    "remaining connection slots": _BY_STATE["53300"],
    "Servname": _ADDRESS,
    "resolve host": "its host's name is not known; look at the address and at the name server",
    "SSL was required": "it speaks no TLS; switch it on there, or write another sslmode into the address",
    "certificate": "its certificate is not believed; look at sslrootcert, and at the certificate's name and date",
    "invalid": _ADDRESS,
    "read-only": _BY_STATE["25006"],
}
_AWAY: Final = "see whether it runs and can be reached from here; a running bot goes on trying"


def in_words(error: psycopg.Error, address: Address) -> str:
    """Return what went wrong with the ledger and what to do next, in one sentence without a password."""
    said = first_line(error)
    if password := _password(address):
        said = said.replace(password, "•••")
    return f"The ledger {address} cannot be used ({said}): {_remedy(error)}."


def is_permanent(error: psycopg.Error) -> bool:
    """Tell whether trying to connect again is pointless until somebody mends something."""
    return _remedy(error) not in (_AWAY, _BY_STATE["53300"], _BY_STATE["25006"])


def _remedy(error: psycopg.Error) -> str:
    state = error.sqlstate or ""
    if found := next((words for code, words in _BY_STATE.items() if state.startswith(code)), None):
        return found
    said = str(error)
    wanting = "does not exist" in said
    return next(
        (words for hint, words in _BY_WORDS.items() if hint in said and (wanting or not hint.endswith(" "))), _AWAY
    )


def _password(address: Address) -> str:
    return str(conninfo_to_dict(address.url.get_secret_value()).get("password") or "")
