"""Fixtures that several rooms' tests share."""

pytest_plugins = ("tests.support.block_kit", "tests.support.postgres")
