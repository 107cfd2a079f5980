"""The alerting rules a desk wrote down, and whether they are the ones that Prometheus has loaded."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import yaml

from bot.domain.evidence import AlertRule
from bot.errors import ConfigurationError

_QUOTED = r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'|`[^`]*`'
_PIECE = re.compile(rf"(?P<kept>{_QUOTED})|(?P<blank>(?:\s|#[^\n]*)+)|(?P<other>[^\s#\"'`]+|.)", re.DOTALL)
_UNITS = {"y": 31_536_000, "w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1, "ms": 0.001}
_DURATION = re.compile(r"(\d+)(ms|[ywdhms])")


@dataclass(frozen=True, slots=True)
class LoadedRule:
    """A rule as Prometheus has it, how its last evaluation went (`ok`, `err`, `unknown`), and whether it fires."""

    rule: AlertRule
    health: str
    last_error: str = ""
    fires: bool = False


def fold(expr: str) -> str:
    """Return an expression without comments, and without white space but where it parts two words."""
    folded = ""
    for piece in _PIECE.finditer(expr):
        folded += " " if piece["blank"] else piece[0]
    # A space within quotes stands between the very quotes, never at an edge of a piece.
    parts = re.split(rf"({_QUOTED})", folded)
    parts[::2] = [re.sub(r"(?<![\w:]) | (?![\w:])", "", part) for part in parts[::2]]
    return "".join(parts)


class RulesFile:
    """A file of alerting rules, which may change at any time: it is looked at anew whenever it is asked."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._content = b""
        self._rules: tuple[AlertRule, ...] = ()  # what that content holds

    def rules(self) -> tuple[AlertRule, ...]:
        """Return its alerting rules; recording rules are left out.

        Raises:
            ConfigurationError: it cannot be read, or holds no alerting rule.
        """
        try:
            content = self._path.read_bytes()
        except OSError as error:
            raise ConfigurationError(
                f"rules_file: {self._path} cannot be read ({error.strerror}); mend the path"
            ) from error
        if content != self._content or not self._rules:
            self._content, self._rules = content, self._parsed(content)
        return self._rules

    def digest(self) -> str:
        """Return its SHA-256 (hex), or an empty text where it cannot be read."""
        try:
            return sha256(self._path.read_bytes()).hexdigest()
        except OSError:
            return ""

    def _parsed(self, content: bytes) -> tuple[AlertRule, ...]:
        try:
            rules = tuple(_rules_of(yaml.safe_load(content.decode())))
        except (yaml.YAMLError, ValueError, LookupError, TypeError, AttributeError) as error:
            said = " ".join(str(error).split())
            raise ConfigurationError(
                f"rules_file: {self._path} is no file of Prometheus rules ({said}); mend it"
            ) from error
        if not rules:
            raise ConfigurationError(f"rules_file: {self._path} holds no alerting rule; name the file that does")
        return rules


def _rules_of(document: Any) -> Iterator[AlertRule]:
    for group in document["groups"]:
        for rule in group["rules"]:
            if "alert" in rule:
                yield AlertRule(
                    name=str(rule["alert"]),
                    expr=fold(str(rule["expr"])),
                    hold=_seconds(str(rule.get("for", "0s"))),
                    labels=_labels(group.get("labels")) | _labels(rule.get("labels")),
                )


def _labels(written: Any) -> dict[str, str]:
    return {str(name): str(value) for name, value in (written or {}).items()}


def _seconds(text: str) -> float:
    if text == "0":
        return 0.0
    if not text or _DURATION.sub("", text):
        raise ValueError(f"{text!r} is no duration")
    return float(sum(int(number) * _UNITS[unit] for number, unit in _DURATION.findall(text)))


def problem_with(rule: AlertRule, loaded: Sequence[LoadedRule], added: Mapping[str, str]) -> str | None:
    """Return in one sentence what keeps a rule of the file from being in force, or None where nothing does.

    Args:
        rule: as the file has it.
        loaded: all that is loaded.
        added: labels that a loaded rule may have beside its own.
    """
    candidates = [one for one in loaded if one.rule.name == rule.name]
    if not candidates:
        return f"{rule.name} is not loaded"
    found = min((list(_differences(rule, one, added)) for one in candidates), key=len)
    return f"{rule.name} {' and '.join(found)}" if found else None


def _differences(rule: AlertRule, loaded: LoadedRule, added: Mapping[str, str]) -> Iterator[str]:
    if rule.expr != loaded.rule.expr:
        yield f"has another expression ({loaded.rule.expr})"
    if rule.hold != loaded.rule.hold:
        yield f"waits {loaded.rule.hold:g} s instead of {rule.hold:g} s"
    # A label of the rule's own stays in the comparison, also where another of that name is added to all rules.
    others = {name: value for name, value in added.items() if name not in rule.labels}
    if rule.labels.items() != loaded.rule.labels.items() - others.items():
        yield "has other labels"
    if loaded.health == "unknown":
        yield "has not been evaluated yet"
    elif loaded.health != "ok":
        yield f"cannot be evaluated ({loaded.last_error or loaded.health})"
    elif loaded.last_error:
        yield f"had an error ({loaded.last_error})"
