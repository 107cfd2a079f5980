"""A log that is read in an outage tells what is new, not what was said a second ago."""

import logging

import pytest

from bot.errors import LedgerError
from bot.services.outage import Outage

LOG = logging.getLogger(__name__)


def test_what_is_in_the_way_is_said_once_until_it_is_gone(caplog: pytest.LogCaptureFixture) -> None:
    """Another reason is said as well, each once; the end is said once, and then the next outage again."""
    caplog.set_level(logging.INFO, logger=LOG.name)
    outage = Outage(LOG)
    outage.ended("it is back")
    for why in ("no answer", "no answer", "the disk is full", "no answer"):
        outage.goes_on("samples wait", LedgerError(why))
        assert outage.why == why
    outage.ended("it is back")
    assert not outage.why
    outage.ended("it is back")
    outage.goes_on("samples wait", LedgerError("no answer"))
    assert caplog.messages == [
        "samples wait: no answer",
        "samples wait: the disk is full",
        "it is back",
        "samples wait: no answer",
    ]
