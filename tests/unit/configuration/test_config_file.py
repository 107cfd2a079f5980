"""The configuration file as values that know their lines."""

from pathlib import Path

import pytest

from bot.configuration.yaml_file import dotted, read_config
from bot.errors import ConfigurationError


def _file(folder: Path, text: str) -> Path:
    path = folder / "burnin.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_every_key_knows_its_line(tmp_path: Path) -> None:
    """Keys of mappings and items of lists know where they stand; what is absent has its parent's line."""
    file = read_config(_file(tmp_path, "a: 1\nlist:\n  - x: 2\n    y: 3\n"), {})
    assert file.line(("list", 0, "y")) == 4
    assert file.line(("list", 0, "z")) == 3
    assert file.line(("nowhere",)) == 1


def test_a_key_that_stands_twice_is_a_problem(tmp_path: Path) -> None:
    """A duplicate is reported with both lines, where YAML would silently keep the last."""
    file = read_config(_file(tmp_path, "a:\n  b: 1\n  c: 2\n  b: 3\n"), {})
    (problem,) = file.problems
    assert problem.path == ("a", "b")
    assert "lines 2 and 4" in problem.text


def test_a_merge_may_be_overridden(tmp_path: Path) -> None:
    """An anchor merged with `<<` and one of its keys again is no duplicate: that is what merging is for."""
    file = read_config(_file(tmp_path, "base: &base {x: 1, y: 2}\nmine:\n  <<: *base\n  y: 3\n"), {})
    assert not file.problems
    assert file.values["mine"] == {"x": 1, "y": 3}


def test_references_are_filled_in_everywhere(tmp_path: Path) -> None:
    """Values in lists and mappings are expanded, while the file as written is kept for complaints."""
    file = read_config(_file(tmp_path, 'a: ["${X}"]\nb: {c: "p ${X}"}\n'), {"X": "secret"})
    assert file.values == {"a": ["secret"], "b": {"c": "p secret"}}
    assert file.value_at(("b", "c")) == "p ${X}"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: [1\nb: 2\n", "burnin.yaml:2: this is not YAML"),
        ("- a\n", "burnin.yaml:1: the file must hold keys"),
        ("a: &a [*a]\n", "an alias inside its own anchor"),
        ("a: \x01\n", "this is not YAML"),
        ("a: 2026-13-45\n", "this is not YAML"),
    ],
)
def test_what_cannot_be_read_says_where(tmp_path: Path, text: str, said: str) -> None:
    """Broken YAML, or YAML of another shape, is refused with its place."""
    with pytest.raises(ConfigurationError, match=said):
        read_config(_file(tmp_path, text), {})


def test_an_unreadable_file_is_a_configuration_error(tmp_path: Path) -> None:
    """A folder, or bytes that are not UTF-8, are refused in words."""
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_config(tmp_path, {})
    path = tmp_path / "latin.yaml"
    path.write_bytes(b"a: \xff\n")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_config(path, {})


def test_an_empty_file_holds_nothing(tmp_path: Path) -> None:
    """A file of comments alone is an empty mapping, so that what is missing can be named."""
    assert read_config(_file(tmp_path, "# nothing\n"), {}).values == {}


def test_a_path_reads_as_people_write_it() -> None:
    """Steps are joined by dots, places in lists stand in brackets."""
    assert dotted(("traders", 0, "policy", "max_gap")) == "traders[0].policy.max_gap"
