"""The words beside files: pictures of sessions and rows as CSV, with their file and without."""

from datetime import timedelta

from bot.domain.mark import Mark, MarkKind
from bot.domain.notice import RowsFile, SessionPicture
from bot.domain.verdict import Verdict
from bot.slack.cards import Message, rows_file, session_picture
from bot.slack.cards.left_out import SWITCHED_OFF, not_drawn, not_sent, why_refused, without_file
from tests.support.evidence import session_of
from tests.support.slack_samples import NASTY, TRADER

SESSION = session_of(6.25 * 3600)


def mark(kind: MarkKind, minutes: float, seconds: float | None = None, name: str = "") -> Mark:
    """A mark so many minutes after the open."""
    start = SESSION.opens + timedelta(minutes=minutes)
    return Mark(kind=kind, start=start, end=None if seconds is None else start + timedelta(seconds=seconds), name=name)


DRILL = (mark(MarkKind.DRILL, 20), mark(MarkKind.FLATTEN, 20))
CLEAN = SessionPicture(session=SESSION, verdict=Verdict.PASS, marks=DRILL)
FAILED = SessionPicture(
    session=SESSION,
    verdict=Verdict.FAIL,
    marks=(
        mark(MarkKind.BREACH, 30, 15, "leader"),
        mark(MarkKind.BREACH, 40, 3, "heartbeat.scan"),
        mark(MarkKind.BREACH, 50, 4.5, "heartbeat.scan"),
        mark(MarkKind.ALERT, 31, 60, "TraderIsNotLeader"),
        mark(MarkKind.GAP, 60, 43),
        mark(MarkKind.GAP, 90, 600),
        mark(MarkKind.RESTART, 62),
        *DRILL,
        mark(MarkKind.FLATTEN, 200),
    ),
)
HOSTILE = FAILED.model_copy(
    update={"marks": tuple(mark(MarkKind.ALERT, at, 5, f"{NASTY} {at}") for at in range(40)), "left_out": 3}
)
ROWS = RowsFile(name="reconcile", title="Violations of reconcile", columns=("check", "id"), rows=(("duplicates", "7"),))
_WORDS = session_picture.render(CLEAN, TRADER)

MESSAGES: dict[str, Message] = {
    "picture_clean": session_picture.render(CLEAN, TRADER),
    "picture_failed": session_picture.render(FAILED, TRADER),
    "picture_void": session_picture.render(FAILED.model_copy(update={"void": True}), TRADER),
    "picture_unmarked": session_picture.render(CLEAN.model_copy(update={"marks": ()}), TRADER),
    "picture_hostile": session_picture.render(HOSTILE, NASTY),
    "picture_switched_off": without_file(_WORDS, SWITCHED_OFF),
    "picture_refused": without_file(_WORDS, why_refused("missing_scope")),
    "picture_refused_unheard_of": without_file(_WORDS, why_refused("odd_word")),
    "picture_not_drawn": without_file(_WORDS, not_drawn("the program that draws broke off (MemoryError)")),
    "picture_not_sent": without_file(_WORDS, not_sent("ClientConnectorError")),
    "rows_file": rows_file.render(ROWS, TRADER),
    "rows_file_cut": rows_file.render(ROWS.model_copy(update={"left_out": 12_345}), TRADER),
    "rows_file_hostile": rows_file.render(ROWS.model_copy(update={"title": NASTY}), NASTY),
}
