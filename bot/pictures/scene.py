"""What the process that draws is told: a head in JSON, and the samples as columns of numbers behind it."""

from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import nan
from typing import Final

from bot.domain.mark import Mark
from bot.domain.metrics import HEARTBEATS, LEADER, RETRIES, SCAN_TICKS, heartbeat, retries
from bot.domain.policy import Policy
from bot.domain.sample import Sample, Source
from bot.domain.session import Session
from bot.domain.value import Value
from bot.domain.verdict import Verdict

SECONDS: Final = "seconds"  # the column of times, in seconds since the open
GAUGES: Final = (LEADER, *map(heartbeat, HEARTBEATS))
COUNTERS: Final = (SCAN_TICKS, *map(retries, RETRIES))
COLUMNS: Final = (SECONDS, *GAUGES, *COUNTERS)


class Head(Value):
    """What is drawn beside the samples.

    `reason` is the plain sentence behind the verdict, if it has one; a day that is not closed has no verdict either.
    """

    trader: str
    session: Session
    verdict: Verdict | None
    void: bool
    reason: str
    policy: Policy
    marks: tuple[Mark, ...]
    samples: int


@dataclass(frozen=True, slots=True)
class Scene:
    """A session as it is drawn: its head, and each of `COLUMNS` with one number a sample, NaN where there was none."""

    head: Head
    columns: Mapping[str, "array[float]"]

    def packed(self) -> bytes:
        """Return the scene as bytes: the head on the first line, then the columns one after the other."""
        body = b"".join(self.columns[name].tobytes() for name in COLUMNS)
        return self.head.model_dump_json().encode() + b"\n" + body


def unpacked(data: bytes) -> Scene:
    """Read back what `packed` wrote.

    Raises:
        ValueError: the bytes are none of `packed`.
    """
    first, _, body = data.partition(b"\n")
    head = Head.model_validate_json(first)
    size = head.samples * array("d").itemsize
    if len(body) != size * len(COLUMNS):
        raise ValueError(f"{len(body)} bytes of samples instead of {size * len(COLUMNS)}")
    parts = {name: body[at * size : (at + 1) * size] for at, name in enumerate(COLUMNS)}
    return Scene(head, {name: array("d", part) for name, part in parts.items()})


def columns_of(session: Session, policy: Policy, samples: Iterable[Sample]) -> "dict[str, array[float]]":
    """Return the trader's samples within a session, in order of time, as columns."""
    absent = dict.fromkeys(map(retries, RETRIES), 0.0 if policy.retries.absent_is_zero else nan)
    columns = {name: array("d") for name in COLUMNS}
    for sample in sorted(_within(session, samples), key=lambda sample: sample.at):
        columns[SECONDS].append((sample.at - session.opens).total_seconds())
        for role in GAUGES:
            reading = sample.readings.get(role)
            only = reading.only if reading else None
            columns[role].append(nan if only is None else only)
        for role in COUNTERS:
            reading = sample.readings.get(role)
            columns[role].append(reading.total if reading else absent.get(role, nan))
    return columns


def _within(session: Session, samples: Iterable[Sample]) -> Iterable[Sample]:
    return (sample for sample in samples if sample.source is not Source.ALERTS and session.contains(sample.at))
