"""The published schema of Block Kit, where it is at hand."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

SCHEMA = Path(__file__).parents[4] / "shared" / "slack" / "block-kit.schema.json"


@pytest.fixture(scope="session")
def block_kit() -> Draft202012Validator:
    """A validator of a message's blocks."""
    if not SCHEMA.exists():
        pytest.skip(f"the schema of Block Kit is not at {SCHEMA}")
    return Draft202012Validator(json.loads(SCHEMA.read_text("utf-8")))
