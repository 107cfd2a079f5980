"""`burnin evidence export` and `burnin replay --bundle` as they are typed, the second where there is nothing else."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bot import __version__
from bot.adapters.evidence_readme import CHECKS, README_TEXT
from bot.domain.canonical import canonical
from bot.domain.value import JsonObject
from tests.support.certified import BUILD_ID, DAYS
from tests.support.desk_file import write_desk
from tests.support.evidence_room import Exports, Files, kind_of, mended, object_in, packed, rewritten, unpacked

README = Path(__file__).parents[3] / "README.md"


def burnin(*words: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a line in a folder, with an empty home and no environment."""
    home = cwd / "home"
    home.mkdir(exist_ok=True)
    argv = [sys.executable, "-m", "bot", *map(str, words)]
    return subprocess.run(argv, cwd=home, env={"HOME": str(home)}, capture_output=True, text=True, check=False)


@pytest.fixture
def bundle(exports: Exports, tmp_path: Path) -> Path:
    """A bundle that was carried elsewhere."""
    return Path(shutil.copy(exports.all_days, tmp_path / "carried.tar.gz"))


def test_a_bundle_is_judged_where_there_is_nothing_else(bundle: Path, exports: Exports, tmp_path: Path) -> None:
    """No configuration, no ledger, no environment; every day and the head are said, and nothing is written."""
    done = burnin("--config", "/nonexistent", "replay", "--bundle", bundle, "--key", exports.key, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert [line.split("  ")[:2] for line in lines[:8]] == [
        [str(DAYS[day].date), verdict]
        for day, verdict in enumerate(["PASS"] * 3 + ["FAIL", "PASS", "INCONCLUSIVE", "PASS", "INCONCLUSIVE"])
    ]
    assert all("the same, byte for byte (" in line for line in lines[:8])
    manifest = object_in(unpacked(bundle)["manifest.json"])
    keyid = exports.signer.public.keyid[:12]
    assert lines[8] == f"The bundle is whole: orb, 8 days, signed by {keyid}, which is the key {exports.key}."
    head = manifest["head"]
    assert isinstance(head, dict)
    assert f"  head {head['hash']} @ {head['seq']}" in lines
    assert lines[-1].endswith("names 2026-11-23, 2026-11-24, 2026-11-25, closed by the same entries")
    assert [*(tmp_path / "home").iterdir()] == []


def test_days_of_a_bundle_are_named_by_date(bundle: Path, exports: Exports, tmp_path: Path) -> None:
    """As JSON: what a replay says, and what the bundle is."""
    done = burnin("replay", "--bundle", bundle, "2026-11-26", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert [(day["date"], day["recorded"], day["identical"]) for day in told["days"]] == [("2026-11-26", "FAIL", True)]
    held = told["bundle"]
    assert (held["burnin"], held["keyid"], held["key_given"]) == (__version__, exports.signer.public.keyid, False)
    assert (len(held["days"]), len(held["certificates"][0]["days"])) == (8, 3)
    assert held["head"] == object_in(unpacked(bundle)["manifest.json"])["head"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("2026-12-02",), "does not hold 2026-12-02. It holds 2026-11-23, "),
        (("yesterday",), "'yesterday' names no days. A bundle knows them by their dates"),
        (("--trader", "xau"), "is evidence of orb, not of xau"),
        (("--key", "/nonexistent.pub"), "The key /nonexistent.pub cannot be read"),
    ],
)
def test_what_is_asked_wrongly_is_usage(bundle: Path, tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    """Exit code 2, and what would be right."""
    done = burnin("replay", "--bundle", bundle, *words, cwd=tmp_path)
    assert (done.returncode, said in done.stderr, done.stdout) == (2, True, ""), done.stderr


def test_a_key_needs_a_bundle(exports: Exports, tmp_path: Path) -> None:
    """A ledger is not signed."""
    done = burnin("replay", "all", "--key", exports.key, cwd=tmp_path)
    assert (done.returncode, "name the bundle with --bundle" in done.stderr) == (2, True)


def test_a_damaged_bundle_is_exit_code_5(bundle: Path, tmp_path: Path) -> None:
    """In words, and as the one JSON object."""
    content = bytearray(bundle.read_bytes())
    content[5000] ^= 1
    bundle.write_bytes(content)
    done = burnin("replay", "--bundle", bundle, "--json", cwd=tmp_path)
    assert done.returncode == 5
    error = json.loads(done.stdout)["error"]
    assert error["reason"] == "evidence_broken"
    assert f"{bundle} is damaged: its bytes do not give the digest in its header" in done.stderr


def test_another_policy_judges_a_bundle_too(bundle: Path, tmp_path: Path) -> None:
    """With the exit code of the worst verdict, as of a ledger."""
    policy = tmp_path / "policy.yaml"
    policy.write_text("policy: {max_gap: 1m, excluded: {leader: a test}}\n")
    done = burnin("replay", "--bundle", bundle, "2026-11-26", "--policy", policy, cwd=tmp_path)
    assert (done.returncode, "2026-11-26  FAIL → PASS" in done.stdout) == (0, True), done.stdout + done.stderr
    assert "By this policy (" in done.stdout


def test_a_day_that_its_evidence_does_not_give_is_exit_code_1(exports: Exports, tmp_path: Path) -> None:
    """A ledger that was written anew with another verdict, and every hash in its place, contradicts itself."""

    def in_other_words(entry: JsonObject) -> JsonObject:
        text = canonical(entry).replace("closed within 0.36 s", "closed within 0.01 s")
        return object_in(text.encode()) if kind_of(entry) == "day_closed" else entry

    forged = packed(rewritten(unpacked(exports.one_day), in_other_words), tmp_path / "forged.tar.gz")
    done = burnin("replay", "--bundle", forged, cwd=tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "2026-11-28  INCONCLUSIVE → INCONCLUSIVE  the same verdict, but not the same bytes" in done.stdout
    assert "  flatten: 1 position closed within 0.01 s" in done.stdout


def test_a_ledger_is_exported_as_it_is_typed(exports: Exports, tmp_path: Path) -> None:
    """Into the folder one stands in, with the days in its name; once, and never over a file."""
    config = write_desk(tmp_path, name="orb")
    written = json.loads(config.read_text())
    config.write_text(json.dumps({**written, "ledger": f"sqlite:///{exports.ledger.path}"}))
    done = burnin("--config", config, "evidence", "export", "2026-11-23", "2026-11-24", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    name = "burnin-orb-2026-11-23--2026-11-24.tar.gz"
    assert done.stdout.startswith(f"Wrote {name}: orb, 2026-11-23, 2026-11-24, not signed, ")
    assert f"Anybody may check it with `burnin replay --bundle {name}`." in done.stdout
    assert "The bundle is not signed. There is no signing key" in done.stderr
    again = burnin("--config", config, "evidence", "export", "2026-11-23", "2026-11-24", cwd=tmp_path)
    assert (again.returncode, f"{name} is there already" in again.stderr) == (2, True)
    told = burnin("--config", config, "evidence", "export", "all", "--json", cwd=tmp_path)
    made = json.loads(told.stdout)
    assert (made["trader"], len(made["days"]), made["keyid"]) == ("orb", 8, "")
    path = tmp_path / "home" / made["file"]
    assert path.stat().st_size == made["size"]
    which = burnin("--config", config, "evidence", "export", cwd=tmp_path)
    assert (which.returncode, "Try: burnin evidence export all" in which.stderr) == (2, True)


def test_the_certificates_of_a_bundle_are_taken_by_the_gate(exports: Exports, files: Files, tmp_path: Path) -> None:
    """Each as it stands there, with every signature."""
    (name,) = (name for name in files if name.startswith("certificates/"))
    certificate = tmp_path / "certificate.json"
    certificate.write_bytes(files[name])
    asked = ("--key", exports.key, "--build", BUILD_ID, "--at", "2026-11-26T00:00:00Z", "--json")
    done = burnin("clearance", "verify", certificate, *asked, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout


@pytest.mark.skipif(not all(map(shutil.which, ("tar", "jq", "sha256sum", "bash"))), reason="a tool is missing")
def test_a_bundle_is_checked_by_hand_as_the_readme_says(bundle: Path, files: Files, tmp_path: Path) -> None:
    """Line by line: every digest is found again without burnin, and a changed sample and entry are not."""
    assert f"```sh\n{CHECKS}\n```" in README.read_text(encoding="utf-8")
    assert CHECKS in README_TEXT == files["README.txt"].decode()
    said = by_hand(bundle, tmp_path / "whole")
    header, found, *checked = said.splitlines()
    assert found.split() == [header, "-"]
    names = [name for name in files if not name.startswith("manifest")]
    assert checked == [f"{name}: OK" for name in names]
    name = "samples/2026-11-24.jsonl"
    other = {**files, name: files[name].replace(b"1.0", b"0.0", 1)}
    lines = files["entries.jsonl"].replace(b'"name":"Asha"', b'"name":"Ben"', 1)
    said = by_hand(packed(mended({**other, "entries.jsonl": lines}), tmp_path / "x.tar.gz"), tmp_path / "changed")
    assert "2026-11-24: the samples from row 1 on are not those that were sealed" in said
    assert "\n---\n" in said  # what diff says of the entry


def by_hand(bundle: Path, folder: Path) -> str:
    """Return what the README's lines print of a bundle."""
    folder.mkdir()
    env = {"BUNDLE": str(bundle), "PATH": os.environ["PATH"]}
    done = subprocess.run(["bash", "-c", CHECKS], cwd=folder, env=env, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.stdout
