"""What the gate may answer, each with the exit code that a pipeline goes by. Only one of them is 0."""

from typing import Final, NamedTuple


class Outcome(NamedTuple):
    """An answer: the process's exit code, and what it is called."""

    code: int
    words: str


CLEARED: Final = Outcome(0, "cleared")
NOT_CLEARED: Final = Outcome(1, "not cleared")
USAGE: Final = Outcome(2, "usage")
INTERNAL: Final = Outcome(5, "internal error")
EXPIRED: Final = Outcome(10, "expired")
NOT_YET_VALID: Final = Outcome(10, "not yet valid")
OTHER_BUILD: Final = Outcome(11, "other build")
OTHER_POLICY: Final = Outcome(12, "other policy")
OTHER_RULES: Final = Outcome(12, "other rules")
BAD_SIGNATURE: Final = Outcome(13, "bad signature")
REVOKED: Final = Outcome(14, "revoked")


class Rejected(Exception):
    """The certificate does not hold; the text says why."""

    def __init__(self, outcome: Outcome, why: str) -> None:
        super().__init__(why)
        self.outcome = outcome


class Misused(Exception):
    """What was typed, or a file that it names, cannot be used; the text says what to do. `hint` is a line to type."""

    def __init__(self, why: str, hint: str = "clearance verify --help") -> None:
        super().__init__(why)
        self.hint = hint
