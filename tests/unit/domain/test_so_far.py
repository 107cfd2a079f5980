"""How an open day looks: what was seen to be lost stays on it, whatever came after."""

from datetime import timedelta

import pytest

from bot.domain.criteria import CLOCK, COVERAGE, CRITERIA
from bot.domain.entry import GENESIS, Draft, Entry, WatchBreached, WatchRecovered, link
from bot.domain.people import BOT, INSIDE
from bot.domain.policy import Policy
from bot.domain.so_far import criteria_so_far
from bot.domain.verdict import Verdict
from tests.support.evidence import OPENS, session_of

SESSION = session_of()


def so_far(*bodies: WatchBreached | WatchRecovered, policy: Policy | None = None) -> dict[str, tuple[str, str]]:
    """Return verdict and detail of what the watch has seen so far, by criterion."""
    entries: list[Entry] = []
    for body in bodies:
        draft = Draft(at=body.at, body=body, actor=BOT, origin=INSIDE, trader="orb", day=SESSION.date)
        entries.append(link(draft, len(entries) + 1, entries[-1].hash if entries else GENESIS))
    found = criteria_so_far(entries, policy or Policy(), SESSION)
    return {r.id: (r.verdict, r.detail) for r in found if r.reason == "breach_seen"}


def lost(criterion: str, verdict: Verdict = Verdict.FAIL, detail: str = "lost", second: int = 60) -> WatchBreached:
    """Return what the watch records when a target is lost."""
    return WatchBreached(criterion=criterion, verdict=verdict, at=OPENS + timedelta(seconds=second), detail=detail)


def held(criterion: str) -> WatchRecovered:
    """Return what the watch records when it is held again."""
    return WatchRecovered(criterion=criterion, at=OPENS + timedelta(seconds=90), seconds=30.0, detail="held")


@pytest.mark.parametrize("criterion", [name for name in CRITERIA if name not in ("drill", "flatten", "reconcile")])
def test_a_target_that_was_lost_fails_the_day_so_far(criterion: str) -> None:
    """Also where it is held again: the session was to be held throughout. An excluded one does not count."""
    assert so_far(lost(criterion), held(criterion)) == {criterion: ("FAIL", "lost")}
    assert so_far(lost(criterion), policy=Policy(excluded={criterion: "not on this host"})) == {}


def test_a_failure_outweighs_what_could_not_be_judged() -> None:
    """Whichever came first; of several failures the first is shown."""
    unknown = lost("alerts", Verdict.INCONCLUSIVE, "the rules are gone")
    fired, again = lost("alerts", detail="A is firing"), lost("alerts", detail="A and B are firing")
    assert so_far(unknown) == {"alerts": ("INCONCLUSIVE", "the rules are gone")}
    assert so_far(unknown, fired, again) == so_far(fired, unknown) == {"alerts": ("FAIL", "A is firing")}


def test_a_trader_out_of_sight_tells_on_the_leader_and_a_moved_clock_on_nothing() -> None:
    """The leader lock needs every moment of the session; a step of the host's clock takes none away."""
    blind = lost(COVERAGE, Verdict.INCONCLUSIVE, "No answer.")
    assert so_far(blind, lost(CLOCK, Verdict.INCONCLUSIVE)) == {"leader": ("INCONCLUSIVE", "No answer.")}
