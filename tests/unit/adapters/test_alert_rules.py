"""Rules files, and rules as Prometheus has them."""

from hashlib import sha256
from pathlib import Path

import pytest

from bot.adapters.alert_rules import LoadedRule, RulesFile, fold, problem_with
from bot.domain.evidence import AlertRule
from bot.errors import ConfigurationError

RULES = """
groups:
  - name: trader
    labels: {desk: nifty}
    rules:
      - record: trader:up
        expr: up
      - alert: Down
        expr: |
          up{job="a  # b"}   # how many
            ==  0
        for: 1h1m30s
        labels: {severity: critical}
        annotations: {summary: gone}
      - alert: Other
        expr: trader:up
"""
DOWN = AlertRule(name="Down", expr='up{job="a  # b"}==0', hold=3690.0, labels={"desk": "nifty", "severity": "critical"})


def test_alerting_rules_are_read(tmp_path: Path) -> None:
    """Alerting rules come with folded expression, wait and the labels of rule and group; recording rules do not."""
    file = tmp_path / "alerts.yml"
    file.write_text(RULES)
    assert RulesFile(file).rules() == (DOWN, AlertRule(name="Other", expr="trader:up", labels={"desk": "nifty"}))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "cannot be read"),
        ("groups: [", "no file of Prometheus rules"),
        ("[]", "no file of Prometheus rules"),
        ("", "no file of Prometheus rules"),
        ("groups: [{name: a, rules: [{alert: X}]}]", "no file of Prometheus rules"),
        ("groups: [{name: a, rules: [{alert: X, expr: up, for: soon}]}]", "'soon' is no duration"),
        ("groups: [{name: a, rules: [{record: x, expr: up}]}]", "holds no alerting rule"),
        ("groups: []", "holds no alerting rule"),
    ],
)
def test_unusable_files_are_told_in_words(tmp_path: Path, text: str | None, words: str) -> None:
    """A file that is missing, broken or without rules proves nothing, and the error says why in one line."""
    file = tmp_path / "alerts.yml"
    if text is not None:
        file.write_text(text)
    with pytest.raises(ConfigurationError, match=r"^rules_file: [^\n]*$") as refused:
        RulesFile(file).rules()
    assert words in str(refused.value)


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("sum  by (job) ( up )  >  1", "sum by(job)(up)>1"),
        ("a  or\n  b", "a or b"),
        ("up{a='x  y', b=\"#  \"}", "up{a='x  y',b=\"#  \"}"),
        ("up # how\n> 1", "up>1"),
        (" up ", "up"),
        ('up{a="x\\"  y"} [ 5m ]', 'up{a="x\\"  y"}[5m]'),
    ],
)
def test_white_space_is_folded_outside_of_quotes(written: str, told: str) -> None:
    """Layout and comments do not matter; what is quoted, and the space between two words, do."""
    assert fold(written) == told


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, None),
        ({"name": "Else"}, "Down is not loaded"),
        ({"expr": "up==1"}, "Down has another expression (up==1)"),
        ({"hold": 60.0}, "Down waits 60 s instead of 3690 s"),
        ({"labels": {}, "hold": 0.0}, "Down waits 0 s instead of 3690 s and has other labels"),
    ],
)
def test_differences_are_told(change: dict[str, object], words: str | None) -> None:
    """A rule that is missing or differs in expression, wait or labels is a problem; the nearest namesake counts."""
    namesake = LoadedRule(DOWN.model_copy(update={"expr": "x", "hold": 1.0, "labels": {}, "name": "X"}), "ok")
    loaded = [namesake, LoadedRule(DOWN.model_copy(update=change), "ok")]
    assert problem_with(DOWN, loaded, {}) == words


@pytest.mark.parametrize(
    ("more", "differs"),
    [
        ({}, False),
        ({"cluster": "a"}, False),
        ({"cluster": "a", "severity": "critical"}, False),
        ({"cluster": "b"}, True),
        ({"severity": "low"}, True),
        ({"zone": "a"}, True),
    ],
)
def test_labels_that_a_server_adds_are_no_difference(more: dict[str, str], differs: bool) -> None:
    """Only labels of the configured name and value are allowed for, and never in place of the rule's own."""
    loaded = [LoadedRule(DOWN.model_copy(update={"labels": {**DOWN.labels, **more}}), "ok")]
    words = "Down has other labels" if differs else None
    assert problem_with(DOWN, loaded, {"cluster": "a", "severity": "low"}) == words


def test_a_rules_file_is_looked_at_anew(tmp_path: Path) -> None:
    """A change of the file shows at once, also back to what it was and to what cannot be used."""
    path = tmp_path / "alerts.yml"
    path.write_text(RULES)
    file = RulesFile(path)
    told = file.rules()
    assert file.rules() is told
    path.write_text(RULES.replace("Other", "Another"))
    assert [rule.name for rule in file.rules()] == ["Down", "Another"]
    path.write_text("groups: [")
    for _ in range(2):
        with pytest.raises(ConfigurationError, match="no file of Prometheus rules"):
            file.rules()
    path.write_text(RULES)
    assert file.rules() == told
    assert file.digest() == sha256(RULES.encode()).hexdigest()
    path.unlink()
    assert file.digest() == ""


@pytest.mark.parametrize(
    ("health", "error", "words"),
    [
        ("err", "many-to-many", "Down cannot be evaluated (many-to-many)"),
        ("err", "", "Down cannot be evaluated (err)"),
        ("unknown", "", "Down has not been evaluated yet"),
        ("ok", "odd", "Down had an error (odd)"),
    ],
)
def test_health_is_told(health: str, error: str, words: str) -> None:
    """A rule that is loaded but not evaluated well is a problem."""
    assert problem_with(DOWN, [LoadedRule(DOWN, health, error)], {}) == words
