"""What the roles read out of an exposition."""

import json
import math
import re
from collections.abc import Mapping
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics_families
from prometheus_client.parser import text_string_to_metric_families

from bot.adapters.exposition import read_roles
from bot.domain.sample import MetricType, Reading, Series
from bot.domain.selector import Selector, parse_selector
from bot.errors import BadAnswer

TEXT = "text/plain; version=0.0.4"
OPENMETRICS = "application/openmetrics-text; version=1.0.0"


def roles(**selectors: str) -> dict[str, tuple[Selector, ...]]:
    """Return roles read from selectors written as `best | second`."""
    return {role: tuple(parse_selector(one) for one in text.split(" | ")) for role, text in selectors.items()}


def one(value: float, kind: MetricType = MetricType.GAUGE, labels: str = "") -> Reading:
    """Return a reading of one series."""
    return Reading(kind, (Series(labels, value),))


def test_reads_wanted_metrics_only() -> None:
    """Gauges, counters and undeclared metrics are read with their type; what no role wants is left out."""
    text = "# HELP up x\n# TYPE up gauge\nup 1\n# TYPE n_total counter\nn_total 4\nraw 2.5\nother{ 1\n"
    assert read_roles(text, TEXT, roles(up="up", n="n_total", raw="raw", absent="gone")) == {
        "up": one(1.0),
        "n": one(4.0, MetricType.COUNTER),
        "raw": one(2.5, MetricType.UNKNOWN),
    }


def test_first_alternative_that_is_present_wins() -> None:
    """A role with two names is read from the first that has a matching series."""
    wanted = roles(retries='a_total{type="x"} | b_total{type="x"}')
    text = '# TYPE a_total counter\na_total{type="y"} 9\n# TYPE b_total counter\nb_total{z="1",type="x"} 3\n'
    assert read_roles(text, TEXT, wanted) == {"retries": one(3.0, MetricType.COUNTER, '{type="x",z="1"}')}


@pytest.mark.parametrize(
    ("selectors", "absent"),
    [("b_total", True), ('a_total{type="x"} | b_total', True), ('a_total{type="x"} | b_total{type="x"}', False)],
)
def test_a_retry_counter_without_labels_is_told_absent(selectors: str, absent: bool) -> None:
    """A labelled one comes with its first retry; nothing is told where nothing of the trader was found."""
    wanted = {"retries.rate_limit": roles(it=selectors)["it"], **roles(leader="up")}
    assert (read_roles("up 1\n", TEXT, wanted).get("retries.rate_limit") == Reading(MetricType.UNKNOWN, ())) is absent
    assert read_roles("other 1\n", TEXT, wanted) == {}


def test_every_matching_series_is_kept() -> None:
    """Two matching series are two series, sorted by their labels: the judge decides what they mean."""
    reading = read_roles('up{i="b"} 0\nup{i="a"} 1\n', TEXT, roles(up="up"))["up"]
    assert reading.series == (Series('{i="a"}', 1.0), Series('{i="b"}', 0.0))


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("up +Inf", math.inf),
        ("up -Inf", -math.inf),
        ("up 1.5e3", 1500.0),
        ("up 1 1700000000000", 1.0),
        ("  up\t 1 ", 1.0),
        ('{"up"} 1', 1.0),
    ],
)
def test_values_are_read_as_prometheus_writes_them(line: str, expected: float) -> None:
    """Infinities, exponents, timestamps, white space and quoted names are understood."""
    assert read_roles(f"{line}\n", TEXT, roles(up="up"))["up"].only == expected


def test_nan_stays_nan() -> None:
    """NaN is a value, not an absence."""
    assert math.isnan(read_roles("up NaN\n", TEXT, roles(up="up"))["up"].series[0].value)


def test_escaped_labels_are_matched_unescaped_and_shown_escaped() -> None:
    """A selector sees the label's real text; the series shows it in exposition form."""
    text = 'up{p="C:\\\\x\\n\\"q\\" # {}"} 1\n'
    reading = read_roles(text, TEXT, roles(up=r'up{p="C:\\x\n\"q\" # {}"}'))["up"]
    assert reading.series == (Series('{p="C:\\\\x\\n\\"q\\" # {}"}', 1.0),)


def test_a_metric_named_like_a_suffix_is_found() -> None:
    """What is left of such a name without its suffix is nothing, and nothing is not looked for."""
    assert read_roles("# EOF\n_total 1\n", TEXT, roles(odd="_total"))["odd"].only == 1.0


@pytest.mark.parametrize("kind", ["histogram", "summary"])
def test_parts_of_histograms_have_the_wrong_type(kind: str) -> None:
    """A role pointed at a histogram's or summary's count reads type OTHER, whatever the name looks like."""
    reading = read_roles(f"# TYPE lag {kind}\nlag_sum 1\nlag_count 2\n", TEXT, roles(lag="lag_count"))["lag"]
    assert reading.type is MetricType.OTHER


def test_counter_without_total_keeps_its_name() -> None:
    """A counter declared without `_total` is read by the name it is exposed under."""
    assert read_roles("# TYPE n counter\nn 2\n", TEXT, roles(n="n"))["n"] == one(2.0, MetricType.COUNTER)


def test_openmetrics_counters_are_found_by_their_sample_name() -> None:
    """In OpenMetrics the family is declared without `_total`; exemplars and `_created` do not disturb."""
    text = (
        "# TYPE n counter\n# HELP n x\n"
        'n_total{a="1"} 4.0 # {trace="abc"} 1.0\nn_created{a="1"} 1.7e9\n'
        "# TYPE up gauge\nup 1\n# TYPE foreign histogram\n"
        'foreign_bucket{le="+Inf"} 1 # {trace="abc"} 1.0\n# EOF\n'
    )
    assert read_roles(text, OPENMETRICS, roles(n="n_total", up="up")) == {
        "n": one(4.0, MetricType.COUNTER, '{a="1"}'),
        "up": one(1.0),
    }


@pytest.mark.parametrize(
    ("text", "content_type", "words"),
    [
        ("<!doctype html><html></html>\n", "text/html", "HTML came instead"),
        ("\n<html>\n", TEXT, "HTML came instead"),
        ('{"up": 1}\n', "application/json", "JSON came instead"),
        ('{"up": 1}\n', TEXT, "cannot be read"),
        ("[]\n", TEXT, "JSON came instead"),
        ("", TEXT, "empty"),
        ("Internal Server Error\n", TEXT, "'Internal Server Error'"),
        ("up 1\nn_total 123", TEXT, "cut off in the line 'n_total 123'"),
        ("# TYPE up gauge\nup 1\n", OPENMETRICS, "# EOF is missing"),
        ("ok 1\nup one\n", TEXT, "'up one'"),
        ("ok 1\nup\n", TEXT, "'up'"),
        ('ok 1\nup{a="1 1\n', TEXT, "up{a="),
        ("# TYPE up\nup 1\n", TEXT, "'# TYPE up'"),
        ("up 1\nup 0\n", TEXT, "up twice"),
        ('up{a="1",b="2"} 1\nup{b="2",a="1"} 1\n', TEXT, "twice"),
        ('up{a=""} 1\nup 1\n', TEXT, "twice"),
        ("# TYPE up gauge\nup 1\nup 0\n# EOF\n", OPENMETRICS, "twice"),
        ("# TYPE up gauge\nup one\n# EOF\n", OPENMETRICS, "'up one'"),
        (f"up 1{'0' * 400}\n", TEXT, "cannot be read"),
    ],
)
def test_unusable_answers_are_refused_in_words(text: str, content_type: str, words: str) -> None:
    """What is no exposition, is cut off, is broken or contradicts itself is a bad answer that names the trouble."""
    with pytest.raises(BadAnswer, match=r"^[^\n]*$") as refused:
        read_roles(text, content_type, roles(up="up", n="n_total"))
    assert words in str(refused.value)


NAMES = ("up", "n_total", "lag", "other", "up_other", "n", "lag_seconds")
LABELS = st.dictionaries(st.sampled_from(["a", "type", "le2"]), st.text(max_size=8), max_size=3)


def filled(labels: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return the labels that say something: an empty one is none."""
    return [(name, value) for name, value in labels.items() if value]


@st.composite
def families(draw: st.DrawFn) -> str:
    """Return a valid exposition in the text format."""
    lines: list[str] = []
    for name in draw(st.permutations(NAMES)):
        if kind := draw(st.sampled_from([None, "gauge", "counter", "untyped"])):
            lines += [
                f"# HELP {name} up 1",
                f"# TYPE {name} {kind if kind != 'counter' or 'total' in name else 'gauge'}",
            ]
        for labels in draw(st.lists(LABELS, max_size=3, unique_by=lambda one: tuple(sorted(filled(one))))):
            inside = ",".join(
                '{}="{}"'.format(k, v.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n"))
                for k, v in labels.items()
            )
            value = draw(st.floats() | st.integers(-1000, 10**15))
            stamp = draw(st.sampled_from(["", " 1700000000000"]))
            lines.append(f"{name}{{{inside}}} {value}{stamp}" if inside else f"{name} {value}{stamp}")
        lines += draw(st.sampled_from([[], ["# a comment up 1"], [""]]))
    return "".join(f"{line}\n" for line in [*lines, "end 1"])


@given(families())
def test_says_what_the_full_parser_says(text: str) -> None:
    """Reading only the wanted lines gives the values and types that the library reads from the whole text."""
    expected: dict[str, dict[str, tuple[str, str]]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = ",".join(
                '{}="{}"'.format(k, v.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n"))
                for k, v in sorted(filled(sample.labels))
            )
            series = expected.setdefault(sample.name, {})
            series[f"{{{labels}}}" if labels else ""] = (family.type, str(float(sample.value)))
    readings = read_roles(text, TEXT, {name: (Selector(name=name),) for name in ("up", "n_total", "lag")})
    found = {
        name: {one.labels: (reading.type.value, str(one.value)) for one in reading.series}
        for name, reading in readings.items()
    }
    assert found == {name: series for name, series in expected.items() if name in ("up", "n_total", "lag")}


@given(st.text(alphabet='up n_total{}"=,# \n\\1.eTYPEg\t', max_size=80), st.sampled_from([TEXT, OPENMETRICS]))
def test_garbage_is_read_or_refused_but_never_crashes(text: str, content_type: str) -> None:
    """Whatever comes, the answer is readings or a bad answer."""
    ending = "# EOF\n" if content_type == OPENMETRICS else "\n"
    with suppress(BadAnswer):
        read_roles(text + ending, content_type, roles(up="up", n="n_total"))


WANTED = ("up", "n_total", "lag")
BLANKS = st.sampled_from(["", " ", "\t", "\r", "\x0b", "\u00a0"])
ODD_NAMES = st.sampled_from([*WANTED, "other", "up_x", "uplag", "", "up-x", '"up"'])
ODD_LABELS = ("", "{}", '{a="1"}', '{a="1",}', '{a="up 1"}', '{a="}"}', '{a=" # "}', '{a="1"', "{a=1}", '{"up",a="1"}')
ODD_VALUES = ("1", "NaN", "+Inf", "1e3", "0x1", "1_0", "one", "", "nan", "1 1700", "1 # {} 1", "1 2 3")
ODD_TYPES = st.tuples(
    st.sampled_from(["# TYPE", "#TYPE", "#  TYPE", "# HELP", "# type"]),
    st.sampled_from([*WANTED, '"up"', "other", "up-x"]),
    st.sampled_from(["gauge", "untyped", "summary", "gauge up 1", ""]),
).map(" ".join)
ODD_SAMPLES = st.tuples(
    BLANKS, ODD_NAMES, BLANKS, st.sampled_from(ODD_LABELS), BLANKS, st.sampled_from(ODD_VALUES), BLANKS
).map("".join)
OF_WANTED = re.compile(r'\s*(?:\{.*(?:up|n|lag)|(?:up|n_total|lag)(?![\w:])|#\s+TYPE\s+"?(?:up|n_total|lag)"?(?!\S))')


def declared_once(line: str) -> object:
    """Return what two lines must not share: of two types of one metric the library holds to either, by their place."""
    return tuple(line.replace('"', "").split()[:3])


def full_parse(text: str, content_type: str = TEXT) -> list[tuple[str, str, str]] | None:
    """Return every wanted series of the library's full parse, as name, labels and value; None where it refuses."""
    parser = openmetrics_families if content_type == OPENMETRICS else text_string_to_metric_families
    try:
        samples = [sample for family in parser(text) for sample in family.samples if sample.name in WANTED]
        return sorted((s.name, json.dumps(s.labels or {}, sort_keys=True), str(float(s.value))) for s in samples)
    except (ValueError, LookupError, TypeError):
        return None


def ours(text: str, content_type: str = TEXT) -> list[tuple[str, str, str]] | None:
    """Return the same of what is read here."""
    try:
        readings = read_roles(text, content_type, {name: (Selector(name=name),) for name in WANTED})
    except BadAnswer:
        return None
    series = ((name, one) for name, reading in readings.items() for one in reading.series)
    labels = re.compile(r'(\w+)="([^"]*)"')
    return sorted((name, json.dumps(dict(labels.findall(one.labels))), str(one.value)) for name, one in series)


@settings(max_examples=500)
@given(st.lists(ODD_SAMPLES | ODD_TYPES, max_size=6, unique_by=declared_once), st.sampled_from([TEXT, OPENMETRICS]))
def test_what_is_broken_is_read_or_refused_as_the_full_parser_does(lines: list[str], content_type: str) -> None:
    """Of the wanted lines none is believed that the library refuses, and none is read otherwise than it reads it."""
    end = "# EOF\n" if content_type == OPENMETRICS else "end 1\n"
    text = "".join(f"{line}\n" for line in lines) + end
    everything, found = full_parse(text, content_type), ours(text, content_type)
    wanted = full_parse("".join(f"{line}\n" for line in lines if OF_WANTED.match(line)) + end, content_type)
    if wanted is None:
        assert found is None
    elif len({one[:2] for one in wanted}) < len(wanted):
        assert found is None  # the library lets the text format hold a series twice
    elif everything is not None:
        assert found == everything
    else:
        assert found in (None, wanted)
