"""Who types is told by the operating system: nobody becomes somebody else by an environment variable."""

import os
import pwd
from pathlib import Path
from types import SimpleNamespace

import pytest

from bot.terminal.user import terminal_user

NAMES = {0: "root", 1000: "asha", 1001: "ben"}


@pytest.fixture
def login(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A host that knows three users, and a file that tells who logged in: nobody yet."""

    def getpwuid(uid: int) -> SimpleNamespace:
        return SimpleNamespace(pw_name=NAMES[uid])

    monkeypatch.setattr(pwd, "getpwuid", getpwuid)
    monkeypatch.delenv("SUDO_USER", raising=False)
    told = tmp_path / "loginuid"
    told.write_text("4294967295")
    return told


def runs_as(monkeypatch: pytest.MonkeyPatch, uid: int) -> None:
    """Have the process run as a user."""
    monkeypatch.setattr(os, "getuid", lambda: uid)


@pytest.mark.parametrize("name", ["SUDO_USER", "USER", "LOGNAME", "LNAME", "USERNAME"])
def test_no_variable_makes_another_person(name: str, login: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asked for a void day does not become a second person by setting one."""
    runs_as(monkeypatch, 1000)
    monkeypatch.setenv(name, "ben")
    assert (terminal_user(login).id, terminal_user(login).name) == ("asha", "asha")


def test_root_says_for_whom_sudo_became_it(login: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The person behind it is who acts."""
    runs_as(monkeypatch, 0)
    monkeypatch.setenv("SUDO_USER", "asha")
    assert (terminal_user(login).id, terminal_user(login).name) == ("asha", "asha (as root)")


@pytest.mark.parametrize("uid", [0, 1001])
def test_who_logged_in_stays_who_they_are(uid: int, login: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also as root or as another user, whatever the environment says."""
    login.write_text("1000")
    runs_as(monkeypatch, uid)
    monkeypatch.setenv("SUDO_USER", "ben")
    assert (terminal_user(login).id, terminal_user(login).name) == ("asha", f"asha (as {NAMES[uid]})")


def test_a_host_that_does_not_tell_has_users_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the file, and without a name: the user's number."""
    monkeypatch.setattr(os, "getuid", lambda: 4_000_000)
    assert terminal_user(tmp_path / "none").id == "uid4000000"
