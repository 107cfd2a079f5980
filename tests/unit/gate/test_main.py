"""`burnin clearance verify` as it is typed: files, its one line, exit codes, and that no mistake is ever a 0."""

import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bot.gate import verdict
from bot.gate.arguments import HELP, arguments_in
from bot.gate.main import main
from tests.support.gated import BOT, BUILD, PERSON, certificate, list_file, revocations, statement

AT = "2026-11-26T14:30:00+05:30"
Gate = Callable[..., tuple[int, str, str]]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a certificate, both public keys and a list of revocations."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "cert.json").write_bytes(certificate(None, BOT, PERSON))
    (tmp_path / "bot.pub").write_bytes(b"key id x\n" + BOT.pem)
    (tmp_path / "person.pub").write_bytes(PERSON.pem)
    (tmp_path / "revoked.json").write_bytes(list_file(revocations()))
    return tmp_path


@pytest.fixture
def gate(folder: Path, capsys: pytest.CaptureFixture[str]) -> Gate:
    """Runs the words behind `clearance verify`: exit code, standard output, standard error."""

    def run(*words: str) -> tuple[int, str, str]:
        code = main(words)
        return code, *capsys.readouterr()

    return run


USUAL = ("cert.json", "--key", "bot.pub", "--build", BUILD, "--at", AT)


def test_a_certificate_that_holds_is_cleared_in_one_line(gate: Gate) -> None:
    """It says who is cleared for what, how long and by whom."""
    line = f"cleared: orb (paper), build {BUILD}, 1/1 days, until 2026-11-28T10:01:00Z, signed by {BOT.keyid[:16]}\n"
    assert gate(*USUAL) == (0, line, "")


def test_every_option_may_stand_anywhere(gate: Gate) -> None:
    """With a space or with =, before the file or behind it."""
    stated = statement()["predicate"]
    words = (
        *(f"--build={BUILD}", "--threshold=2", "--trader", "orb", "--environment", "paper", "cert.json"),
        *("--key", "bot.pub", "--key=person.pub", "--revocations", "revoked.json", "--at", AT),
        *("--policy-digest", stated["policy"]["digest"], "--rules-digest", stated["rules"]),
    )
    assert gate(*words)[0] == 0


def test_the_certificate_may_come_from_standard_input(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    """As of `curl … | burnin clearance verify -`."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(certificate())))
    assert gate("-", *USUAL[1:])[0] == 0


def test_a_closed_standard_input_is_a_mistake(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    """As behind `<&-`; it is nobody's internal error."""
    monkeypatch.setattr(sys, "stdin", None)
    code, out, err = gate("-", *USUAL[1:])
    assert (code, out, "- is standard input, and it is closed." in err) == (2, "", True)


def test_json_tells_what_was_found(gate: Gate) -> None:
    """One object, with the same exit code."""
    code, out, _ = gate(*USUAL, "--key", "person.pub", "--threshold", "2", "--revocations", "revoked.json", "--json")
    told = json.loads(out)
    assert code == told["exit_code"] == 0
    assert told.pop("why").startswith("orb (paper)")
    stated = statement()["predicate"]
    assert told.pop("certificate") == verdict.sha256(
        verdict.envelope_in(certificate(), "", verdict.PAYLOAD_TYPE).payload
    )
    assert told == {
        "outcome": "cleared",
        "exit_code": 0,
        "at": "2026-11-26T09:00:00Z",
        "threshold": 2,
        "signatures": [{"keyid": BOT.keyid, "given": True}, {"keyid": PERSON.keyid, "given": True}],
        "trader": "orb",
        "environment": "paper",
        "build": BUILD,
        "policy": stated["policy"]["digest"],
        "rules": stated["rules"],
        "passed": 1,
        "required": 1,
        "not_before": "2026-11-25T10:01:00Z",
        "expires_at": "2026-11-28T10:01:00Z",
        "issued_at": "2026-11-25T10:01:01.500000Z",
        "excluded": [],
        "revocations_issued_at": "2026-11-26T08:00:00Z",
    }


def test_json_tells_nothing_that_nobody_trustworthy_signed(gate: Gate) -> None:
    """Of a bad signature only that."""
    Path("cert.json").write_bytes(certificate())
    code, out, _ = gate("cert.json", "--key", "person.pub", *USUAL[3:], "--json")
    told = json.loads(out)
    assert (code, told["outcome"], told["build"], told["certificate"]) == (13, "bad_signature", None, None)


@pytest.mark.parametrize(
    ("words", "code", "begins"),
    [
        (("--trader", "x"), 1, "not cleared: "),
        (("--at", "2026-11-30T00:00:00Z"), 10, "expired: "),
        (("--at", "2026-11-01T00:00:00Z"), 10, "not yet valid: "),
        (("--build", "1.4.2"), 11, "other build: "),
        (("--build", ""), 11, "other build: "),
        (("--policy-digest", "a" * 64), 12, "other policy: "),
        (("--rules-digest", "a" * 64), 12, "other rules: "),
    ],
)
def test_each_reason_has_an_exit_code_of_its_own(gate: Gate, words: tuple[str, str], code: int, begins: str) -> None:
    """And one line on standard output."""
    kept = [each for at in range(1, len(USUAL), 2) for each in USUAL[at : at + 2] if USUAL[at] != words[0]]
    found = gate("cert.json", *kept, *words)
    assert (found[0], found[1].count("\n"), found[2]) == (code, 1, "")
    assert found[1].startswith(begins)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "which certificate? Name its file."),
        (("", *USUAL[1:]), "which certificate? Name its file."),
        ((*USUAL, "--key="), "--key is empty. Name the file of a public key."),
        (("a.json", "b.json"), "one certificate at a time"),
        (("cert.json",), "--key is missing."),
        (("cert.json", "--key", "bot.pub"), "--build is missing."),
        (("cert.json", "--keys", "bot.pub"), "there is no option --keys. Did you mean --key?"),
        (("cert.json", "--tresholt=2"), "there is no option --tresholt. Did you mean --threshold?"),
        (("cert.json", "-k", "bot.pub"), "there is no option -k."),
        (("cert.json", "--key"), "--key needs a value."),
        (("cert.json", "--key", "--build", BUILD), "--key needs a value."),
        (("cert.json", "--json=yes"), "--json takes no value."),
        ((*USUAL, "--build", BUILD), "--build stands there twice."),
        ((*USUAL, "--trader", ""), "--trader is empty."),
        ((*USUAL, "--policy-digest="), "--policy-digest is empty."),
        ((*USUAL, "--policy-digest", "A" * 64), "it must be a SHA-256"),
        ((*USUAL, "--rules-digest", "a" * 63), "it must be a SHA-256"),
        ((*USUAL, "--threshold", "0"), "--threshold 0: it must be a number of keys"),
        ((*USUAL, "--threshold", "two"), "--threshold two: it must be a number of keys"),
        ((*USUAL, "--threshold", "2"), "--threshold 2 needs as many different keys; there are 1."),
        ((*USUAL[:-1], "2026-11-26"), "--at 2026-11-26: write it as"),
        ((*USUAL[:-1], "2026-11-26T10:00:00"), "write it as"),
        ((*USUAL[:-1], "2026-13-26T10:00:00Z"), "--at 2026-13-26T10:00:00Z: "),
        ((*USUAL[:-1], "0001-01-01T00:00:00+05:30"), "out of all time"),
        (("nowhere.json", *USUAL[1:]), "nowhere.json cannot be read: No such file or directory."),
        ((".", *USUAL[1:]), ". cannot be read: Is a directory."),
        (("a\0b", *USUAL[1:]), "cannot be read: embedded null byte."),
        (("cert.json", "--key", "nowhere.pub", *USUAL[3:]), "nowhere.pub cannot be read"),
        (("cert.json", "--key", "cert.json", *USUAL[3:]), "cert.json is not one public key in PEM"),
        ((*USUAL, "--revocations", "nowhere.json"), "nowhere.json cannot be read"),
        ((*USUAL, "--help"), "--help stands alone"),
        (("-h", *USUAL), "-h stands alone"),
        (("--", "--help"), "--key is missing."),
    ],
)
def test_what_is_not_to_be_understood_is_a_mistake(gate: Gate, words: tuple[str, ...], says: str) -> None:
    """It says what is wrong and how it is typed, on standard error."""
    code, out, err = gate(*words)
    assert (code, out) == (2, "")
    assert says in err
    assert err.endswith("Try: burnin clearance verify --help\n")


def test_a_mistake_is_told_as_json_where_that_was_asked_for(gate: Gate) -> None:
    """As every other command tells it."""
    code, out, _ = gate("cert.json", "--json")
    told = json.loads(out)["error"]
    assert (code, told["reason"], told["hint"]) == (2, "usage", "clearance verify --help")


def test_help_explains_every_option(gate: Gate) -> None:
    """It is the only other 0, and only by itself."""
    assert gate("--help") == gate("-h") == (0, HELP, "")
    assert arguments_in(["--help"]) is None
    for word in ("--key", "--threshold", "--build", "--trader", "--environment", "--policy-digest", "--rules-digest"):
        assert f"\n  {word} " in HELP
    assert max(map(len, HELP.splitlines())) <= 120


@pytest.mark.parametrize(
    ("pem", "says"),
    [
        (BOT.pem + PERSON.pem, "is not one public key"),
        (b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "is no key that can be used"),
        (b"-----BEGIN PUBLIC KEY-----\nA\n-----END PUBLIC KEY-----\n", "is no key that can be used"),
        (b"-----END PUBLIC KEY----------BEGIN PUBLIC KEY-----", "is no key that can be used"),
        (
            Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
            "is a private key. Give the public one (bot.pub.pub)",
        ),
    ],
)
def test_a_file_that_is_no_public_key_is_a_mistake(gate: Gate, pem: bytes, says: str) -> None:
    """Whoever gives the private one is told to keep it."""
    Path("bot.pub").write_bytes(pem)
    code, _, err = gate(*USUAL)
    assert (code, says in err) == (2, True), err


def test_a_file_without_end_is_not_read(gate: Gate) -> None:
    """Nothing that burnin makes is as large."""
    code, _, err = gate("/dev/zero", *USUAL[1:])
    assert (code, "/dev/zero is larger" in err) == (2, True)


def test_words_of_a_certificate_move_no_cursor(gate: Gate) -> None:
    """Control characters and turned text are shown as what they are not."""
    Path("cert.json").write_bytes(certificate(statement(trader="orb\x1b[2K\n\u202ecleared")))
    code, out, _ = gate(*USUAL)
    assert (code, out.split(" (")[0], out.count("\n")) == (0, "cleared: orb?[2K??cleared", 1)


class Full(io.StringIO):
    """A disk that is full."""

    def write(self, text: str) -> int:
        """Fail."""
        raise OSError(28, "No space left on device")


@pytest.mark.parametrize("stream", [Full(), None])
def test_an_answer_that_nobody_got_is_none(gate: Gate, monkeypatch: pytest.MonkeyPatch, stream: Any) -> None:
    """A pipeline that reads the line must not go on by the exit code alone."""
    monkeypatch.setattr(sys, "stdout", stream)
    assert main(USUAL) == 5
    monkeypatch.setattr(sys, "stderr", stream)
    assert main(USUAL) == 5
    assert main(("--nothing",)) == 5


@pytest.mark.parametrize("error", [RuntimeError("odd"), MemoryError(), BaseException("a panic"), SystemExit(0)])
def test_whatever_goes_wrong_is_never_cleared(
    gate: Gate, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    """Not even what asks to end with 0."""

    def broken(_: verdict.Question) -> verdict.Answer:
        raise error

    monkeypatch.setattr(verdict, "answer", broken)
    code, out, err = gate(*USUAL)
    assert (code, out) == (5, "")
    assert "internal error" in err
    assert json.loads(gate(*USUAL, "--json")[1])["error"]["reason"] == "internal_error"


LOADED = """
import sys
from bot.gate.main import main
code = main(sys.argv[1:])
print(" ".join({name.partition(".")[0] for name in sys.modules} - sys.stdlib_module_names - {"__main__"}))
raise SystemExit(code)
"""


def test_it_loads_cryptography_and_nothing_else(folder: Path) -> None:
    """Neither what the bot needs, nor what loads slowly of Python's own."""
    bare = subprocess.run([sys.executable, "-c", LOADED, "--help"], capture_output=True, text=True, check=True)
    ran = subprocess.run([sys.executable, "-c", LOADED, *USUAL], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    of_start = set(bare.stdout.splitlines()[-1].split())  # what the interpreter's own start loads, too
    assert set(ran.stdout.splitlines()[-1].split()) - of_start <= {"cryptography", "_cffi_backend"}
    assert of_start.isdisjoint({"click", "pydantic", "securesystemslib", "rfc8785", "yaml"})


@pytest.mark.parametrize("words", [("clearance", "verify"), ("--debug", "clearance", "verify")])
def test_the_process_ends_with_the_exit_code(folder: Path, words: tuple[str, ...]) -> None:
    """By the short way, and behind a global option by the long one."""
    for more, code in (((), 0), (("--trader", "x"), 1), (("--help",), 2), (("--at", "x"), 2)):
        line = [sys.executable, "-m", "bot", *words, *USUAL, *more]
        ran = subprocess.run(line, capture_output=True, text=True, check=False)
        assert ran.returncode == code, ran.stderr
        assert (ran.stdout == "") == (code == 2)
