"""Who acts, and from where. Identity is an id; a name is only for reading."""

from enum import StrEnum
from typing import Literal

from bot.domain.value import UtcDatetime, Value


class Role(StrEnum):
    """What a person may do. Who belongs to the desk may look; an approver may do what an operator may."""

    NOBODY = "nobody"
    VIEWER = "viewer"
    OPERATOR = "operator"
    APPROVER = "approver"

    def allows(self, needed: "Role") -> bool:
        """Tell whether somebody with this role may do what needs the other."""
        order = list(Role)
        return order.index(self) >= order.index(needed)


class Actor(Value):
    """Who did it: a Slack user, a user of the command line, the scheduler or the bot itself."""

    kind: Literal["slack", "cli", "scheduler", "bot"]
    id: str
    name: str = ""

    def __str__(self) -> str:
        return self.name or f"{self.kind}:{self.id}"


class SignOff(Value):
    """An approver's signature: who, and when."""

    actor: Actor
    at: UtcDatetime


class Origin(Value):
    """Where it came from. `request` is the key that makes a redelivery recognisable."""

    surface: Literal["slack", "cli", "bot"]
    team: str = ""
    channel: str = ""
    raw: str = ""
    request: str = ""


BOT = Actor(kind="bot", id="burnin", name="burnin")
SCHEDULER = Actor(kind="scheduler", id="scheduler", name="scheduler")
INSIDE = Origin(surface="bot")
