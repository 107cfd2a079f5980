"""The README's pipeline step, run as it is written: it flips on a 0 of the gate, and on nothing else."""

import asyncio
import json
import os
import re
import shutil
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.gated import BOT, BUILD, PERSON, STRANGER, Key, certificate, list_file, revocations, statement
from tests.support.gated import at_gate as answered
from tests.support.http_server import HttpServer, answer, answer_json, http_server

pytestmark = pytest.mark.skipif(not shutil.which("jq"), reason="the step needs jq")

ROOT = Path(__file__).parents[3]


def _blocks(language: str) -> list[str]:
    """Return the README's blocks of a language under `The gate`."""
    (section,) = re.findall(
        r"^## The gate\n(.*?)^## ", (ROOT / "README.md").read_text("utf-8"), re.DOTALL | re.MULTILINE
    )
    return re.findall(rf"^```{language}\n(.*?)^```", section, re.DOTALL | re.MULTILINE)


def _rfc3339(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def stated(*, hours_ago: int = 1, **changes: Any) -> dict[str, Any]:
    """Return what a certificate states that was granted some hours ago, and is valid for ten."""
    granted = datetime.now(UTC) - timedelta(hours=hours_ago)
    times = {"issuedAt": _rfc3339(granted), "notBefore": _rfc3339(granted)}
    made = statement(**times, expiresAt=_rfc3339(granted + timedelta(hours=10)), **changes)
    made["predicate"]["clearance"]["grantedAt"] = _rfc3339(granted)
    return made


def of_bot(text: bytes | None, *revoked: str, signer: Key = BOT, **more: Any) -> dict[str, Any]:
    """Return what the bot answers at /clearance/orb."""
    listed = list_file(revocations(*revoked, issued=_rfc3339(datetime.now(UTC)), **more), signer)
    return {"cleared": True, "certificate": json.loads(text) if text else None, "revocations": json.loads(listed)}


class Step:
    """The step of the pipeline, in a folder of its own, with a bot that answers and what would flip."""

    def __init__(self, folder: Path, bot: HttpServer) -> None:
        self._folder, self.bot, self.build = folder, bot, BUILD
        self.flipped = folder / "flipped"

    async def run(self) -> int | None:
        """Run it, and return its exit code."""
        known = {"BURNIN_URL": self.bot.url, "TRADER": "orb", "BUILD": self.build}
        path = f"{self._folder / 'bin'}:{os.environ['PATH']}"
        process = await asyncio.create_subprocess_exec(
            *("sh", "flip.sh"), cwd=self._folder, env={**os.environ, **known, "PATH": path}
        )
        return await process.wait()

    def remove(self, name: str) -> None:
        """Remove a file that it needs."""
        (self._folder / name).unlink()

    def replace(self, name: str, text: str) -> None:
        """Have another file in its place."""
        (self._folder / name).write_text(text)


@pytest.fixture
async def step(tmp_path: Path) -> AsyncIterator[Step]:
    """The step as the README has it."""
    for name, text in (
        ("flip.sh", _blocks("sh")[0]),
        ("flip-to-live", f'#!/bin/sh\nprintf %s "$1" > {tmp_path}/flipped\n'),
        ("bin/burnin", f'#!/bin/sh\nexec {sys.executable} -m bot "$@"\n'),
        ("keys/bot.pub", BOT.pem.decode()),
        ("keys/desk.pub", PERSON.pem.decode()),
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    async with http_server() as bot:
        yield Step(tmp_path, bot)


def served(step: Step, told: Any) -> None:
    """Let the bot answer this."""
    step.bot.replies["/clearance/orb"] = told if isinstance(told, bytes) else answer_json(told)


async def test_it_flips_what_is_cleared(step: Step) -> None:
    """Both signed it, nothing revoked it, and it is of this build."""
    served(step, of_bot(certificate(stated(), BOT, PERSON)))
    assert (await step.run(), step.flipped.read_text()) == (0, BUILD)


@pytest.mark.parametrize(
    ("told", "code"),
    [
        (of_bot(certificate(stated(), BOT)), 13),
        (of_bot(certificate(stated(), BOT, STRANGER)), 13),
        (of_bot(certificate(stated(hours_ago=11), BOT, PERSON)), 10),
        (of_bot(certificate(stated(environment="live"), BOT, PERSON)), 1),
        (of_bot(certificate(stated(days=[]), BOT, PERSON)), 1),
        (of_bot(certificate(stated(), BOT, PERSON), signer=STRANGER), 13),
        (of_bot(certificate(stated(), BOT, PERSON), trader="other"), 2),
        ({**of_bot(certificate(stated(), BOT, PERSON)), "revocations": None}, 13),
    ],
)
async def test_it_flips_nothing_else(step: Step, told: Any, code: int) -> None:
    """It ends with the gate's exit code."""
    served(step, told)
    assert (await step.run(), step.flipped.exists()) == (code, False)


@pytest.mark.parametrize(
    "told", [of_bot(None), {"cleared": False}, answer("not found", status=404), answer("oops"), answer("")]
)
async def test_it_flips_nothing_without_a_certificate(step: Step, told: Any) -> None:
    """There is no clearance, or no such bot; curl, jq or the gate ends it."""
    served(step, told)
    assert await step.run() not in (0, None)
    assert not step.flipped.exists()


async def test_it_flips_nothing_that_was_revoked(step: Step) -> None:
    """The bot's own list says so."""
    text = certificate(stated(), BOT, PERSON)
    served(step, of_bot(text, answered(text).digest or ""))
    assert (await step.run(), step.flipped.exists()) == (14, False)


@pytest.mark.parametrize("build", ["another", ""])
async def test_it_flips_no_other_build(step: Step, build: str) -> None:
    """Nor any where the variable is empty."""
    served(step, of_bot(certificate(stated(), BOT, PERSON)))
    step.build = build
    assert (await step.run(), step.flipped.exists()) == (11, False)


async def test_it_flips_nothing_where_a_key_is_missing(step: Step) -> None:
    """The gate cannot read it, and says nothing of the certificate."""
    served(step, of_bot(certificate(stated(), BOT, PERSON)))
    step.remove("keys/desk.pub")
    assert (await step.run(), step.flipped.exists()) == (2, False)


async def test_it_flips_nothing_where_the_gate_is_broken(step: Step) -> None:
    """As where it was installed without what it needs."""
    served(step, of_bot(certificate(stated(), BOT, PERSON)))
    step.replace("bin/burnin", f'#!/bin/sh\nexec {sys.executable} -S -c "from bot.__main__ import main; main()" "$@"\n')
    assert await step.run() not in (0, None)
    assert not step.flipped.exists()


def test_the_workflow_runs_the_step_and_forgives_nothing() -> None:
    """It is YAML, its last step is the script, and no key lets a failed step pass."""
    (block,) = _blocks("yaml")
    (job,) = yaml.safe_load(block)["jobs"].values()
    assert job["steps"][-1]["run"] == "./flip.sh"
    assert "continue-on-error" not in block
    assert "if:" not in block
    assert {"BURNIN_URL", "TRADER", "BUILD"} == job["steps"][-1]["env"].keys()
