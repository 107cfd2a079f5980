"""A closed day judged again on the very evidence it was closed on: the same, byte for byte, or what differs."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from hashlib import sha256

import rfc8785
from pydantic import JsonValue

from bot.domain.day import DayRecord
from bot.domain.entry import Entry
from bot.domain.judging import judge_day
from bot.domain.policy import Policy
from bot.domain.sample import Sample
from bot.domain.value import JsonObject, Value
from bot.domain.verdict import Verdict

_RESULTS = {"verdict", "criteria", "excluded"}


class Difference(Value):
    """One thing that the record and the replay do not agree on, for example `leader.detail`."""

    what: str
    recorded: JsonValue
    replayed: JsonValue


class Replay(Value):
    """A day as it was recorded, and as it is judged now.

    The digests are SHA-256 (hex) over the canonical JSON (RFC 8785) of verdict, criteria and exclusions: the same
    digest means the same bytes. `record` is the day as it would have been recorded now.
    """

    day: date
    recorded: Verdict
    replayed: Verdict
    recorded_digest: str
    replayed_digest: str
    differences: tuple[Difference, ...]
    record: DayRecord
    void: bool = False  # whether it counts for nothing, whatever its verdict

    @property
    def identical(self) -> bool:
        """Whether the replay gave the recorded bytes."""
        return self.recorded_digest == self.replayed_digest


def replay(record: DayRecord, entries: Sequence[Entry], samples: Sequence[Sample], policy: Policy) -> Replay:
    """Judge a day again.

    Args:
        record: the day as it was closed.
        entries: the day's entries up to `record.evidence_until`, oldest first.
        samples: the day's samples that those entries seal.
        policy: the record's own, or another one to see what it would have said.
    """
    judgement = judge_day(policy, record.session, entries, samples, lapsed=record.lapsed)
    provenance = record.provenance.model_copy(update={"policy": policy.digest})
    now = record.model_copy(
        update={
            **{name: getattr(judgement, name) for name in _RESULTS},
            "policy": policy,
            "provenance": record.provenance if policy == record.policy else provenance,
        }
    )
    before, after = _results(record), _results(now)
    return Replay(
        day=record.day,
        recorded=record.verdict,
        replayed=now.verdict,
        recorded_digest=_digest(before),
        replayed_digest=_digest(after),
        differences=tuple(_differences(_by_name(before), _by_name(after))),
        record=now,
    )


def _results(record: DayRecord) -> JsonObject:
    return record.model_dump(mode="json", include=_RESULTS)


def _digest(results: JsonObject) -> str:
    return sha256(rfc8785.dumps(results)).hexdigest()


def _by_name(results: JsonObject) -> dict[str, JsonValue]:
    """Return results flat: each criterion's fields under its own name."""
    criteria = results["criteria"]
    named: dict[str, JsonValue] = {"verdict": results["verdict"], "excluded": results["excluded"]}
    for criterion in criteria if isinstance(criteria, list) else ():
        if isinstance(criterion, dict):
            named |= {f"{criterion['id']}.{field}": value for field, value in criterion.items() if field != "id"}
    return named


def _differences(before: Mapping[str, JsonValue], after: Mapping[str, JsonValue]) -> Iterator[Difference]:
    for what in dict.fromkeys((*before, *after)):
        if before.get(what) != after.get(what):
            yield Difference(what=what, recorded=before.get(what), replayed=after.get(what))
