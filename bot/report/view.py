"""A report as its page has it: every section in order, each value with where it was read."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from markupsafe import Markup

from bot.domain.criteria import CRITERIA, CriterionResult
from bot.domain.duration import spoken
from bot.domain.mark import Mark
from bot.report.cited import Cited, words
from bot.report.evidence import Fact, facts_of, foremost, target_of
from bot.report.reading import DayRead
from bot.report.trail import Deed
from bot.report.wording import (
    VOID,
    clock_of,
    criteria_words,
    happened,
    name_of,
    streak_words,
    todo_of,
    tone_of,
    why_of,
    word_of,
)

_WHOLE = 100.0  # per cent
_WAITS = "Nothing is lost so far; it is judged at the close."
_SHORT = timedelta(minutes=10)  # a session whose times are told with their seconds


# The kinds of entry that have a place on the page.
_SHOWN = (
    "session_opened",
    "session_ended",
    "samples_sealed",
    "holes_filled",
    "drill_measured",
    "flatten_measured",
    "reconcile_measured",
    "alerts_measured",
    "self_tested",
    "script_ran",
    "trader_restarted",
    "day_voided",
    "day_closed",
    "samples_retired",
)


@dataclass(frozen=True, slots=True)
class CriterionView:
    """A criterion: its verdict in a word, what it demands, how close it was, and every number behind it."""

    id: str
    name: str
    word: str
    tone: str
    target: Markup
    said: str
    worst: Fact | None = None
    share: float | None = None  # of the limit, per cent
    facts: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True)
class MarkView:
    """What is marked on the picture, in words: since when and how long."""

    what: str
    since: str
    lasted: str
    verdict: str
    tone: str


@dataclass(frozen=True, slots=True)
class DeedView:
    """A row of the trail, and the entries it was read from."""

    deed: Deed
    at: Cited
    seconds: Cited
    is_other_day: bool


@dataclass(frozen=True, slots=True)
class DayView:
    """A day of a trader. Its sections read the entries of their kind themselves; see `of`."""

    read: DayRead
    word: str
    tone: str
    why: str
    todo: str
    zone: ZoneInfo
    policy: Cited
    closed: Cited | None
    criteria: tuple[CriterionView, ...]
    marks: tuple[MarkView, ...]
    deeds: tuple[DeedView, ...]
    entries: Mapping[str, tuple[Cited, ...]]  # by kind
    picture: Markup
    no_picture: str  # why there is none

    @property
    def anchor(self) -> str:
        """What the day's section is called in the page's own address."""
        return f"day-{self.read.session.date}"

    @property
    def session_words(self) -> str:
        """When the session opened and closed, and how long it was."""
        session = self.read.session
        form = "%H:%M:%S" if session.length < _SHORT else "%H:%M"
        opens, closes = (clock_of(at, session.timezone, form) for at in (session.opens, session.closes))
        return f"{opens} to {closes} {clock_of(session.closes, session.timezone, '%Z')}, {spoken(session.length)}"

    @property
    def criteria_words(self) -> str:
        """How many criteria were judged how."""
        return criteria_words(self.read.report)

    @property
    def streak_words(self) -> str:
        """The streak as it stood with the day."""
        return streak_words(self.read.report)

    @property
    def coverage(self) -> Cited | None:
        """The evidence that tells how much of the session was read."""
        results = self.closed["body"]["record"]["criteria"] if self.closed else ()
        found = (each["evidence"] for each in results if each["id"].value != "alerts")
        return next((each for each in found if each["samples_seen"].is_known), None)

    @property
    def judged(self) -> str:
        """What a void day would have been; empty of others."""
        return str(self.read.report.verdict or "") if self.word == VOID else ""

    def of(self, kind: str) -> tuple[Cited, ...]:
        """Return the day's entries of a kind, oldest first."""
        return self.entries.get(kind, ())

    def newest(self, kind: str) -> Cited | None:
        """Return the last of the day's entries of a kind; None where there is none."""
        return self.entries[kind][-1] if self.entries.get(kind) else None


def day_view(read: DayRead, svg: str, no_picture: str) -> DayView:
    """Return a day as its page shows it.

    Args:
        read: what the ledger holds.
        svg: its picture, already as elements of a page; empty where there is none.
        no_picture: why there is none.
    """
    zone, word = ZoneInfo(read.session.timezone), word_of(read.report)
    cited = {kind: tuple(Cited.of(entry, zone) for entry in read.of(kind)) for kind in _SHOWN}
    closed = cited["day_closed"][-1] if cited["day_closed"] else None
    recorded = closed["body"]["record"]["policy"] if closed else None
    policy = recorded if recorded and recorded.is_known else Cited(read.policy.to_json(), None, zone)
    return DayView(
        read=read,
        word=word,
        tone=tone_of(word),
        why=why_of(read),
        todo=todo_of(read),
        zone=zone,
        policy=policy,
        closed=closed,
        criteria=tuple(_criteria(read, closed, policy)),
        marks=tuple(_mark(mark, read.session.timezone) for mark in read.marks),
        deeds=tuple(_deed(deed, read, zone) for deed in read.deeds),
        entries=cited,
        picture=Markup(svg),  # noqa: S704 - made by our own process of elements only; see bot.pictures.vector
        no_picture=no_picture,
    )


def _criteria(read: DayRead, closed: Cited | None, policy: Cited) -> Iterator[CriterionView]:
    """Yield the criteria in the order of the protocol, each as it was recorded, or as it stands so far."""
    results = {result.id: (at, result) for at, result in enumerate(read.report.criteria)}
    shares = {each.id: min(each.worst / each.limit, 1) * _WHOLE for each in read.report.measures if each.limit}
    for name in CRITERIA:
        target = target_of(name, policy)
        if name in read.report.excluded:
            reason = read.report.excluded[name]
            yield CriterionView(name, name_of(name), "EXCLUDED", "void", target, reason)
        elif name not in results:
            yield CriterionView(name, name_of(name), "WAITING", "open", target, _WAITS)
        else:
            at, result = results[name]
            recorded = closed["body"]["record"]["criteria"][at] if closed else None
            yield _criterion(read, result, target, recorded, shares.get(name))


def _criterion(
    read: DayRead, result: CriterionResult, target: Markup, recorded: Cited | None, share: float | None
) -> CriterionView:
    to_do = read.report.is_to_do(result)
    view = CriterionView(
        id=result.id,
        name=name_of(result.id),
        word="TO DO" if to_do else str(result.verdict),
        tone="open" if to_do else tone_of(result.verdict),
        target=target,
        said=result.detail,
    )
    if recorded is None:
        return view
    facts = (*facts_of(recorded["evidence"]), Fact("reason", words(recorded["reason"])))
    return replace(view, worst=foremost(result.id, recorded["evidence"]), share=share, facts=facts)


def _mark(mark: Mark, timezone: str) -> MarkView:
    verdict = str(mark.verdict or "")
    lasted = spoken(timedelta(seconds=round(mark.seconds, 3))) if mark.end else ""
    since = clock_of(mark.start, timezone, "%H:%M:%S")
    return MarkView(happened(mark.kind, mark.name), since, lasted, verdict, tone_of(verdict))


def _deed(deed: Deed, read: DayRead, zone: ZoneInfo) -> DeedView:
    end = Cited.of(deed.end, zone) if deed.end else Cited(None, None, zone)
    other = deed.row.at.astimezone(zone).date() != read.session.date
    return DeedView(deed, Cited.of(deed.entry, zone)["at"], end["body"]["seconds"], other)
