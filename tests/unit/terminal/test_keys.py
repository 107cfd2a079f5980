"""`burnin keys`: what it makes, whom it lets read it, and what it never replaces."""

import asyncio
import json
from pathlib import Path

import pytest

from bot.adapters.key_file import new_key
from bot.adapters.signing_key import SECRET, loaded_signer, public_pem
from bot.adapters.sqlite_ledger import SqliteLedger
from bot.cli import main
from bot.domain.entry import BotStopped, Entry
from bot.domain.standing import SigningKeySet
from tests.support.desk_file import write_desk
from tests.support.drafts import draft


class Typist:
    """Types `burnin keys …` in this process, in a folder of its own."""

    def __init__(self, capsys: pytest.CaptureFixture[str], folder: Path) -> None:
        self._capsys = capsys
        self._config = write_desk(folder)
        self.key, self.public = folder / "var" / "burnin.key", folder / "var" / "burnin.key.pub"
        self._ledger = folder / "burnin.db"

    def __call__(self, *words: str) -> tuple[int, str, str]:
        """Run a line to its end: exit code, standard output, standard error."""
        with pytest.raises(SystemExit) as ended:
            main(["--config", str(self._config), "keys", *words])
        return int(ended.value.code or 0), *self._capsys.readouterr()

    def diagnosed(self, state: str, text: str) -> bool:
        """Tell whether doctor's line on the key is in this state and says this."""
        with pytest.raises(SystemExit):
            main(["--config", str(self._config), "doctor", "--json"])
        findings = json.loads(self._capsys.readouterr().out)["findings"]
        (found,) = (finding for finding in findings if finding["part"] == "signing key")
        return bool(found["state"] == state and text in found["text"])

    def signing(self, key: str) -> None:
        """Configure another key."""
        written = json.loads(self._config.read_text())
        self._config.write_text(json.dumps({**written, "signing": {"key": key}}))

    def claim(self, key: str) -> None:
        """Append what somebody else would, under a key of the ledger."""

        async def append() -> None:
            ledger = await SqliteLedger.open(self._ledger)
            await ledger.append(draft(BotStopped(reason="x"), key=key))
            await ledger.close()

        asyncio.run(append())

    def recorded(self) -> list[Entry]:
        """Return what the ledger knows of signing keys."""

        async def read() -> list[Entry]:
            ledger = await SqliteLedger.open(self._ledger)
            try:
                return list(await ledger.entries(kinds=["signing_key_set"]))
            finally:
                await ledger.close()

        return asyncio.run(read())


@pytest.fixture
def keys(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Typist:
    """Return what runs `burnin keys …`."""
    monkeypatch.chdir(tmp_path)
    return Typist(capsys, tmp_path)


def _keyid(path: Path) -> str:
    return loaded_signer(str(path), None).public_key.keyid


def _body(entry: Entry) -> SigningKeySet:
    assert isinstance(entry.body, SigningKeySet)
    return entry.body


def test_init_makes_a_pair_and_records_it(keys: Typist) -> None:
    """The key is for its user only, its public key for everybody; the ledger says who set it."""
    code, out, _ = keys("init")
    assert code == 0
    assert keys.key.stat().st_mode & 0o777 == 0o600
    assert keys.public.stat().st_mode & 0o777 == 0o644
    (entry,) = keys.recorded()
    assert entry.actor.kind == "cli"
    assert _body(entry) == SigningKeySet(keyid=_keyid(keys.key), public_key=keys.public.read_text())
    assert _keyid(keys.key) in out
    assert keys.public.read_text() in out
    assert sorted(path.name for path in keys.key.parent.iterdir()) == ["burnin.key", "burnin.key.pub"]


def test_init_never_replaces_a_key(keys: Typist) -> None:
    """A second one is refused, and says what takes a new key."""
    keys("init")
    before = keys.key.read_bytes()
    code, _, err = keys("init")
    assert code == 4
    assert "burnin keys rotate" in err
    assert keys.key.read_bytes() == before
    assert len(keys.recorded()) == 1


def test_init_makes_nothing_beside_a_public_key_that_is_alone(keys: Typist) -> None:
    """Whoever lost the key, and not its public key, is told before anything is overwritten."""
    keys("init")
    keys.key.unlink()
    code, _, err = keys("init")
    assert (code, keys.key.exists(), len(keys.recorded())) == (4, False, 1)
    assert "without its key" in err


def test_init_records_a_key_that_was_brought(keys: Typist, tmp_path: Path) -> None:
    """A key that is there already stays, and the one before it is named."""
    keys("init")
    first = _keyid(keys.key)
    keys("rotate")
    keys.key.write_bytes((keys.key.parent / f"burnin.key.{first[:8]}").read_bytes())
    assert keys("init")[0] == 0
    assert [_body(entry).keyid for entry in keys.recorded()][0::2] == [first, first]
    assert _body(keys.recorded()[2]).previous == _body(keys.recorded()[1]).keyid


def test_init_records_a_key_of_the_environment(keys: Typist, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is kept elsewhere is not made, but recorded; it is not rotated here either."""
    keys("init")
    monkeypatch.setenv("THE_KEY", keys.key.read_text())
    keys.signing("env:THE_KEY")
    assert keys("init")[0] == 4  # it is the one that is recorded
    code, _, err = keys("rotate")
    assert code == 4
    assert "burnin keys init" in err


def test_rotate_keeps_the_old_pair(keys: Typist) -> None:
    """The new key names the one before it, whose pair is kept under its own id."""
    keys("init")
    old, private, public = _keyid(keys.key), keys.key.read_bytes(), keys.public.read_bytes()
    code, out, _ = keys("rotate", "--json")
    told = json.loads(out)
    kept = keys.key.parent / f"burnin.key.{old[:8]}"
    assert (code, told["kept"], told["keyid"]) == (0, f"var/{kept.name}", _keyid(keys.key))
    assert (kept.read_bytes(), kept.with_name(f"{kept.name}.pub").read_bytes()) == (private, public)
    assert kept.stat().st_mode & 0o777 == 0o600
    assert keys.public.read_text() == public_pem(loaded_signer(str(keys.key), None).public_key)
    assert _body(keys.recorded()[-1]) == SigningKeySet(
        keyid=_keyid(keys.key), public_key=keys.public.read_text(), previous=old
    )


def test_rotate_needs_a_key(keys: Typist) -> None:
    """Where there is none yet, it says how one is made."""
    code, _, err = keys("rotate")
    assert code == 2
    assert "burnin keys init" in err


@pytest.mark.parametrize("word", ["init", "rotate"])
def test_nothing_is_made_while_the_ledger_cannot_be_written(keys: Typist, tmp_path: Path, word: str) -> None:
    """No key without its entry: the folder is as it was."""
    if word == "rotate":
        keys("init")
    before = {path: path.read_bytes() for path in tmp_path.glob("var/*")}
    (tmp_path / "burnin.db").unlink(missing_ok=True)
    (tmp_path / "burnin.db").mkdir()
    assert keys(word)[0] == 5
    assert {path: path.read_bytes() for path in tmp_path.glob("var/*")} == before


@pytest.mark.parametrize("word", ["init", "rotate"])
def test_of_two_at_the_same_moment_one_sets_the_key(keys: Typist, word: str) -> None:
    """The other is refused, and has changed nothing."""
    if word == "rotate":
        keys("init")
    keys.claim(f"signing_key:{len(keys.recorded())}")
    before = {path: path.read_bytes() for path in keys.key.parent.glob("*")}
    code, _, err = keys(word)
    assert (code, "Somebody else has just set a signing key" in err) == (4, True)
    assert {path: path.read_bytes() for path in keys.key.parent.glob("*")} == before


def test_rotate_replaces_nothing_that_it_kept_before(keys: Typist) -> None:
    """What stands where the old key would be kept stays there, and so does the key."""
    keys("init")
    kept = keys.key.with_name(f"burnin.key.{_keyid(keys.key)[:8]}.pub")
    kept.write_text("mine")
    before = keys.key.read_bytes()
    code, _, err = keys("rotate")
    assert (code, "where the old key would be kept" in err) == (4, True)
    assert (kept.read_text(), keys.key.read_bytes(), len(keys.recorded())) == ("mine", before, 1)


def test_rotate_takes_no_passphrase_away(keys: Typist, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key that only a passphrase opens is not replaced by one that lies open."""
    monkeypatch.setenv(SECRET, "s3cret")
    with new_key(keys.key, "s3cret") as made:
        made.put()
    keys("init")
    assert keys("rotate")[0] == 0
    assert [
        path.read_bytes().splitlines()[0] for path in sorted(keys.key.parent.glob("*")) if path.suffix != ".pub"
    ] == [b"-----BEGIN ENCRYPTED PRIVATE KEY-----"] * 2
    assert keys("show")[0] == 0
    monkeypatch.delenv(SECRET)
    before = keys.key.read_bytes()
    code, _, err = keys("rotate")
    assert (code, SECRET in err, keys.key.read_bytes() == before) == (2, True, True)


def test_init_replaces_no_link_to_a_key_that_is_away(keys: Typist, tmp_path: Path) -> None:
    """What it leads to may be mounted later."""
    keys.key.parent.mkdir()
    keys.key.symlink_to(tmp_path / "away" / "burnin.key")
    code, _, err = keys("init")
    assert (code, "links to a key that is not there" in err) == (4, True)
    assert (keys.key.is_symlink(), keys.recorded()) == (True, [])


def test_show_prints_the_public_key(keys: Typist) -> None:
    """What it prints is a PEM file that says its key id first; with --json it is one object."""
    keys("init")
    code, out, _ = keys("show")
    assert (code, out) == (0, f"key id {_keyid(keys.key)}\n{keys.public.read_text()}")
    told = json.loads(keys("show", "--json")[1])
    assert told == {"key": "var/burnin.key", "keyid": _keyid(keys.key), "public_key": keys.public.read_text()}


def test_doctor_says_how_the_key_stands(keys: Typist) -> None:
    """None yet, one in order, one that the ledger does not know, and one that others may read."""
    assert keys.diagnosed("warning", "no clearance is certified without one. There is no signing key at")
    keys("init")
    assert keys.diagnosed("ok", f"key id {_keyid(keys.key)[:16]}, recorded as entry 1")
    old, first = keys.key.read_bytes(), _keyid(keys.key)
    keys("rotate")
    assert keys.diagnosed("ok", "recorded as entry 2")
    keys.public.write_bytes(keys.key.with_name(f"burnin.key.{first[:8]}.pub").read_bytes())
    assert keys.diagnosed("warning", f"{keys.public.name} is another's. Write it anew: burnin keys show > var/")
    keys.public.write_text(keys("show")[1])
    assert keys.diagnosed("ok", "recorded as entry 2")
    keys.key.write_bytes(old)
    assert keys.diagnosed("warning", "which the ledger does not know. Record it with `burnin keys init`")
    keys.key.chmod(0o644)
    assert keys.diagnosed("missing", "chmod 600 var/burnin.key")


def test_show_without_a_key_says_what_to_do(keys: Typist) -> None:
    """It is no traceback, and no empty answer."""
    code, out, err = keys("show")
    assert (code, out) == (2, "")
    assert "burnin keys init" in err
