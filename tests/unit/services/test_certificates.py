"""A clearance is certified by itself, once, whoever else tries and whenever it dies, and anew once signed off."""

import asyncio
import json
import logging
from base64 import b64decode
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.certifying import certificates_of, countersign, revocations
from bot.clearance import revocation, taken, turn_of
from bot.daybook import standing_streak
from bot.domain.entry import Draft, Entry
from bot.domain.people import BOT, INSIDE
from bot.domain.policy import ClearanceTerms, Policy
from bot.domain.value import rfc3339
from bot.errors import LedgerBroken, Refused
from bot.services.certificates import Certificates
from tests.support.certified import OwnKey, certifying_room, cleared_room, live_day, no_key, said_of, sign_off
from tests.support.fakes import World
from tests.support.void_room import meanwhile


@pytest.fixture
async def room() -> World:
    """A desk that is cleared, and has a key."""
    return await cleared_room()


def issued(room: World) -> list[Any]:
    """Return what was certified."""
    return room.ledger.of_kind("certificate_issued")


async def revoke(room: World) -> None:
    """Revoke the clearance, as a later close does."""
    turn = await turn_of(room.desk, room.trader_desk)
    template = Draft(at=room.clock.now(), body=room.ledger.chain[-1].body, actor=BOT, origin=INSIDE, trader="orb")
    counted = await standing_streak(room.desk, room.trader_desk)
    await room.ledger.append(*revocation(template, "a new build", turn), taken(turn, counted, template))


async def test_a_clearance_is_certified_once() -> None:
    """Not before it is granted; then recorded and said in the channel in one transaction, and never again."""
    room = certifying_room()
    service = Certificates(room.desk)
    for day in range(3):
        await service.issue_due()
        assert issued(room) == []
        await live_day(room, day)
    for _ in range(3):
        await service.issue_due()
    (body,) = issued(room)
    (said,) = await said_of(room, "certificate")
    assert (said.placement, said.notice.digest, said.notice.renewed) == ("channel", body.digest, False)
    assert said.notice.envelope == body.envelope
    assert (said.notice.expires_at, body.previous) == (body.expires_at, "")
    kinds = room.ledger.kinds()
    assert kinds[kinds.index("certificate_issued") :] == ["certificate_issued", "message_queued", "streak_counted"]


async def test_it_is_renewed_when_it_is_signed_off(room: World) -> None:
    """The new one names who signed, and the one before; it is valid for no longer."""
    service = Certificates(room.desk)
    await service.issue_due()
    await room.clock.advance(3600)
    assert (await sign_off(room)).outcome == "done"
    for _ in range(2):
        await service.issue_due()
    first, second = issued(room)
    assert (second.previous, second.expires_at) == (first.digest, first.expires_at)
    _, said = await said_of(room, "certificate")
    assert (said.notice.renewed, said.notice.signed.actor.name) == (True, "Ben")


async def test_one_signed_off_before_it_was_certified_has_one_certificate(room: World) -> None:
    """There was no certificate to renew."""
    await sign_off(room)
    await Certificates(room.desk).issue_due()
    (said,) = await said_of(room, "certificate")
    assert (said.notice.renewed, said.notice.signed.actor.name) == (False, "Ben")


async def test_what_was_left_out_is_said_with_the_certificate() -> None:
    """Whoever reads it in the channel sees what it was not held to, and where it was burnt in."""
    room = await cleared_room(policy=Policy(excluded={"alerts": "no Prometheus here"}))
    await Certificates(room.desk).issue_due()
    (said,) = await said_of(room, "certificate")
    assert (said.notice.environment, said.notice.excluded) == ("paper", {"alerts": "no Prometheus here"})


async def test_two_at_once_certify_once(room: World) -> None:
    """Two bots, or a bot and a command line: one of them does it, and neither fails."""
    await asyncio.gather(*(Certificates(room.desk).issue_due() for _ in range(4)))
    assert (len(issued(room)), len(await said_of(room, "certificate"))) == (1, 1)


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_death_neither_loses_nor_doubles_it(room: World, when: str) -> None:
    """Killed at the append, before or after it took effect: the next bot has it once, said once."""
    append = room.ledger.append

    async def dying(*drafts: Draft) -> tuple[Entry, ...]:
        if when == "after":
            await append(*drafts)
        raise asyncio.CancelledError

    room.ledger.append = dying  # type: ignore[method-assign]
    with pytest.raises(asyncio.CancelledError):
        await Certificates(room.desk).issue_due()
    room.ledger.append = append  # type: ignore[method-assign]
    await Certificates(room.desk).issue_due()
    assert (len(issued(room)), len(await said_of(room, "certificate"))) == (1, 1)


async def test_none_is_issued_of_a_clearance_that_falls_in_the_same_moment(room: World) -> None:
    """Whoever moves the streak first wins; what is certified stood."""
    meanwhile(room, "certificate_issued", lambda: revoke(room))
    await Certificates(room.desk).issue_due()
    assert (issued(room), await said_of(room, "certificate")) == ([], [])


async def test_a_sign_off_in_the_same_moment_is_in_the_certificate(room: World) -> None:
    """It is built anew with what has just changed."""
    meanwhile(room, "certificate_issued", lambda: sign_off(room))
    await Certificates(room.desk).issue_due()
    (said,) = await said_of(room, "certificate")
    assert said.notice.signed.actor.name == "Ben"


async def test_without_a_key_it_waits(caplog: pytest.LogCaptureFixture) -> None:
    """The log says so once; once there is a key, it is issued."""
    key = OwnKey()
    key.broken = [no_key() for _ in range(3)]
    room = await cleared_room(key=key)
    caplog.set_level(logging.INFO)
    running = asyncio.create_task(Certificates(room.desk).run())
    await room.clock.advance(60)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert len(issued(room)) == 1
    assert [record.getMessage() for record in caplog.records if "certif" in record.getMessage()] == [
        f"a clearance waits for its certificate: {no_key()}",
        "clearances can be certified again",
    ]


async def test_trouble_is_no_end_of_it(room: World, caplog: pytest.LogCaptureFixture) -> None:
    """What cannot be recorded is tried again; a mistake does not end the watch either."""
    trouble: list[Any] = [LedgerBroken("Away."), LedgerBroken("Away."), ValueError("odd")]
    room.ledger.refuses = lambda draft: trouble.pop(0) if trouble else None
    caplog.set_level(logging.INFO)
    running = asyncio.create_task(Certificates(room.desk).run())
    await room.clock.advance(60)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert len(issued(room)) == 1
    said = [record.getMessage() for record in caplog.records if "certif" in record.getMessage()]
    assert said == [
        "clearances cannot be certified: Away.",
        "the certifying of clearances broke off, and goes on",
        "clearances can be certified again",
    ]


async def test_trouble_with_one_trader_holds_up_no_other(room: World) -> None:
    """Whatever it is: the other's clearance is certified, and the trouble is raised to where it is recorded."""
    read = room.ledger.entries

    async def picky(**asked: Any) -> tuple[Entry, ...]:
        if asked.get("trader") == "odd":
            raise ValueError("odd")
        return await read(**asked)

    room.ledger.entries = picky  # type: ignore[assignment]
    odd = replace(room.trader_desk, name="odd")
    desk = replace(room.desk, traders={"odd": odd, **room.desk.traders})
    with pytest.raises(ValueError, match="odd"):
        await Certificates(desk).issue_due()
    assert len(issued(room)) == 1


async def test_what_cannot_be_certified_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    """A trader that names no build has no certificate, and the log says what to do."""
    room = certifying_room()
    for day in range(3):
        await live_day(room, day, build="")
    service = Certificates(room.desk)
    for _ in range(3):
        await service.issue_due()
    (told,) = [record.getMessage() for record in caplog.records]
    assert told.startswith("the clearance of orb has no certificate: orb reports no build")
    assert issued(room) == []


async def test_a_clearance_whose_time_is_over_is_not_certified(caplog: pytest.LogCaptureFixture) -> None:
    """A key that comes too late makes no certificate that has expired already."""
    room = await cleared_room(policy=Policy(clearance=ClearanceTerms(valid=timedelta(hours=1))))
    await room.clock.advance(3600)
    await Certificates(room.desk).issue_due()
    assert (issued(room), "valid until" in caplog.text) == ([], True)


async def test_it_is_issued_on_a_host_whose_clock_is_behind(room: World) -> None:
    """No certificate says that it was issued before the clearance was granted."""
    room.clock.step_wall(-600)
    await Certificates(room.desk).issue_due()
    (entry,) = [entry for entry in room.ledger.chain if entry.body.kind == "certificate_issued"]
    granted = next(entry for entry in room.ledger.chain if entry.body.kind == "clearance_granted")
    assert entry.at == granted.at
    (found,) = await certificates_of(room.desk, room.trader_desk)
    assert found.state(room.clock.now()) == "valid"
    listed = await revocations(room.desk, room.trader_desk)
    told = json.loads(b64decode(str(listed["payload"])))
    assert told["issuedAt"] == rfc3339(entry.at)  # or a gate would call the list older than the certificate


async def test_a_desk_without_a_signatory_certifies_nothing(room: World, caplog: pytest.LogCaptureFixture) -> None:
    """The log says how to make a key."""
    room.desk = replace(room.desk, signatory=None)
    running = asyncio.create_task(Certificates(room.desk).run())
    await room.clock.advance(20)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert (issued(room), "burnin keys init" in caplog.text) == ([], True)


async def test_nothing_is_certified_of_a_ledger_that_was_altered(room: World, caplog: pytest.LogCaptureFixture) -> None:
    """Where the chain does not verify there is no certificate; the log says so once and names `burnin verify`."""
    chain = room.ledger.chain
    at = next(number for number, entry in enumerate(chain) if entry.body.kind == "day_closed")
    whole, chain[at] = chain[at], chain[at].model_copy(update={"hash": "0" * 64})
    service = Certificates(room.desk)
    for _ in range(2):
        await service.issue_due()
    assert not issued(room)
    assert caplog.text.count("does not verify") == 1
    assert "burnin verify" in caplog.text
    chain[at] = whole
    await Certificates(room.desk).issue_due()  # a bot that is started again on the ledger as it was
    assert len(issued(room)) == 1


async def test_nobody_signs_what_stands_in_an_altered_ledger(room: World) -> None:
    """A person's key is for what the bot certified, not for what a hand has put in its place."""
    await Certificates(room.desk).issue_due()
    chain = room.ledger.chain
    at = next(number for number, entry in enumerate(chain) if entry.body.kind == "certificate_issued")
    chain[at] = chain[at].model_copy(update={"hash": "0" * 64})
    with pytest.raises(Refused, match="does not verify"):
        await countersign(room.desk, room.trader_desk, OwnKey(), BOT, INSIDE)
