"""`burnin clearance verify`, from process start to exit, beside Python that imports cryptography's Ed25519 and ends."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

import pytest

from bot.adapters.signing_key import public_pem
from bot.certifying import issue
from bot.domain.issued import file_of
from bot.domain.people import BOT, INSIDE
from tests.support.certified import BUILD_ID, OwnKey, cleared_room
from tests.support.side_by_side import Comparison

pytestmark = pytest.mark.bench

PAIRS = 41
WARM_UP = 3
BURNIN = str(Path(sys.executable).with_name("burnin"))
ED25519 = "from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey"


@pytest.fixture
def gate(tmp_path: Path) -> Sequence[str]:
    """Asks the gate about a certificate of three whole days, as a pipeline does."""
    key = OwnKey()

    async def certified() -> datetime:
        room = await cleared_room(key=key)
        found, _ = await issue(room.desk, room.trader_desk, BOT, INSIDE)
        (tmp_path / "cert.json").write_bytes(file_of(found.envelope))
        return found.at

    at = asyncio.run(certified())
    (tmp_path / "bot.pub").write_text(public_pem(key.public))
    words = ("--key", str(tmp_path / "bot.pub"), "--build", BUILD_ID, "--at", at.isoformat())
    return (BURNIN, "clearance", "verify", str(tmp_path / "cert.json"), *words)


def test_the_gate_takes_at_most_half_as_long_again_as_loading_what_verifies(
    gate: Sequence[str],
    environment: Mapping[str, str],
    hold: Callable[[Comparison], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What also stands there, without a limit: Python that imports no more of cryptography than its version."""
    loading, version = (sys.executable, "-c", ED25519), (sys.executable, "-c", "import cryptography")

    def seconds(line: Sequence[str]) -> float:
        began = time.perf_counter()
        ran = subprocess.run(line, env=environment, capture_output=True, check=True)
        took = time.perf_counter() - began
        assert line is not gate or ran.stdout.startswith(b"cleared: ")
        return took

    for _ in range(WARM_UP):
        for line in (gate, loading, version):
            seconds(line)
    threes = [(seconds(gate), seconds(loading), seconds(version)) for _ in range(PAIRS)]
    ours = "burnin clearance verify"
    with capsys.disabled():
        pairs = [(gated, versioned) for gated, _, versioned in threes]
        print(Comparison(ours, "python -c 'import cryptography'", pairs, allowed=float("inf")).table())  # noqa: T201
    hold(Comparison(ours, "python that imports Ed25519", [(gated, loaded) for gated, loaded, _ in threes], allowed=1.5))
