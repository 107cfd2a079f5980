"""Signing a clearance off: by an approver, once, on record with name and time, and shown on its message."""

from typing import Any

import pytest

from bot.clearance import standing_clearance
from bot.domain.day import Provenance
from bot.domain.entry import Draft
from bot.domain.people import Role
from bot.domain.results import SignOffReport
from bot.domain.standing import ClearanceGranted
from bot.domain.streak import Streak
from tests.support.fakes import ASHA, IN_CHANNEL, World
from tests.support.void_room import BEN, DAYS, P, lived, room_after, said

SIGNING: dict[str, Any] = {"actor": BEN, "role": Role.APPROVER}


@pytest.fixture
async def room() -> World:
    """A desk after three days that passed."""
    found = room_after(2)
    await lived(found, P, P, P)
    return found


async def test_a_signature_is_on_record_and_shown(room: World) -> None:
    """With whose it is and when; the clearance's message shows it, and the channel is told."""
    outcome = await room.ask("signoff", **SIGNING)
    (entry,) = [entry for entry in room.ledger.chain if entry.body.kind == "clearance_signed"]
    (granted,) = [entry for entry in room.ledger.chain if entry.body.kind == "clearance_granted"]
    assert (entry.actor, entry.body.granted) == (BEN, granted.seq)  # type: ignore[union-attr]
    announced, edit = said(room, "cleared")
    assert (edit.placement, edit.edits, edit.notice.signed.actor) == ("edit", announced.key, BEN)
    assert edit.notice.model_copy(update={"signed": None}) == announced.notice
    (told,) = said(room, "signed_off")
    assert (told.placement, told.notice.signed.actor, told.notice.streak.passed) == ("channel", BEN, 3)
    assert isinstance(outcome.report, SignOffReport)
    assert (outcome.exit_code, outcome.report.days) == (0, tuple(day.date for day in DAYS[:3]))
    standing = await standing_clearance(room.desk, room.trader_desk)
    assert standing is not None
    assert standing.signed is not None
    assert (standing.signed.actor, standing.signed.at) == (BEN, entry.at)


async def test_it_is_signed_once(room: World) -> None:
    """A second approver is told of the first."""
    await room.ask("signoff", **SIGNING)
    outcome = await room.ask("signoff", role=Role.APPROVER)
    assert (outcome.exit_code, outcome.reason) == (4, "signed_already")
    assert outcome.message.startswith("Ben signed it off at ")


async def test_it_takes_an_approver(room: World) -> None:
    """An operator may not."""
    assert (await room.ask("signoff")).reason == "role"


async def test_without_a_clearance_there_is_nothing_to_sign() -> None:
    """Two days do not clear."""
    room = room_after(1)
    await lived(room, P, P)
    assert (await room.ask("signoff", **SIGNING)).reason == "not_cleared"


async def test_the_button_signs_the_clearance_that_it_stands_on(room: World) -> None:
    """Its number is part of the line."""
    (announced,) = said(room, "cleared")
    number = announced.notice.number
    assert (await room.ask(f"signoff --clearance {number + 1}", **SIGNING)).reason == "superseded"
    assert (await room.ask(f"signoff --clearance {number}", **SIGNING)).outcome == "done"


async def test_a_clearance_of_an_older_version_can_be_signed_too() -> None:
    """Its message is not known by its number, so it stays as it is; the channel is told."""
    room = room_after(2)
    granted = ClearanceGranted(streak=Streak(passed=3, required=3, cleared=True), provenance=Provenance())
    at = room.clock.now()
    await room.ledger.append(Draft(at=at, body=granted, actor=ASHA, origin=IN_CHANNEL, trader="orb", day=DAYS[2].date))
    assert (await room.ask("signoff", **SIGNING)).outcome == "done"
    assert (len(said(room, "cleared")), len(said(room, "signed_off"))) == (0, 1)
