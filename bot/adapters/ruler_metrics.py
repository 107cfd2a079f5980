"""What is read of the program that evaluates the rules: a Prometheus, a vmalert, the ruler of a Thanos or a Mimir."""

from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer

from bot.domain.selector import Selector, parse_selector
from bot.domain.value import Value


def _parsed(value: Any) -> Any:
    if isinstance(value, str):
        return parse_selector(value)
    if isinstance(value, Selector):
        return value
    raise ValueError('this should be one metric: name or name{label="value"}')


OneSelector = Annotated[Selector, BeforeValidator(_parsed), PlainSerializer(str, return_type=str)]


class RulerMetrics(Value):
    """The metrics in which it tells of itself; the defaults are Prometheus's own."""

    evaluation_failures: OneSelector = parse_selector("prometheus_rule_evaluation_failures_total")
    iterations_missed: OneSelector = parse_selector("prometheus_rule_group_iterations_missed_total")
    process_start: OneSelector = parse_selector('process_start_time_seconds{job="prometheus"}')
