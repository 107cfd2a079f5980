"""One burn-in with every kind of day, exported once for all tests of the bundle; none of them changes it."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.adapters.signing_key import public_pem
from bot.configuration.ledger_address import SqliteAddress
from tests.support.certified import DAYS, OwnKey
from tests.support.evidence_room import Exports, Files, burnt_in, exported, packed, unpacked


@pytest.fixture(scope="session")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Exports:
    """The burn-in's bundles."""
    folder, signer = tmp_path_factory.mktemp("evidence"), OwnKey()
    made = Exports(
        ledger=SqliteAddress(path=folder / "burnin.db"),
        key=folder / "burnin.key.pub",
        signer=signer,
        all_days=folder / "all.tar.gz",
        one_day=folder / "one.tar.gz",
    )
    made.key.write_text(public_pem(signer.public))

    async def make() -> None:
        room = await burnt_in(made.ledger, signer)
        await exported(room, made.ledger, made.all_days)
        await exported(room, made.ledger, made.one_day, str(DAYS[5].date))
        await room.desk.ledger.close()

    asyncio.run(make())
    return made


@pytest.fixture(scope="session")
def files(exports: Exports) -> Files:
    """The files of the bundle with every day."""
    return unpacked(exports.all_days)


@pytest.fixture(scope="session")
def few_files(exports: Exports) -> Files:
    """The files of the bundle with one day."""
    return unpacked(exports.one_day)


@pytest.fixture
def pack(tmp_path: Path) -> Callable[[Files], Path]:
    """Write files as a bundle whose header is right."""
    return lambda files: packed(files, tmp_path / "changed.tar.gz")
