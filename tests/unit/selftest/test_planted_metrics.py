"""Metrics planted from a trader's own selectors: each role reads its value, whatever the selectors look like."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.exposition import read_roles
from bot.domain.metrics import LEADER, SCAN_TICKS, Metrics, heartbeat, retries
from bot.domain.selector import Selector, parse_selector
from bot.errors import ConfigurationError
from bot.selftest.planted_metrics import PlantedMetrics

SCAN = heartbeat("scan")


def read(roles: dict[str, tuple[Selector, ...]], values: dict[str, float]) -> dict[str, float | None]:
    """Return what each role reads of what was planted for it; None for anything but one series."""
    readings = read_roles(PlantedMetrics(roles).text(values), "text/plain", roles)
    return {role: readings[role].only if role in readings else None for role in roles}


def test_the_protocols_own_names_are_all_read() -> None:
    """Every role has a series of its own, with the type that its part asks for."""
    roles = Metrics().roles()
    values = {role: float(number) for number, role in enumerate(roles)}
    assert read(roles, values) == values
    text = PlantedMetrics(roles).text(values)
    assert "# TYPE trader_is_leader gauge\ntrader_is_leader 0.0\n" in text
    assert text.count("# TYPE trader_retries_total counter\n") == 1
    assert 'trader_retries_total{type="rate_limit"} ' in text
    assert PlantedMetrics(roles).readers(LEADER) == {LEADER}


@pytest.mark.parametrize(
    "selector",
    [
        'm{a="b"}',
        'm{a="quoted \\" back \\\\ slash"}',
        'm{a=""}',
        'm{a!=""}',
        'm{a!="other"}',
        'm{a!="other",a!="a",a!="1"}',
        'm{a=~"b|c"}',
        'm{a=~"trader-(blue|green)-[0-9]+"}',
        'm{a=~"10\\\\.0\\\\.0\\\\.\\\\d{1,3}:8000"}',
        'm{a=~".*"}',
        'm{a=~".+"}',
        'm{a=~"^(?:x|y)$"}',
        'm{a=~"\\\\w+_live"}',
        'm{a=~"[A-Z][a-z]+|planted"}',
        'm{a!~"b.*"}',
        'm{a!~""}',
        'm{a!~".+"}',
        'm{a=~"b|c",a!="b",instance=~".+:8000",job="trader"}',
    ],
)
def test_labels_satisfy_every_operator(selector: str) -> None:
    """What is planted is what the selector selects, also where it has to be thought up."""
    roles = {LEADER: (parse_selector(selector),)}
    assert read(roles, {LEADER: 1.5}) == {LEADER: 1.5}


@given(st.lists(st.sampled_from(["a", "b", "c|d", ".*", "x.+", ""]), max_size=3), st.data())
def test_any_mixture_is_satisfied_or_refused(values: list[str], data: st.DataObject) -> None:
    """Several conditions on a label hold together, or the selector is named."""
    parts = [f'l{data.draw(st.sampled_from(["=", "!=", "=~", "!~"]))}"{value}"' for value in values]
    roles = {LEADER: (parse_selector(f"m{{{','.join(parts)}}}"),)}
    try:
        found = read(roles, {LEADER: 1.0})
    except ConfigurationError as error:
        found = {LEADER: 1.0} if str(roles[LEADER][0]) in str(error) else {}
    assert found == {LEADER: 1.0}


@pytest.mark.parametrize("selector", ['m{a="b",a="c"}', 'm{a!~".*"}', 'm{b="x",a=~"(?=z)y"}'])
def test_what_no_label_satisfies_is_named(selector: str) -> None:
    """It is never left out in silence."""
    with pytest.raises(ConfigurationError, match="the self-test found no label 'a' that m") as refused:
        PlantedMetrics({LEADER: (parse_selector(selector),)})
    assert str(parse_selector(selector)) in str(refused.value)


@pytest.mark.parametrize(
    ("wide", "narrow"),
    [("m", 'm{type="a"}'), ('m{type=~".+"}', 'm{type="a"}'), ('m{type!="z"}', 'm{type="a",b="c"}'), ("m", "m")],
)
def test_a_series_that_answers_two_roles_is_planted_once(wide: str, narrow: str) -> None:
    """A second series would be one too many for a gauge; both roles are told to read the same."""
    roles = {SCAN: (parse_selector(wide),), LEADER: (parse_selector(narrow),)}
    assert read(roles, {SCAN: 2.0, LEADER: 2.0}) == {SCAN: 2.0, LEADER: 2.0}
    assert PlantedMetrics(roles).readers(SCAN) == PlantedMetrics(roles).readers(LEADER) == {SCAN, LEADER}


def test_a_role_that_reads_two_series_shares_with_both() -> None:
    """A sum over all retries moves with either of its parts."""
    total, part = parse_selector('r{type=~"a|b"}'), parse_selector('r{type="b"}')
    roles = {retries("token_refresh"): (total,), retries("rate_limit"): (part,), SCAN_TICKS: (parse_selector("r"),)}
    planted = PlantedMetrics(roles)
    assert planted.readers(retries("rate_limit")) == set(roles)
