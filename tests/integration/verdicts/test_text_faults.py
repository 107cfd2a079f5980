"""The fault table, the text of `/metrics`: values that are none, wrong types, broken and foreign bodies."""

from pathlib import Path

import pytest

from tests.support.faults import ALWAYS, answers, says
from tests.support.scenario import Scenario, fault, harmless, hold
from tests.support.simulated_day import CLOSE

_SEEN = (60, 70)  # ten scrapes
_UNSEEN = {"sampled": "INCONCLUSIVE gap"}
_RESET = {"retries": "INCONCLUSIVE counter_reset"}  # ticks that fall look like a process that began anew
_OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"
_SWOLLEN = "".join(f'other_metric{{number="{n}",padding="{"x" * 60}"}} {n}\n' for n in range(60_000))  # 5 MB


def _openmetrics(text: str) -> str:
    """Return the exposition as OpenMetrics has it: counters are declared without `_total`, the end is marked."""
    lines = [
        line.replace("_total counter", " counter") if line.startswith("# TYPE") else line for line in text.splitlines()
    ]
    return "\n".join([*lines, "# EOF", ""])


def _doubled(text: str) -> str:
    return text + "trader_is_leader 1\n"


def _typed(name: str, kind: str, value: str = "1", labels: str = "") -> str:
    return f"# TYPE {name} {kind}\n{name}{labels} {value}\n"


def _without(text: str, beginning: str) -> str:
    return "".join(f"{line}\n" for line in text.splitlines() if not line.startswith(beginning))


def _timestamped(text: str) -> str:
    return "".join(f"{line}{'' if line.startswith('#') else ' 1763869500000'}\n" for line in text.splitlines())


TABLE = [
    # values
    fault("leader is NaN", says(60, 61, leader="NaN"), leader="INCONCLUSIVE nan"),
    fault("leader is +Inf", says(60, 61, leader="+Inf"), leader="FAIL not_leader"),
    fault("leader is -Inf", says(60, 61, leader="-Inf"), leader="FAIL not_leader"),
    fault("leader is -1", says(60, 61, leader="-1"), leader="FAIL not_leader"),
    fault("a heartbeat is NaN", says(60, 61, marketdata="NaN"), marketdata="INCONCLUSIVE nan"),
    fault("a heartbeat is NaN in the last scrape", says(CLOSE - 1, CLOSE, scan="NaN"), scan="INCONCLUSIVE nan"),
    fault("a heartbeat is +Inf", says(60, 61, order_stream="+Inf"), order_stream="FAIL stale"),
    fault("a heartbeat is -Inf", says(60, 61, order_stream="-Inf"), order_stream="INCONCLUSIVE negative"),
    fault("a heartbeat is negative", says(60, 61, scan="-0.001"), scan="INCONCLUSIVE negative"),
    fault("a NaN and a breach elsewhere", says(60, 61, scan="NaN"), says(90, 91, scan="9"), scan="FAIL stale"),
    fault("scan ticks are NaN", says(60, 61, ticks="NaN"), ticks="INCONCLUSIVE nan"),
    fault("scan ticks are +Inf", says(60, 61, ticks="+Inf"), ticks="INCONCLUSIVE nan", **_RESET),
    fault("scan ticks are negative", says(60, 61, ticks="-5"), ticks="INCONCLUSIVE negative", **_RESET),
    fault("a retry counter is NaN", says(60, 61, rate_limit="NaN"), rate_limit="INCONCLUSIVE nan"),
    fault("a retry counter is +Inf", says(60, 61, token_refresh="+Inf"), token_refresh="INCONCLUSIVE nan"),
    fault("a retry counter is negative", says(60, 61, token_refresh="-1"), token_refresh="INCONCLUSIVE negative"),
    harmless("numbers in other spellings", says(60, 61, leader="1e0", scan="+2.5E-1", marketdata="00.250")),
    # types
    fault(
        "leader is a counter", says(60, 61, leader=_typed("trader_is_leader", "counter")),
        leader="INCONCLUSIVE wrong_type",
    ),
    fault(
        "a heartbeat is a counter", says(60, 61, scan=_typed("trader_scan_heartbeat_seconds", "counter", "0.2")),
        scan="INCONCLUSIVE wrong_type",
    ),
    fault(
        "scan ticks are a gauge", says(60, 61, ticks=_typed("trader_scan_ticks_total", "gauge", "1061")),
        ticks="INCONCLUSIVE wrong_type",
    ),
    fault(
        "retries are a gauge all day",
        says(*ALWAYS, rate_limit=_typed("trader_retries_total", "gauge", "0", '{type="rate_limit"}')),
        rate_limit="INCONCLUSIVE wrong_type",
    ),
    fault(
        "leader is a histogram", says(60, 61, leader=_typed("trader_is_leader", "histogram")),
        leader="INCONCLUSIVE wrong_type",
    ),
    fault(
        "leader is an info", says(60, 61, leader=_typed("trader_is_leader", "info")),
        leader="INCONCLUSIVE wrong_type",
    ),
    harmless("types are not declared", answers(*ALWAYS, lambda text: _without(text, "# TYPE"))),
    harmless("types are declared untyped", says(60, 90, leader=_typed("trader_is_leader", "untyped"))),
    # bodies
    fault("every series twice", answers(*_SEEN, _doubled), **_UNSEEN),
    harmless("every series twice, once", answers(60, 61, _doubled)),
    fault("cut off in a line", answers(*_SEEN, lambda text: text[:-9]), **_UNSEEN),
    fault("cut off within a number", answers(*_SEEN, lambda text: text[: text.index("trader_oco") - 2]), **_UNSEEN),
    fault(
        "cut off at the end of a line", answers(60, 61, lambda text: text[: text.index("# TYPE trader_scan_ticks")]),
        ticks="INCONCLUSIVE missing",
    ),
    fault(
        "nothing but a comment", answers(60, 61, lambda text: "# busy\n"), leader="INCONCLUSIVE missing",
        heartbeats="INCONCLUSIVE missing", ticks="INCONCLUSIVE missing", retries="INCONCLUSIVE missing",
    ),
    fault(
        "metrics of somebody else", answers(60, 61, lambda text: "up 1\n"), leader="INCONCLUSIVE missing",
        heartbeats="INCONCLUSIVE missing", ticks="INCONCLUSIVE missing", retries="INCONCLUSIVE missing",
    ),
    fault("an empty body", answers(*_SEEN, lambda text: ""), **_UNSEEN),
    fault("white space", answers(*_SEEN, lambda text: " \n\n"), **_UNSEEN),
    fault("a login page", answers(*_SEEN, lambda text: "<!doctype html><h1>Sign in</h1>\n", "text/html"), **_UNSEEN),
    fault("HTML that says it is text", answers(*_SEEN, lambda text: "<html>trader_is_leader 1\n"), **_UNSEEN),
    fault("JSON", answers(*_SEEN, lambda text: '{"trader_is_leader": 1}\n', "application/json"), **_UNSEEN),
    fault("JSON that says it is text", answers(*_SEEN, lambda text: '{"trader_is_leader": 1}\n'), **_UNSEEN),
    fault("bytes that are no text", answers(*_SEEN, lambda text: b"\xff\xfe" + text.encode("utf-16-le")), **_UNSEEN),
    fault(
        "a value that is no number", answers(*_SEEN, lambda text: text.replace("_leader 1", "_leader yes")),
        **_UNSEEN,
    ),
    fault("no value", answers(*_SEEN, lambda text: text.replace("_leader 1", "_leader")), **_UNSEEN),
    fault("a decimal comma", answers(*_SEEN, lambda text: text.replace(" 0.25", " 0,25")), **_UNSEEN),
    harmless("a broken line of a metric that nobody asked for", answers(*_SEEN, lambda text: text + "other{a=} x\n")),
    # forms
    harmless("OpenMetrics all day", answers(*ALWAYS, _openmetrics, _OPENMETRICS)),
    fault("OpenMetrics without its end", answers(*_SEEN, str, _OPENMETRICS), **_UNSEEN),
    harmless("lines with timestamps", answers(*_SEEN, _timestamped)),
    harmless("labels on every gauge", says(60, 90, leader='trader_is_leader{pod="a"} 1\n')),
    harmless(
        "a label that changes",
        *(says(at, at + 1, leader=f'trader_is_leader{{pod="{at}"}} 1\n') for at in range(60, 90)),
    ),
    harmless("help and labels that speak of other values", says(
        60, 90, leader='# HELP trader_is_leader trader_is_leader 0\ntrader_is_leader{note="trader_is_leader 0"} 1\n',
    )),
    harmless("5 MB for three scrapes", answers(60, 63, lambda text: _SWOLLEN + text)),
    fault("more than 16 MB for ten scrapes", answers(*_SEEN, lambda text: 4 * _SWOLLEN + text), **_UNSEEN),
]  # fmt: skip


@pytest.mark.parametrize("scenario", TABLE, ids=lambda scenario: scenario.name)
async def test_the_table_holds(scenario: Scenario, tmp_path: Path) -> None:
    """Each row's day comes to the verdicts and reasons that it names, and no fault passes."""
    await hold(scenario, tmp_path)
