"""Who types on this terminal, as the operating system knows it: what an environment variable claims proves nobody."""

import os
import pwd
from pathlib import Path

from bot.domain.people import Actor

_LOGIN = Path("/proc/self/loginuid")  # who logged in, whoever they became since with su or sudo (Linux)
_NOBODY = 0xFFFFFFFF  # there was no login, as in a container


def terminal_user(login: Path = _LOGIN) -> Actor:
    """Return who types: who logged in, else the user of the process; root may say for whom sudo became it."""
    user = _name(os.getuid())
    person = _logged_in(login) or (os.environ.get("SUDO_USER") if os.getuid() == 0 else None) or user
    return Actor(kind="cli", id=person, name=user if person == user else f"{person} (as {user})")


def _logged_in(login: Path) -> str | None:
    try:
        uid = int(login.read_text("ascii"))
    except (OSError, ValueError):
        return None
    return None if uid == _NOBODY else _name(uid)


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:  # a container's user may have a number only
        return f"uid{uid}"
