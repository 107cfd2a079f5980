"""Durations, selectors, samples, sessions, days and evidence: what they accept, refuse and mean."""

import json
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from bot.domain.criteria import CRITERIA
from bot.domain.day import DayRecord, DayState, Provenance, state_of
from bot.domain.duration import Duration, parse_duration, spoken
from bot.domain.evidence import AlertHistory, CounterRise
from bot.domain.metrics import Metrics, heartbeat, retries
from bot.domain.policy import Policy
from bot.domain.sample import (
    MetricType,
    Reading,
    Series,
    decode_readings,
    encode_readings,
)
from bot.domain.selector import LabelMatcher, Selector, Selectors, parse_selector
from bot.domain.session import Session
from bot.domain.value import epoch_us
from bot.domain.verdict import Verdict, worst
from tests.support.evidence import OPENS, gauge, session_of

SESSION = session_of(600)


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("500ms", 0.5),
        ("1s", 1),
        ("5m", 300),
        ("1h30m", 5400),
        ("1d", 86_400),
        ("1.5s", 1.5),
        (" 2s ", 2),
        ("90", 90),
        ("0.25", 0.25),
        (3, 3),
        (0.5, 0.5),
        (0, 0),
        (timedelta(minutes=1), 60),
    ],
)
def test_durations_as_people_write_them(written: object, seconds: float) -> None:
    """A duration has units, or is a number of seconds."""
    assert parse_duration(written) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "written",
    ["", "s", "5 minutes", "-1s", "1s5", "1e9", True, None, -1, float("nan"), float("inf"), 1e300, "9" * 30 + "d"],
)
def test_what_is_no_duration_is_refused(written: object) -> None:
    """Anything else is refused as a value, not as a crash."""
    with pytest.raises(ValueError, match="duration"):
        parse_duration(written)


@given(st.integers(0, 10**9))
def test_a_duration_survives_json(milliseconds: int) -> None:
    """A duration is seconds in JSON and comes back the same."""

    class Holder(BaseModel):
        span: Duration

    holder = Holder(span=timedelta(milliseconds=milliseconds))
    assert Holder.model_validate_json(holder.model_dump_json()) == holder


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.25, "250 ms"),
        (1, "1 s"),
        (1.5, "1.5 s"),
        (90, "2 min"),
        (600, "10 min"),
        (3600, "1 h"),
        (7800, "2 h 10 min"),
        (90_000, "1 d 1 h"),
    ],
)
def test_durations_as_people_say_them(seconds: float, words: str) -> None:
    """A duration is said in at most two units."""
    assert spoken(timedelta(seconds=seconds)) == words


@pytest.mark.parametrize(
    ("text", "labels", "matches"),
    [
        ("m", {}, True),
        ("m", {"a": "1"}, True),
        ('m{a="1"}', {"a": "1", "b": "2"}, True),
        ('m{a="1"}', {"a": "2"}, False),
        ('m{a="1", b!="2",}', {"a": "1"}, True),
        ('m{a!="1"}', {"a": "1"}, False),
        ('m{a=""}', {}, True),
        ('m{a=~"x|y"}', {"a": "y"}, True),
        ('m{a=~"x"}', {"a": "xy"}, False),
        ('m{a!~"x.*"}', {"a": "xy"}, False),
        ('m{a!~"x.*"}', {}, True),
        ('m{a="q\\"\\\\\\n}"}', {"a": 'q"\\\n}'}, True),
        (" m { } ", {}, True),
    ],
)
def test_selectors_narrow_by_labels(text: str, labels: dict[str, str], matches: bool) -> None:
    """Matchers mean what they mean in Prometheus; a missing label is empty, a pattern matches the whole value."""
    assert parse_selector(text).matches("m", labels) is matches
    assert not parse_selector(text).matches("other", labels)


@pytest.mark.parametrize("text", ["", "1m", "m{", "m{a}", "m{a=b}", 'm{a="1" b="2"}', 'm{a=~"("}', "m n"])
def test_what_is_no_selector_is_refused(text: str) -> None:
    """A selector that cannot be read says what to write."""
    with pytest.raises(ValueError, match=r"write|regular expression"):
        parse_selector(text)


_MATCHERS = st.builds(
    LabelMatcher, label=st.sampled_from(["a", "b_1"]), operator=st.sampled_from(["=", "!="]), value=st.text()
)


@given(st.lists(_MATCHERS, max_size=3))
def test_a_selector_is_read_back_as_written(matchers: list[LabelMatcher]) -> None:
    """Whatever a label value holds, the text of a selector means the same selector."""
    selector = Selector(name="m", matchers=tuple(matchers))
    assert parse_selector(str(selector)) == selector


class Chosen(BaseModel):
    """A setting that selects series."""

    selectors: Selectors


def test_alternatives_are_one_name_or_several() -> None:
    """A setting may name one selector or several, and is shown as a list of texts."""
    one = Chosen.model_validate({"selectors": "m"})
    assert one == Chosen.model_validate({"selectors": [Selector(name="m")]})
    assert one.model_dump() == {"selectors": ["m"]}
    with pytest.raises(ValidationError, match="selects nothing"):
        Chosen.model_validate({"selectors": []})


def test_every_role_has_a_selector() -> None:
    """The protocol's names are the defaults of the fixed roles."""
    roles = Metrics().roles()
    assert str(roles[heartbeat("scan")][0]) == "trader_scan_heartbeat_seconds"
    assert str(roles[retries("rate_limit")][1]) == 'retries_total{type="rate_limit"}'


_READINGS = st.dictionaries(
    st.sampled_from(["leader", "scan_ticks", "retries.rate_limit"]),
    st.builds(
        Reading,
        st.sampled_from(MetricType),
        st.lists(st.builds(Series, st.text(), st.floats(allow_nan=False)), max_size=3).map(tuple),
    ),
)


@given(_READINGS)
def test_readings_are_stored_without_loss(readings: dict[str, Reading]) -> None:
    """Readings come back from their text as they were, infinities too."""
    assert decode_readings(encode_readings(readings)) == readings


def test_nan_is_stored_as_prometheus_writes_it() -> None:
    """NaN has no JSON, so it is text, and is read back as NaN."""
    text = encode_readings({"leader": gauge(float("nan"))})
    assert json.loads(text) == {"leader": ["gauge", [["", "NaN"]]]}
    assert str(decode_readings(text)["leader"].only) == "nan"


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"a": 1}', '{"a": ["gauge"]}', '{"a": ["gauge", [["", "x"]]]}', '{"a": ["x", []]}']
)
def test_a_text_that_was_not_stored_is_refused(text: str) -> None:
    """A damaged sample is a ValueError."""
    with pytest.raises(ValueError, match=r"."):
        decode_readings(text)


def test_a_reading_of_several_series() -> None:
    """Several series have a total but no single value."""
    assert (gauge(1.0, 2.0).only, gauge(1.0, 2.0).total) == (None, 3.0)


@given(st.datetimes(timezones=st.timezones()), st.integers(-(10**9), 10**9))
def test_microseconds_are_exact(at: datetime, offset: int) -> None:
    """Instants become whole microseconds without rounding, in any zone."""
    utc = at.astimezone(UTC) if 2 < at.year < 9998 else OPENS
    assert epoch_us(utc + timedelta(microseconds=offset)) - epoch_us(utc) == offset


def test_a_session_opens_before_it_closes() -> None:
    """A session is a closed interval of instants, kept in UTC."""
    assert SESSION.contains(SESSION.opens)
    assert SESSION.contains(SESSION.closes)
    assert not SESSION.contains(SESSION.closes + timedelta(microseconds=1))
    assert SESSION.length == timedelta(seconds=600)
    india = timezone(timedelta(hours=5.5))
    assert session_of(600, OPENS.astimezone(india)).model_dump_json() == SESSION.model_dump_json()
    with pytest.raises(ValidationError, match="but closes"):
        session_of(0)
    with pytest.raises(ValidationError, match="timezone"):
        Session(date=date(2026, 11, 23), opens=OPENS.replace(tzinfo=None), closes=OPENS)


def test_where_a_day_stands() -> None:
    """A day is scheduled, open, awaits its close, and is closed once it is recorded."""
    moment = timedelta(microseconds=1)
    assert state_of(SESSION, None, SESSION.opens - moment) is DayState.SCHEDULED
    assert state_of(SESSION, None, SESSION.opens) is DayState.OPEN
    assert state_of(SESSION, None, SESSION.closes) is DayState.OPEN
    assert state_of(SESSION, None, SESSION.closes + moment) is DayState.AWAITING_CLOSE
    record = DayRecord(session=SESSION, verdict=Verdict.PASS, criteria=())
    assert state_of(SESSION, record, SESSION.opens) is DayState.CLOSED
    assert record.day == date(2026, 11, 23)


def test_changes_are_told_in_words() -> None:
    """What changed between two days is named; nothing changed is nothing."""
    then = Provenance(build="a", policy="p", rules="r")
    assert then.changes(then) == ()
    assert then.changes(Provenance(build="b", policy="q", rules="s")) == (
        "the trader's build",
        "the policy",
        "the alert rules file",
    )


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_numbers_that_were_not_read_are_none(value: float) -> None:
    """Evidence holds a finite number or nothing."""
    assert CounterRise(before=value, after=1.0) == CounterRise(before=None, after=1.0)
    assert AlertHistory(rules=(), rules_digest="", evaluation_failures=value).evaluation_failures is None


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"scrape_interval": 6}, "opens a gap"),
        ({"scrape_interval": 0}, "opens a gap"),
        ({"excluded": {"laeder": "x"}}, "no criterion is called laeder"),
        ({"excluded": {"alerts": " "}}, "needs a reason"),
        ({"scan_ticks": {"window": 0}}, "greater than"),
        ({"retries": {"rate_limit": {"window": 0, "max_increase": 1}}}, "greater than"),
        ({"alerts": {"interval": 0}}, "greater than"),
        ({"max_gaps": 3}, "not permitted"),
        ({"days_required": 0}, "greater than"),
        ({"max_gap": "3s", "heartbeat_limit": "5s"}, None),
    ],
)
def test_a_policy_that_proves_nothing_is_refused(changes: dict[str, Any], words: str | None) -> None:
    """Limits that could never be held, or never be missed, are refused in words."""
    if words is None:
        assert Policy.model_validate(changes)
        return
    with pytest.raises(ValidationError, match=words):
        Policy.model_validate(changes)


def test_a_policy_keeps_at_least_one_criterion() -> None:
    """A day with every criterion excluded would prove nothing."""
    with pytest.raises(ValidationError, match="prove nothing"):
        Policy(excluded=dict.fromkeys(CRITERIA, "not today"))


def test_the_digest_of_a_policy_is_what_it_demands() -> None:
    """The same demands have the same digest, however they are written; another demand has another."""
    assert Policy().digest == Policy.model_validate({"max_gap": "5s"}).digest
    assert Policy().digest != Policy.model_validate({"max_gap": "4s"}).digest
    assert Policy().digest != Policy(excluded={"alerts": "no Prometheus"}).digest
    assert Policy().digest == Policy.model_validate({"samples_kept": "90d"}).digest  # it demands nothing of a day
    assert Policy().digest == Policy.model_validate({"legal_hold": "case 17"}).digest  # nor does this


@pytest.mark.parametrize(
    ("kept", "required", "problem"), [("59d", 3, "60 days"), ("99d", 50, "two days for each of days_required")]
)
def test_samples_are_kept_at_least_as_long_as_they_may_be_judged(kept: str, required: int, problem: str) -> None:
    """A forgotten day is judged at the next open, and a burn-in can be replayed as a whole."""
    with pytest.raises(ValidationError, match=problem):
        Policy.model_validate({"samples_kept": kept, "days_required": required})


def test_precedence_of_verdicts() -> None:
    """FAIL over INCONCLUSIVE over PASS, and nothing at all is not PASS."""
    assert worst([Verdict.PASS, Verdict.INCONCLUSIVE, Verdict.FAIL]) is Verdict.FAIL
    assert worst([Verdict.PASS, Verdict.INCONCLUSIVE]) is Verdict.INCONCLUSIVE
    assert worst([Verdict.PASS]) is Verdict.PASS
    assert worst([]) is Verdict.INCONCLUSIVE
