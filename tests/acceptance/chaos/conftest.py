"""What every chaos test stands on."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.sandbox.postgres import EmbeddedPostgres


@pytest.fixture
def server(folder: Path) -> Iterator[EmbeddedPostgres]:
    """A PostgreSQL in the folder that takes all its processes along."""
    with EmbeddedPostgres(folder / "postgres") as running:
        yield running
