"""What `burnin doctor` found of one part, in whichever room it was looked for."""

from enum import StrEnum

from bot.domain.value import Value


class State(StrEnum):
    """How a finding stands."""

    OK = "ok"
    WARNING = "warning"  # the bot works; something is less than it could be
    MISSING = "missing"  # something must be configured, installed or granted first
    UNREACHABLE = "unreachable"  # something outside does not answer


class Finding(Value):
    """One line of the examination."""

    part: str
    state: State
    text: str

    def __str__(self) -> str:
        return f"{self.state:<12}{self.part}: {self.text}"
