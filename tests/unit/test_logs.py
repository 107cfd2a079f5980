"""What is logged, and what never is."""

import json
import logging
from collections.abc import Iterator

import pytest

from bot.logs import configure_logs, redact


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("token xoxb-12-abc.DEF", "12-abc"),
        ("xapp-1-A1-secret", "A1-secret"),
        ("postgresql://desk:p@ss@db:5432/orders", "p@ss"),
        ("see https://hooks.slack.com/commands/T1/2/abc", "T1/2"),
        ('{"response_url": "http://127.0.0.1:1/r/9", "x": 1}', "r/9"),
        ("{'trigger_id': '12.34.ab'}", "12.34"),
        ('{\\"trigger_id\\": \\"12.34.ab\\"}', "12.34"),
        ("Authorization: Bearer s3cr3t", "s3cr3t"),
        ("wss://x/link?ticket=s3cr3t&app_id=1", "s3cr3t"),
    ],
)
def test_secrets_are_taken_out(text: str, secret: str) -> None:
    """Tokens, passwords, reply addresses and trigger ids are replaced; what stands around them is kept."""
    assert secret not in redact(text)
    assert "[redacted]" in redact(text)


def test_plain_text_is_left_alone() -> None:
    """Words that only resemble a secret stay: a token refresh is the burn-in's own subject."""
    text = 'retries_total{type="token_refresh"} at http://127.0.0.1:8000/metrics, tokens used: 3'
    assert redact(text) == text


def test_json_logs_are_one_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    """A record is one JSON object with time, level and logger, on standard error, with its extra values."""
    configure_logs("json", "info")
    logging.getLogger("bot.watch").info("scraped %s", "xoxb-1-a", extra={"trader": "nifty-orb", "trigger_id": "1.2"})
    out, err = capsys.readouterr()
    record = json.loads(err)
    assert out == ""
    assert record["event"] == "scraped [redacted]"
    assert (record["level"], record["logger"], record["trader"]) == ("info", "bot.watch", "nifty-orb")
    assert record["trigger_id"] == "[redacted]"
    assert record["timestamp"].endswith("Z")


def test_a_traceback_is_redacted_as_well(capsys: pytest.CaptureFixture[str]) -> None:
    """An exception's text is no way around it, neither as JSON nor on a console."""
    for form in ("json", "console"):
        configure_logs(form, "info")
        try:
            raise ValueError("postgresql://u:hunter2@h/d")
        except ValueError:
            logging.getLogger("x").exception("it broke")
        err = capsys.readouterr().err
        assert "ValueError" in err
        assert "hunter2" not in err


def test_chatty_libraries_are_heard_only_when_debugging() -> None:
    """HTTP clients log every request at info: that is shown at debug alone."""
    configure_logs("json", "info")
    assert not logging.getLogger("httpx").isEnabledFor(logging.INFO)
    configure_logs("json", "debug")
    assert logging.getLogger("httpx").isEnabledFor(logging.DEBUG)
    configure_logs("json", "info")
