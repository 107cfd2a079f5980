"""What the bot logs, to standard error: structured, for a console or as JSON, and never with a secret in it."""

import logging
import re
import sys
from functools import cached_property
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import structlog

_HIDDEN: Final = "[redacted]"
_SECRETS: Final = (
    # Slack's tokens, and addresses that act like one.
    (re.compile(r"\bx(?:ox[a-z]|app)-[\w.-]+"), _HIDDEN),
    (re.compile(r"https://hooks\.slack\.com/[^\s\"'\\]+"), _HIDDEN),
    # A password inside an address: everything up to the last @ before the path.
    (re.compile(r"(\w+://[^\s:/@]*):[^\s/]*@"), rf"\1:{_HIDDEN}@"),
    # A value under a telling name, in JSON, a repr, a query string or a header; quotes may be escaped once.
    (
        re.compile(
            r"(?i)(\b(?:response_url|trigger_id|token|password|secret|authorization|ticket)\b\\?[\"']?\s*[:=]\s*"
            r"(?:\\?[\"'])?(?:(?:bearer|basic)\s+)?)[^\s\"'\\,&}\]]+"
        ),
        rf"\1{_HIDDEN}",
    ),
)
_CHATTY = ("httpx", "httpcore", "apscheduler", "slack_bolt", "slack_sdk", "aiohttp.access", "asyncio")


def redact(text: str) -> str:
    """Return a text without tokens, passwords, reply addresses and trigger ids."""
    for pattern, replacement in _SECRETS:
        text = pattern.sub(replacement, text)
    return text


def configure_logs(form: str, level: str) -> None:
    """Send every logger of this process to standard error.

    Args:
        form: `json`, `console`, or `auto`: `console` on a terminal and `json` elsewhere.
        level: the least severe level that is shown.
    """
    chosen = form if form != "auto" else "console" if sys.stderr.isatty() else "json"
    handler = logging.StreamHandler()
    handler.setFormatter(RedactingFormatter(chosen))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in _CHATTY:
        logging.getLogger(name).setLevel(max(root.level, logging.WARNING) if root.level > logging.DEBUG else root.level)


class RedactingFormatter(logging.Formatter):
    """Renders a record with structlog, then takes out what must not be read.

    structlog is loaded with the first record: most commands end without one.
    """

    def __init__(self, form: str) -> None:
        super().__init__()
        self._form = form

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line of JSON, or as lines for a console."""
        return redact(self._renderer.format(record))

    @cached_property
    def _renderer(self) -> "structlog.stdlib.ProcessorFormatter":
        import structlog  # noqa: PLC0415 - see the class

        before: list[structlog.typing.Processor] = [
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.ExtraAdder(),
            structlog.processors.TimeStamper(fmt="iso", utc=True),
        ]
        last: list[structlog.typing.Processor] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
        if self._form == "json":
            last += [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]
        else:
            plain = structlog.dev.plain_traceback
            last.append(structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain))
        return structlog.stdlib.ProcessorFormatter(foreign_pre_chain=before, processors=last)
