"""`burnin clearance`: what a pipeline and the people beside it type, what they get, and how it ends."""

import asyncio
import json
import shutil
from base64 import b64encode
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from securesystemslib.dsse import Envelope
from securesystemslib.signer import SSlibKey

from bot.adapters.key_file import new_key
from bot.adapters.sqlite_ledger import SqliteLedger
from bot.certifying import issue
from bot.cli import main
from bot.domain.canonical import canonical
from bot.domain.people import BOT, INSIDE
from tests.support.certified import BUILD_ID, FOR_EVER, cleared_room, made_void, sign_off
from tests.support.desk_file import write_desk
from tests.support.fakes import World
from tests.support.gated import BOT as BOT_KEY
from tests.support.gated import certificate, envelope, statement


class Ended:
    """How a run ended."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def json(self) -> Any:
        """What it printed."""
        return json.loads(self.out)


class Typist:
    """Types `burnin clearance …` in this process, in a folder with a configuration and two people's keys."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self._capsys = folder, capsys
        self.config = write_desk(folder, name="orb")
        told = json.loads(self.config.read_text())
        self.config.write_text(json.dumps({**told, "signing": {"key": str(folder / "bot.key")}}))
        for name in ("bot.key", "ben.key"):
            with new_key(folder / name) as key:
                key.put()

    def __call__(self, *words: str) -> Ended:
        """Run a line to its end."""
        with pytest.raises(SystemExit) as ended:
            main(["--config", str(self.config), "clearance", *words])
        out, err = self._capsys.readouterr()
        return Ended(ended.value.code if isinstance(ended.value.code, int) else 1, out, err)

    def file(self, name: str = "clearance.dsse.json") -> str:
        """Return where a file of this folder stands."""
        return str(self.folder / name)

    def verified(self, *names: str) -> int:
        """Return how many of these keys signed the file."""
        envelope = Envelope.from_dict(json.loads(Path(self.file()).read_bytes()))
        keys = [load_pem_public_key(Path(self.file(f"{name}.key.pub")).read_bytes()) for name in names]
        return len(envelope.verify([SSlibKey.from_crypto(key) for key in keys], len(names)))


async def certified(room: World) -> object:
    """Certify the clearance."""
    return await issue(room.desk, room.trader_desk, BOT, INSIDE)


@pytest.fixture(scope="module")
def ledgers(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Return ledgers of a trader that is cleared, signed off, or cleared no more; each is lived once."""
    folder, lived = tmp_path_factory.mktemp("ledgers"), dict[str, Path]()
    acts: dict[str, Sequence[Callable[[World], Awaitable[object]]]] = {
        "cleared": (),
        "signed": (sign_off,),
        "revoked": (certified, lambda room: made_void(room, 1)),
    }

    async def live(place: Path, name: str) -> None:
        ledger = await SqliteLedger.open(place)
        room: World = await cleared_room(ledger, policy=FOR_EVER)
        for act in acts[name]:
            await act(room)
        await ledger.close()

    def ledger(name: str) -> Path:
        if name not in lived:
            lived[name] = folder / f"{name}.db"
            asyncio.run(live(lived[name], name))
        return lived[name]

    return ledger


@pytest.fixture
def burnin(tmp_path: Path, capsys: pytest.CaptureFixture[str], ledgers: Callable[[str], Path]) -> Typist:
    """Return what types at the desk of a trader that is cleared."""
    shutil.copy(ledgers("cleared"), tmp_path / "burnin.db")
    return Typist(tmp_path, capsys)


def test_a_clearance_is_certified_by_hand(burnin: Typist) -> None:
    """Once; the second call shows the same certificate and says so. Both end well."""
    first, second = burnin("issue", "--json"), burnin("issue")
    assert (first.code, first.json["state"], first.json["build"]) == (0, "valid", BUILD_ID)
    assert (second.code, second.out.splitlines()[0]) == (0, "It was issued before.")
    assert f"digest     {first.json['digest']}" in second.out
    assert set(first.json) == {
        "trader", "digest", "state", "why", "build", "issued_at", "expires_at", "keyids", "envelope"
    }  # fmt: skip


def test_a_certificate_is_written_to_a_file_or_printed(burnin: Typist) -> None:
    """The file holds the envelope and nothing else, and takes the place of an older one."""
    burnin("issue")
    assert burnin("show", "--out", burnin.file()).code == 0
    assert burnin("show", "--out", burnin.file()).out.startswith(f"Written to {burnin.file()}.")
    assert burnin("show", "--out", "-").out.encode() == Path(burnin.file()).read_bytes()
    assert burnin.verified("bot") == 1
    assert burnin("show", "--json").json["envelope"] == json.loads(Path(burnin.file()).read_bytes())


def test_without_a_certificate_there_is_nothing_to_show(burnin: Typist) -> None:
    """It says which line makes one; as JSON too."""
    shown = burnin("show", "--json")
    assert (shown.code, shown.json["error"]["reason"]) == (4, "no_certificate")
    assert "Try: burnin clearance issue --trader orb" in shown.err


def test_without_a_clearance_there_is_nothing_to_certify(burnin: Typist) -> None:
    """A ledger that holds none is refused with exit code 4."""
    (burnin.folder / "burnin.db").unlink()
    refused = burnin("issue", "--json")
    assert (refused.code, refused.json["error"]["reason"]) == (4, "not_cleared")


def test_without_a_key_nothing_is_certified(burnin: Typist) -> None:
    """It ends with 2 and says how to make one."""
    Path(burnin.file("bot.key")).unlink()
    refused = burnin("issue", "--json")
    assert (refused.code, refused.json["error"]["reason"]) == (2, "no_signing_key")
    assert "burnin keys init" in refused.err


def test_a_person_signs_what_the_ledger_holds(burnin: Typist) -> None:
    """The signature is on record, under the id of the person's key, and shown ever after; a second one is refused."""
    burnin("issue")
    signed = burnin("sign", "--key", burnin.file("ben.key"), "--json")
    assert (signed.code, len(signed.json["keyids"])) == (0, 2)
    assert burnin("show", "--out", burnin.file()).code == 0
    assert burnin.verified("bot", "ben") == 2
    again = burnin("sign", "--key", burnin.file("ben.key"), "--json")
    assert (again.code, again.json["error"]["reason"]) == (4, "signed_already")


def test_a_person_signs_a_file(burnin: Typist) -> None:
    """It needs no ledger; what was signed is said, and the file has both signatures."""
    burnin("issue")
    burnin("show", "--out", burnin.file())
    (burnin.folder / "burnin.db").unlink()
    signed = burnin("sign", burnin.file(), "--key", burnin.file("ben.key"))
    assert (signed.code, burnin.verified("bot", "ben")) == (0, 2)
    assert f"orb (paper), build {BUILD_ID}, 3/3 days, until " in signed.out
    again = burnin("sign", burnin.file(), "--key", burnin.file("ben.key"), "--json")
    assert (again.code, again.json["error"]["reason"]) == (4, "signed_already")
    assert not (burnin.folder / "burnin.db").exists()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"null",
        b"\xff",
        json.dumps({"payload": "e30=", "payloadType": "application/vnd.in-toto+json", "signatures": []}).encode(),
        b"[" * 100_000,
        json.dumps(envelope(canonical({"predicateType": "urn:burnin:clearance:v1"}).encode(), BOT_KEY)).encode(),
        json.dumps(envelope(b'{"predicateType":' + b"[" * 50_000, BOT_KEY)).encode(),
        certificate(statement(trader="")),
        json.dumps(envelope(json.dumps(statement()).encode(), BOT_KEY)).encode(),
        json.dumps({"payload": "!", "payloadType": "application/vnd.in-toto+json", "signatures": []}).encode(),
        json.dumps(
            {
                "payload": b64encode(b'{"predicateType": "urn:burnin:clearance:v1"}').decode(),
                "payloadType": "text/plain",
                "signatures": [{"keyid": "a", "sig": "YQ=="}],
            }
        ).encode(),
    ],
)
def test_nobody_signs_what_is_no_certificate(burnin: Typist, content: bytes) -> None:
    """A file that is something else stays as it is, and so does one that is not there."""
    Path(burnin.file()).write_bytes(content)
    refused = burnin("sign", burnin.file(), "--key", burnin.file("ben.key"))
    assert (refused.code, "no certificate" in refused.err) == (2, True)
    assert Path(burnin.file()).read_bytes() == content
    assert "cannot be read" in burnin("sign", burnin.file("none"), "--key", burnin.file("ben.key")).err


def test_what_a_person_signs_moves_no_cursor(burnin: Typist) -> None:
    """The file may be anybody's: what it states is shown as what it is."""
    Path(burnin.file()).write_bytes(certificate(statement(trader="orb\x1b[2K\n\u202e")))
    signed = burnin("sign", burnin.file(), "--key", burnin.file("ben.key"))
    assert (signed.code, signed.out.count("\n"), "orb?[2K?? (paper)" in signed.out) == (0, 1, True)


def test_a_sign_off_makes_a_new_certificate(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], ledgers: Callable[[str], Path]
) -> None:
    """It names who signed the clearance off."""
    shutil.copy(ledgers("signed"), tmp_path / "burnin.db")
    burnin = Typist(tmp_path, capsys)
    assert burnin("issue").code == 0
    burnin("show", "--out", burnin.file())
    payload = Envelope.from_dict(json.loads(Path(burnin.file()).read_bytes())).payload
    assert json.loads(payload)["predicate"]["people"]["signOff"]["by"]["name"] == "Ben"


def test_what_is_revoked_is_listed_and_shown_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], ledgers: Callable[[str], Path]
) -> None:
    """The list is signed by the bot, for a gate that cannot ask it; whoever looks is told since when and why."""
    shutil.copy(ledgers("revoked"), tmp_path / "burnin.db")
    burnin = Typist(tmp_path, capsys)
    assert burnin("revocations", "--out", burnin.file()).code == 0
    assert burnin.verified("bot") == 1
    (revoked,) = json.loads(Envelope.from_dict(json.loads(Path(burnin.file()).read_bytes())).payload)["revoked"]
    shown = burnin("show")
    assert f"is revoked, since 2026-11-25 03:47 UTC: {revoked['why']}." in shown.out
    assert burnin("show", "--json").json["digest"] == revoked["certificate"]
    assert burnin("issue").code == 4


def test_the_schema_is_printed(burnin: Typist) -> None:
    """To the byte as it is published."""
    published = Path(__file__).parents[3] / "config" / "clearance.v1.schema.json"
    assert burnin("schema").out == published.read_text("utf-8")


def test_the_gate_is_a_command_too(burnin: Typist) -> None:
    """Behind a global option it is reached by this way, with the same words and exit codes."""
    burnin("issue")
    burnin("show", "--out", burnin.file())
    asked = ("verify", burnin.file(), "--key", burnin.file("bot.key.pub"), "--at", "2026-11-26T00:00:00Z", "--build")
    assert burnin(*asked, BUILD_ID).code == 0
    assert burnin(*asked, "other").code == 11
    assert "Exit codes:" in burnin("verify", "--help").out


def test_a_file_that_cannot_be_written_is_said(burnin: Typist) -> None:
    """With where, and why."""
    burnin("issue")
    refused = burnin("show", "--out", burnin.file("nowhere/c.json"))
    assert (refused.code, "cannot be written" in refused.err) == (2, True)
