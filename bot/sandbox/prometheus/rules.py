"""Alerting rules read from a rules file and evaluated over the stored samples, as a Prometheus does it."""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field

from bot.sandbox.prometheus.promql import Comparison, UnspokenError, number_text, parse_comparison, parse_duration
from bot.sandbox.prometheus.series import Labels, SeriesStore, labels_of

_TEMPLATE = re.compile(r"\{\{\s*\$(?:labels\.(\w+)|value)\s*\}\}")


class RuleText(BaseModel):
    """One alerting rule as the file writes it; a recording rule is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    alert: str
    expr: str
    hold: str = Field(default="0", alias="for")
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}


class GroupText(BaseModel):
    """One group of rules as the file writes it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    interval: str | None = None
    rules: tuple[RuleText, ...] = ()


class RulesFile(BaseModel):
    """A rules file: its groups."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    groups: tuple[GroupText, ...] = ()


@dataclass(slots=True)
class Alert:
    """One series that meets a rule's condition, since when, and whether for long enough to fire."""

    labels: dict[str, str]
    annotations: dict[str, str]
    active_at: float
    value: float
    state: str = "pending"


@dataclass(slots=True)
class Rule:
    """One alerting rule and what its latest evaluation found."""

    text: RuleText
    hold_seconds: float
    condition: Comparison | None
    problem: str
    health: str = "unknown"
    evaluated_at: float | None = None
    evaluation_seconds: float = 0.0
    alerts: dict[Labels, Alert] = field(default_factory=dict)

    @property
    def query(self) -> str:
        """The condition in Prometheus's own spelling."""
        return str(self.condition) if self.condition else self.text.expr.strip()

    @property
    def state(self) -> str:
        """The gravest state of its alerts: firing, pending or inactive."""
        states = {alert.state for alert in self.alerts.values()}
        return next((state for state in ("firing", "pending") if state in states), "inactive")

    def evaluate(self, store: SeriesStore, at: float) -> bool:
        """Find out which series meet the condition at a time; return whether that could be done."""
        began = time.perf_counter()
        if self.condition:
            self._look(self.condition, store, at)
        self.health = "ok" if self.condition else "err"
        self.evaluated_at = at
        self.evaluation_seconds = time.perf_counter() - began
        return self.condition is not None

    def samples(self) -> dict[Labels, float]:
        """Return the `ALERTS` series of the latest evaluation."""
        return {labels_of("ALERTS", {**alert.labels, "alertstate": alert.state}): 1.0 for alert in self.alerts.values()}

    def _look(self, condition: Comparison, store: SeriesStore, at: float) -> None:
        met = {}
        for labels, (_, value) in store.instant(condition.selector, at):
            if condition.holds(value):
                alert = self._alert(labels, value, at)
                met[labels_of("ALERTS", alert.labels)] = alert
        for key, alert in met.items():
            alert.active_at = self.alerts[key].active_at if key in self.alerts else at
            alert.state = "firing" if at - alert.active_at >= self.hold_seconds else "pending"
        self.alerts = met

    def _alert(self, series: dict[str, str], value: float, at: float) -> Alert:
        labels = {key: text for key, text in series.items() if key != "__name__"}
        own = {key: _expand(text, labels, value) for key, text in self.text.labels.items()}
        annotations = {key: _expand(text, labels, value) for key, text in self.text.annotations.items()}
        return Alert({**labels, **own, "alertname": self.text.alert}, annotations, at, value)


@dataclass(slots=True)
class Group:
    """Rules that are evaluated together, and how often that was done, missed or went wrong."""

    name: str
    file: str
    interval_seconds: float
    rules: list[Rule]
    iterations: int = 0
    missed: int = 0
    failures: int = 0
    evaluated_at: float | None = None
    evaluation_seconds: float = 0.0

    @property
    def label(self) -> str:
        """The value of the label `rule_group` in Prometheus's metrics about itself."""
        return f"{self.file};{self.name}"

    def evaluate(self, store: SeriesStore, at: float) -> None:
        """Evaluate every rule at a time and store its `ALERTS` series."""
        began = time.perf_counter()
        for number, rule in enumerate(self.rules):
            self.failures += not rule.evaluate(store, at)
            store.write(f"{self.label};{number}", at, rule.samples())
        self.iterations += 1
        self.evaluated_at = at
        self.evaluation_seconds = time.perf_counter() - began


def load_groups(path: Path, *, interval_seconds: float) -> list[Group]:
    """Read a rules file; `interval_seconds` holds for groups that name none.

    Raises:
        OSError: the file cannot be read.
        ValueError: it is no rules file the stand-in can load; the text says where.
    """
    content: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    return [
        Group(
            name=group.name,
            file=str(path),
            interval_seconds=parse_duration(group.interval) if group.interval else interval_seconds,
            rules=[_rule(text) for text in group.rules],
        )
        for group in RulesFile.model_validate(content).groups
    ]


def _rule(text: RuleText) -> Rule:
    try:
        condition, problem = parse_comparison(text.expr), ""
    except UnspokenError as error:
        condition, problem = None, str(error)
    return Rule(text=text, hold_seconds=parse_duration(text.hold), condition=condition, problem=problem)


def _expand(text: str, labels: Mapping[str, str], value: float) -> str:
    return _TEMPLATE.sub(lambda at: labels.get(at[1], "") if at[1] else number_text(value), text)
