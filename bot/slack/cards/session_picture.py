"""The words beside the picture of a session, and the words in its place for those who cannot see it."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import groupby

from bot.domain.duration import spoken
from bot.domain.mark import Mark, MarkKind
from bot.domain.notice import SessionPicture
from bot.slack.cards.blocks import clip, escape, section
from bot.slack.cards.message import Message, message
from bot.slack.cards.words import form_for, local, mark, plural, when

MOST_ALT = 1000  # characters; Slack refuses more
_ORDER = (MarkKind.BREACH, MarkKind.ALERT, MarkKind.GAP, MarkKind.RESTART, MarkKind.DRILL, MarkKind.FLATTEN)
_NAMED = 8  # things; what is beyond is counted

Times = Callable[[datetime], str]
Name = Callable[[str], str]


def render(picture: SessionPicture, trader: str) -> Message:
    """The verdict and what is marked; each reader sees the times as their own."""
    form, zone = form_for(picture.session), picture.session.timezone
    verdict = f"🚫 VOID (judged {picture.verdict})" if picture.void else mark(picture.verdict)
    marked = _marked(picture, lambda at: when(at, zone, form), lambda name: escape(name, 60))
    said = f"{verdict} · {escape(trader, 80)} · 🖼️ the session of {picture.session.date}. Marked: {marked}"
    return message(said, [section(said)])


def alt_text(picture: SessionPicture, trader: str) -> str:
    """The picture as a screen reader tells it: verdict, what is drawn and what is marked."""
    form, zone = form_for(picture.session), picture.session.timezone
    verdict = f"VOID, judged {picture.verdict}" if picture.void else str(picture.verdict)
    marked = _marked(picture, lambda at: local(at, zone, form), lambda name: clip(name, 60))
    drawn = "Leader, three heartbeats with their limit, scan ticks and retries over the session."
    return clip(f"{verdict}: {trader}, session of {picture.session.date}. {drawn} Marked: {marked}.", MOST_ALT)


def _marked(picture: SessionPicture, at: Times, name: Name) -> str:
    """What is marked, the worst first, in one line."""
    found: list[str] = []
    for kind in _ORDER:
        marks = sorted((each for each in picture.marks if each.kind is kind), key=lambda each: each.name)
        found += [_said(kind, list(same), at, name) for _, same in groupby(marks, key=lambda each: each.name)]
    more = len(found) - _NAMED
    named = [*found[:_NAMED], f"{more} more"] if more > 0 else found
    if picture.left_out:
        named.append(f"{plural(picture.left_out, 'mark')} too small to draw")
    return "; ".join(named) or "nothing"


def _said(kind: MarkKind, marks: Sequence[Mark], at: Times, name: Name) -> str:
    """Marks of a kind and a name in a few words."""
    first = at(min(each.start for each in marks))
    times = "" if len(marks) == 1 else f" {len(marks)} times, together"
    lasted = spoken(timedelta(seconds=round(sum(each.seconds for each in marks), 1)))
    match kind:
        case MarkKind.BREACH:
            return f"{name(marks[0].name)} lost{times} {lasted} from {first}"
        case MarkKind.ALERT:
            return f"alert {name(marks[0].name)} fired{times or ' for'} {lasted} from {first}"
        case MarkKind.GAP:
            return f"{plural(len(marks), 'gap')} of {lasted}{' together' if times else ''} from {first}"
        case MarkKind.RESTART:
            return "trader restarted " + ("" if len(marks) == 1 else f"{len(marks)} times, first ") + first
    return f"{kind.value} {first}" if len(marks) == 1 else f"{len(marks)} {kind.value}s from {first}"
