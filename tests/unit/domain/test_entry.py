"""Ledger entries: a hash that knows everything in them, and the same hash for the same fact."""

from datetime import datetime, timedelta, timezone
from hashlib import sha256
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from bot.domain.day import DayRecord
from bot.domain.entry import (
    GENESIS,
    AlertsMeasured,
    Body,
    BotStopped,
    DayClosed,
    DrillMeasured,
    Entry,
    FlattenMeasured,
    ReconcileMeasured,
    hash_entry,
    link,
)
from bot.domain.judge import judge
from bot.domain.people import INSIDE, Actor, Role
from bot.domain.policy import Policy
from tests.support.drafts import AT, draft
from tests.support.evidence import clean_alerts, clean_day, clean_drill, clean_flatten, clean_reconcile, session_of

SESSION = session_of(60)
STOPPED = BotStopped(reason="asked to")
JUDGEMENT = judge(Policy(), SESSION, clean_day(SESSION))
RECORD = DayRecord(session=SESSION, verdict=JUDGEMENT.verdict, criteria=JUDGEMENT.criteria)
BODIES: list[Body] = [
    STOPPED,
    DayClosed(record=RECORD),
    DrillMeasured(run=clean_drill(SESSION)),
    FlattenMeasured(timing=clean_flatten(SESSION)),
    ReconcileMeasured(run=clean_reconcile(SESSION)),
    AlertsMeasured(history=clean_alerts()),
]


def test_the_hash_is_over_canonical_json() -> None:
    """Anyone can recompute an entry's hash from its JSON with RFC 8785 and SHA-256."""
    entry = link(draft(STOPPED), 1, GENESIS)
    content = entry.to_json()
    stated = content.pop("hash")
    assert stated == sha256(rfc8785.dumps(content)).hexdigest()


@pytest.mark.parametrize(
    "changes",
    [
        {"at": AT + timedelta(microseconds=1)},
        {"day": None},
        {"trader": "other"},
        {"key": "k"},
        {"actor": Actor(kind="cli", id="asha")},
        {"origin": INSIDE},
    ],
)
def test_the_hash_knows_every_field(changes: dict[str, Any]) -> None:
    """Whatever is changed in an entry changes its hash."""
    assert hash_entry(draft(STOPPED, **changes), 1, GENESIS) != hash_entry(draft(STOPPED), 1, GENESIS)


def test_the_hash_knows_number_predecessor_and_body() -> None:
    """An entry cannot be moved, relinked or reworded without its hash telling."""
    plain = draft(STOPPED)
    hashes = {
        hash_entry(plain, 1, GENESIS),
        hash_entry(plain, 2, GENESIS),
        hash_entry(plain, 1, "1" * 64),
        hash_entry(draft(BotStopped(reason="asked  to")), 1, GENESIS),
    }
    assert len(hashes) == 4


@given(st.integers(-12 * 60, 12 * 60))
def test_one_instant_has_one_hash(minutes: int) -> None:
    """The zone a time is written in is not part of the fact."""
    elsewhere = AT.astimezone(timezone(timedelta(minutes=minutes)))
    assert hash_entry(draft(STOPPED, at=elsewhere), 1, GENESIS) == hash_entry(draft(STOPPED), 1, GENESIS)


@pytest.mark.parametrize("body", BODIES, ids=lambda body: body.kind)
def test_an_entry_read_back_has_the_same_hash(body: Body) -> None:
    """What was stored as JSON and read again is the same entry, to the last digit."""
    entry = link(draft(body), 7, GENESIS)
    read = Entry.model_validate_json(entry.model_dump_json())
    assert read == entry
    assert hash_entry(read, 7, GENESIS) == entry.hash


@pytest.mark.parametrize(
    "text",
    ["{}", "", '{"kind": "unheard_of"}', '{"kind": "bot_stopped"}', '{"kind": "bot_stopped", "v": 2, "reason": ""}'],
)
def test_a_body_of_another_kind_or_version_is_refused(text: str) -> None:
    """What this version does not know is not guessed at."""
    with pytest.raises(ValidationError):
        TypeAdapter(Body).validate_json(text)


def test_a_time_without_a_zone_is_refused() -> None:
    """A naive time could be any of two dozen instants."""
    with pytest.raises(ValidationError, match="timezone"):
        draft(STOPPED, at=datetime(2026, 11, 23))  # noqa: DTZ001 - the point of it


def test_roles_build_on_each_other() -> None:
    """An approver may do what an operator may, who may look; not the other way."""
    assert Role.APPROVER.allows(Role.OPERATOR)
    assert Role.OPERATOR.allows(Role.OPERATOR)
    assert not Role.VIEWER.allows(Role.OPERATOR)


def test_an_actor_is_told_by_name_or_id() -> None:
    """A name is for reading; without one the id stands for it."""
    assert [str(Actor(kind="cli", id="asha", name=name)) for name in ("Asha", "")] == ["Asha", "cli:asha"]
