"""How far a long command is, step by step: shown while it runs, and kept with how it ended."""

from enum import StrEnum

from bot.domain.value import Value


class StepState(StrEnum):
    """How far a step of a long command is."""

    PENDING = "pending"
    IN_PROGRESS = "in_progress"
    COMPLETE = "complete"
    ERROR = "error"


class Step(Value):
    """One step of a long command, for whoever watches it."""

    name: str
    state: StepState
    detail: str = ""
    seconds: float | None = None
