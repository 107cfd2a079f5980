"""The base of every value that is stored, sent or shown: frozen, and closed to keys nobody declared."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, JsonValue

JsonObject = dict[str, JsonValue]

# One instant has one spelling in the ledger, whatever zone it came in, or the hash of the same fact would differ.
UtcDatetime = Annotated[AwareDatetime, AfterValidator(lambda at: at.astimezone(UTC))]


class Value(BaseModel):
    """A frozen pydantic model that refuses unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def to_json(self) -> JsonObject:
        """Return the value as JSON types only (times as ISO 8601 text, durations as seconds)."""
        return self.model_dump(mode="json")


def rfc3339(at: datetime) -> str:
    """Return an instant as RFC 3339 text in UTC, which ends in Z."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def epoch_us(at: datetime) -> int:
    """Return an aware datetime as whole microseconds since 1970 in UTC, without float rounding."""
    delta = at - _EPOCH
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds


def from_epoch_us(microseconds: int) -> datetime:
    """Return the instant, in UTC, that `epoch_us` made a number of."""
    return _EPOCH + timedelta(microseconds=microseconds)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
