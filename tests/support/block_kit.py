"""A schema of Block Kit that somebody else wrote: what the bot sends and what the sandbox takes are held to it.

It comes from TightknitAI/slack-block-kit-validator, whose licence stands beside it.
"""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

SCHEMA = Path(__file__).with_name("block-kit.schema.json")


@pytest.fixture(scope="session")
def block_kit() -> Draft202012Validator:
    """A validator of a message's blocks."""
    return Draft202012Validator(json.loads(SCHEMA.read_text("utf-8")))
