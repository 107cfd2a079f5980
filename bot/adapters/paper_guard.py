"""What must be read from a trader before anything may be traded on it: that it trades on paper, in its own words."""

import json
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, JsonValue, StrictBool, StrictInt, StrictStr

from bot.domain.value import JsonObject, Value
from bot.ports import PaperMode

SWITCHED_OFF = PaperMode(paper=True, words="the paper guard is switched off in the configuration")


class PaperGuard(Value):
    """Where the trader says its mode, and the one value that means paper.

    `field` is a dotted path into the JSON object that `endpoint` answers.
    """

    endpoint: str = Field("/ready", pattern=r"^/\S*$")
    field: str = Field("mode", min_length=1)
    equals: StrictBool | StrictInt | StrictStr = "paper"

    def judge(self, answer: JsonObject) -> PaperMode:
        """Tell whether an answer says paper: only the very same value, of the same type and case, does."""
        expected = json.dumps(self.equals)
        try:
            seen = self._look_up(answer)
        except KeyError as missing:
            return PaperMode(False, f"{self.endpoint} has no {missing.args[0]}; the paper guard needs {expected} there")
        shown = f"{self.endpoint} says {self.field} = {json.dumps(seen)[:80]}"
        if type(seen) is type(self.equals) and seen == self.equals:
            return PaperMode(True, shown)
        return PaperMode(False, f"{shown}, not {expected}")

    def _look_up(self, answer: JsonObject) -> JsonValue:
        found: JsonValue = answer
        for depth, name in enumerate(parts := self.field.split("."), start=1):
            if not isinstance(found, dict) or name not in found:
                raise KeyError(".".join(parts[:depth]))
            found = found[name]
        return found


def _guard_or_off(value: Any) -> Any:
    if value is None:
        raise ValueError("an empty paper_guard switches nothing off; leave it out, or write `paper_guard: off`")
    return None if value is False or value == "off" else value  # YAML reads a bare `off` as false


# As the configuration writes it: a guard, or `off` in so many words, which becomes None.
PaperGuardSetting = Annotated[PaperGuard | None, BeforeValidator(_guard_or_off)]
