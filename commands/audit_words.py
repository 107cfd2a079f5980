"""The words that narrow the audit trail down: a command or act, an outcome, a person, and by whom things were done."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator

from bot.domain.acts import ACTS
from commands.meant import nearest_of
from commands.people import is_person
from commands.registry import load_commands

OUTCOMES = ("done", "refused", "failed", "abandoned", "running")
ACTED = ("people", "machine")
FORMATS = ("table", "json", "csv", "jsonl")
_ACTORS = ("scheduler", "burnin")  # who is no person, and acts
_SCHEDULED = ("lapse", "fill", "retention", "recovery", "unknown")  # commands on record that nobody can type


def names_on_record() -> tuple[str, ...]:
    """Return what somebody may have typed, and the acts that are no command."""
    return *load_commands(), *ACTS.values()


def _a_person(word: str) -> str:
    if word.lower() in _ACTORS:
        return word.lower()
    if not is_person(word):
        raise ValueError("that is no person; write @name, me, scheduler or burnin")
    return word


def _a_command(word: str) -> str:
    names = (*names_on_record(), *_SCHEDULED)
    plain = " ".join(word.lower().split())
    if plain in names:
        return plain
    near = nearest_of(plain, names)
    raise ValueError(f"that is no command; did you mean {near}?" if near else "that is no command; 'help' lists them")


def _one_of(words: tuple[str, ...], what: str) -> BeforeValidator:
    def chosen(word: str) -> str:
        plain = word.lower()
        if plain in words:
            return plain
        near = nearest_of(plain, words)
        meant = f"did you mean {near}? There are" if near else "there are"
        raise ValueError(f"that is no {what}; {meant} {', '.join(words)}")

    return BeforeValidator(chosen)


PersonText = Annotated[str, AfterValidator(_a_person)]
CommandText = Annotated[str, AfterValidator(_a_command)]
OutcomeText = Annotated[str, _one_of(OUTCOMES, "outcome")]
ActedText = Annotated[str, _one_of(ACTED, "such choice")]
FormatText = Annotated[Literal["table", "json", "csv", "jsonl"], _one_of(FORMATS, "format")]
