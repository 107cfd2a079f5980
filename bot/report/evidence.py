"""What a criterion's evidence holds, named for people, in the order in which they ask: the worst first."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from markupsafe import Markup

from bot.domain.criteria import ALERTS
from bot.domain.metrics import HEARTBEATS, LEADER, RETRIES, SCAN_TICKS, heartbeat, retries
from bot.report.cited import Cited, clock, number, words

_SECONDS: Final = "s"


@dataclass(frozen=True, slots=True)
class Named:
    """A number of the evidence and what it is called; `since` is the key that tells when it was."""

    key: str
    label: str
    unit: str = ""
    since: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """A number as the page shows it, under its name."""

    label: str
    shown: Markup


_NAMED: Final = (
    Named("highest_possible", "highest possible", _SECONDS, "highest_possible_from"),
    Named("highest", "highest read", "", "highest_at"),
    Named("lowest", "lowest read", "", "lowest_at"),
    Named("first_breach", "first beyond the target", "", "first_breach_at"),
    Named("first_breach_seconds", "which lasted", _SECONDS),
    Named("breaching", "samples beyond the target"),
    Named("unreadable", "samples that could not be read"),
    Named("longest_between_rises_seconds", "longest without a tick", _SECONDS, "longest_between_rises_from"),
    Named("largest_possible_rise", "largest rise possible in a window"),
    Named("largest_rise", "largest rise seen in a window", "", "largest_rise_from"),
    Named("rise", "rise in all"),
    Named("resets", "resets"),
    Named("orders", "orders in the session"),
    Named("rules", "rules"),
    Named("evaluation_failures", "failed evaluations"),
    Named("iterations_missed", "missed evaluations"),
    Named("restarts", "restarts of Prometheus"),
    Named("complete", "every stretch of the session answered"),
    Named("low", "last seen open after", _SECONDS),
    Named("high", "first seen at zero after", _SECONDS),
    Named("positions_before", "positions before"),
    Named("positions_after", "positions after"),
    Named("status", "HTTP status"),
    Named("qty", "quantity"),
    Named("injected", "the plan was injected"),
    Named("parent_rows", "parent rows"),
    Named("child_rows", "child rows"),
    Named("largest_gap_seconds", "longest gap", _SECONDS, "largest_gap_from"),
)
# What has a section of its own on the page.
_ELSEWHERE: Final = ("started_at", "symbol", "side", "strategy", "at", "opened", "closed", "rules_digest")
_TOLD: Final = {
    "samples_seen",
    "samples_expected",
    *_ELSEWHERE,
    *(each.key for each in _NAMED),
    *(each.since for each in _NAMED),
}
_SOURCES: Final = {"bot": "read by the bot", "prometheus": "filled by Prometheus"}
# Which of them says it all, and how it is introduced; the first that was measured.
_FOREMOST: Final[Mapping[str, tuple[Named, ...]]] = {
    LEADER: (Named("lowest", "lowest read"),),
    **{
        heartbeat(name): (Named("highest_possible", "at most", _SECONDS), Named("highest", "up to", _SECONDS))
        for name in HEARTBEATS
    },
    **{retries(kind): (Named("largest_possible_rise", "at most"),) for kind in RETRIES},
    SCAN_TICKS: (Named("longest_between_rises_seconds", "longest pause", _SECONDS),),
    "drill": (Named("child_rows", "OCO children in the database"),),
    "flatten": (Named("high", "at zero within", _SECONDS),),
    "reconcile": (Named("orders", "orders checked"),),
    ALERTS: (Named("rules", "rules watched"),),
}


def foremost(criterion: str, evidence: Cited) -> Fact | None:
    """Return the one number that says how close it was; None where it was not measured."""
    found = ((each, evidence[each.key]) for each in _FOREMOST.get(criterion, ()))
    return next((Fact(each.label, number(cited, each.unit)) for each, cited in found if cited.is_known), None)


def facts_of(evidence: Cited) -> tuple[Fact, ...]:
    """Return every number of a criterion's evidence, but for what has a section of its own on the page."""
    return (*_named(evidence), *_counters(evidence), *_samples(evidence), *_others(evidence))


def _named(evidence: Cited) -> Iterator[Fact]:
    is_age = "highest_possible" in evidence.names  # ages are seconds; other gauges have no unit
    for each in _NAMED:
        found = evidence[each.key]
        if not found.is_known:
            continue
        unit = each.unit or (_SECONDS if is_age and each.key in ("highest", "lowest", "first_breach") else "")
        since = evidence[each.since] if each.since else None
        at = Markup(" at {}").format(clock(since)) if since and since.is_known else Markup("")
        yield Fact(each.label, number(found, unit) + at)


def _counters(evidence: Cited) -> Iterator[Fact]:
    for key, label in (("orders_placed", "orders placed"), ("oco_children_created", "OCO children created")):
        rise = evidence[key]
        if rise.is_known:
            yield Fact(label, number(rise["before"]) + Markup(" to ") + number(rise["after"]))


def _samples(evidence: Cited) -> Iterator[Fact]:
    """Yield how many samples there were, and from where if not all of them are the bot's."""
    seen, sources = evidence["samples_seen"], evidence["sources"]
    if seen.is_known:
        yield Fact("samples", number(seen) + Markup(" of ") + number(evidence["samples_expected"]))
    for name in sources.names if len(sources.names) > 1 else ():
        yield Fact(_SOURCES.get(name, name), number(sources[name]))


def _others(evidence: Cited) -> Iterator[Fact]:
    """Yield what this version does not know by name, as it stands."""
    for name in evidence.names:
        found = evidence[name]
        if name in _TOLD or not isinstance(found.value, bool | int | float | str) or found.value == "":
            continue
        label = name.replace("_", " ")
        if isinstance(found.value, str):
            yield Fact(label, clock(found) if _is_instant(found.value) else words(found))
        else:
            yield Fact(label, number(found))


def _is_instant(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def target_of(criterion: str, policy: Cited) -> Markup:
    """Return what a criterion demands, with the limits of the policy that the day was judged by."""
    if criterion == LEADER:
        return Markup("1 in every sample")
    if criterion in (heartbeat(name) for name in HEARTBEATS):
        return Markup("below {}, between two samples too").format(number(policy["heartbeat_limit"], _SECONDS))
    if criterion == SCAN_TICKS:
        limit = policy["scan_ticks"]
        return Markup("at least {} in every {}").format(
            number(limit["min_increase"]), number(limit["window"], _SECONDS)
        )
    if criterion in (retries(kind) for kind in RETRIES):
        limit = policy["retries"][criterion.removeprefix("retries.")]
        return Markup("at most {} in any {}").format(number(limit["max_increase"]), number(limit["window"], _SECONDS))
    return _target_of_deed(criterion, policy)


def _target_of_deed(criterion: str, policy: Cited) -> Markup:
    match criterion:
        case "drill":
            risen = number(policy["drill_rise_within"], _SECONDS)
            return Markup("one OCO end to end; its counters rise within {}").format(risen)
        case "flatten":
            return Markup("zero positions within {}").format(number(policy["flatten_limit"], _SECONDS))
        case "reconcile":
            return Markup("no row in any check, over one order at least")
        case "alerts":
            gap = number(policy["alerts"]["max_gap"], _SECONDS)
            return Markup("none fires; the rules are never out of sight for more than {}").format(gap)
    return Markup("")
