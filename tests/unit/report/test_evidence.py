"""A criterion's evidence, named: every number of it is told once, those of other versions as well."""

import re
from zoneinfo import ZoneInfo

import pytest

from bot.domain.criteria import CRITERIA
from bot.domain.judge import judge
from bot.domain.policy import Policy
from bot.report.cited import Cited
from bot.report.evidence import facts_of, foremost, target_of
from tests.support.evidence import clean_day, session_of

ZONE = ZoneInfo("Asia/Kolkata")
POLICY = Policy()
JUDGED = {each.id: each for each in judge(POLICY, session_of(), clean_day(session_of())).criteria}
# What has a section of its own on the page.
ELSEWHERE = {"started_at", "symbol", "side", "strategy", "at", "opened", "closed", "rules_digest"}


def cited(value: object) -> Cited:
    """Evidence as it stands in entry 7."""
    return Cited(value, 7, ZONE, "/e")  # type: ignore[arg-type]


@pytest.mark.parametrize("name", CRITERIA)
def test_every_number_of_the_judges_evidence_is_told(name: str) -> None:
    """Nothing that a criterion rests on is left out, whatever it is called."""
    evidence = JUDGED[name].evidence
    told = set(re.findall(r'data-at="/e/([^"/]+)', "".join(fact.shown for fact in facts_of(cited(evidence)))))
    scalars = {key for key, value in evidence.items() if isinstance(value, int | float | str) and value != ""}
    assert scalars - ELSEWHERE <= told


@pytest.mark.parametrize("name", CRITERIA)
def test_every_criterion_says_what_it_demands_and_how_close_it_was(name: str) -> None:
    """With the limits of the policy, and the one number that says it all."""
    assert len(target_of(name, cited(POLICY.to_json()))) > 10
    assert foremost(name, cited(JUDGED[name].evidence)) is not None


def test_what_another_version_recorded_is_told_as_it_is() -> None:
    """Under its own name, whether number, instant or words; of its criterion nothing more is known."""
    told = facts_of(cited({"new_number": 4, "new_at": "2026-11-23T03:45:00Z", "new_words": "<b>", "nested": [1]}))
    assert [fact.label for fact in told] == ["new number", "new at", "new words"]
    assert "&lt;b&gt;" in told[2].shown
    assert "09:15:00" in told[1].shown
    assert (target_of("new", cited({})), foremost("new", cited({}))) == ("", None)


def test_several_sources_are_told_apart() -> None:
    """A page tells how many samples were filled in."""
    told = facts_of(cited({"samples_seen": 5, "samples_expected": 6, "sources": {"bot": 3, "prometheus": 2}}))
    assert [fact.label for fact in told] == ["samples", "read by the bot", "filled by Prometheus"]
