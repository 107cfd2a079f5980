"""A certificate's life on every kind of ledger: issued, signed off and renewed, countersigned, revoked."""

import asyncio
import json
from base64 import b64decode
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from securesystemslib.dsse import Envelope

from bot.certifying import certificate_of, certificates_of, countersign, issue, revocations
from bot.domain.people import BOT, INSIDE, Actor, Origin
from bot.errors import NoSigningKey, Refused
from bot.ports import Ledger
from tests.support.certified import (
    DAYS,
    OwnKey,
    cleared_room,
    entries_of,
    live_day,
    made_void,
    no_key,
    said_of,
    sign_off,
)
from tests.support.fakes import World

CARA = Actor(kind="cli", id="cara", name="Cara")
TYPED = Origin(surface="cli", team="desk-1", raw="clearance sign")


def predicate(envelope: Any) -> Any:
    """Return what an envelope says."""
    return json.loads(b64decode(envelope["payload"]))["predicate"]


async def revoked_in(room: World, key: OwnKey) -> list[dict[str, str]]:
    """Return what the signed list names, once its signature is checked."""
    envelope = Envelope.from_dict(dict(await revocations(room.desk, room.trader_desk)))
    envelope.verify([key.public], 1)
    told = json.loads(envelope.payload)
    assert (envelope.payload_type, told["_type"], told["trader"]) == (
        "application/vnd.burnin.revocations+json",
        "urn:burnin:revocations:v1",
        "orb",
    )
    assert told["issuedAt"] == room.clock.now().astimezone(UTC).isoformat().replace("+00:00", "Z")
    found: list[dict[str, str]] = told["revoked"]
    return found


async def test_the_life_of_a_certificate(ledger: Ledger) -> None:
    """Issued, renewed by the sign-off, countersigned by a person, revoked with the clearance: all of it on record."""
    bot, cara = OwnKey(), OwnKey()
    room = await cleared_room(ledger, key=bot)
    desk, trader = room.desk, room.trader_desk
    first, new = await issue(desk, trader, BOT, INSIDE)
    assert (new, first.state(room.clock.now())) == (True, "valid")
    assert await issue(desk, trader, BOT, INSIDE) == (first, False)

    await sign_off(room)
    second, new = await issue(desk, trader, CARA, TYPED)
    assert (new, second.previous) == (True, first.digest)
    assert predicate(second.envelope)["people"]["signOff"]["by"]["name"] == "Ben"
    entry = (await entries_of(room, "certificate_issued"))[-1]
    assert (entry.actor, entry.origin.raw) == (CARA, "clearance sign")

    signed, keyid = await countersign(desk, trader, cara, CARA, TYPED)
    assert keyid == cara.public.keyid
    for envelope in (signed.envelope, (await certificate_of(desk, trader)).envelope):
        Envelope.from_dict(json.loads(json.dumps(envelope))).verify([bot.public, cara.public], 2)
    assert await revoked_in(room, bot) == []

    await made_void(room, 1)
    told = await revoked_in(room, bot)
    assert [each["certificate"] for each in told] == [first.digest, second.digest]
    assert {each["why"] for each in told} == {f"{DAYS[1].date} is void, and 2 of 3 days are left"}
    assert (await certificate_of(desk, trader)).state(room.clock.now()) == "revoked"
    with pytest.raises(Refused, match="holds no clearance"):
        await issue(desk, trader, BOT, INSIDE)
    assert (await ledger.verify()).broken_at is None


async def test_it_names_what_the_ledger_holds(ledger: Ledger) -> None:
    """Head and days are entries of this ledger, in it before the certificate, and it is the envelope that was said."""
    room = await cleared_room(ledger)
    found, _ = await issue(room.desk, room.trader_desk, BOT, INSIDE)
    entries = {entry.seq: entry for entry in await ledger.entries()}
    told = predicate(found.envelope)
    places = [told["ledger"], *(day["entry"] for day in told["days"])]
    assert [entries[place["seq"]].hash for place in places] == [place["hash"] for place in places]
    assert entries[told["clearance"]["entry"]].body.kind == "clearance_granted"
    assert told["ledger"]["seq"] == found.entry - 1
    (said,) = await said_of(room, "certificate")
    assert said.notice.envelope == found.envelope


async def test_a_clearance_that_rests_on_other_days_has_another_certificate(ledger: Ledger) -> None:
    """A fourth day stands in for a void one: the old certificate is revoked, and the new one names the void day."""
    bot = OwnKey()
    room = await cleared_room(ledger, key=bot)
    first, _ = await issue(room.desk, room.trader_desk, BOT, INSIDE)
    await live_day(room, 3)
    await made_void(room, 1)
    second, new = await issue(room.desk, room.trader_desk, BOT, INSIDE)
    told = predicate(second.envelope)
    assert (new, second.previous, second.granted > first.granted) == (True, first.digest, True)
    assert [day["date"] for day in told["days"]] == [str(DAYS[day].date) for day in (0, 2, 3)]
    assert [(day["date"], day["approvedBy"]["name"]) for day in told["voidDays"]] == [(str(DAYS[1].date), "Ben")]
    ((revoked,), both) = (await revoked_in(room, bot), await certificates_of(room.desk, room.trader_desk))
    assert (revoked["certificate"], revoked["why"]) == (first.digest, "another clearance took its place")
    assert [each.state(room.clock.now()) for each in both] == ["revoked", "valid"]


async def test_many_who_issue_at_once_issue_one(ledger: Ledger) -> None:
    """Each of them has the same certificate in the end."""
    room = await cleared_room(ledger)
    found = await asyncio.gather(*(issue(room.desk, room.trader_desk, BOT, INSIDE) for _ in range(4)))
    assert ({one.digest for one, _ in found}, sorted(new for _, new in found)) == (
        {found[0][0].digest},
        [False, False, False, True],
    )


async def test_a_key_that_signs_twice_at_once_has_signed_once(ledger: Ledger) -> None:
    """The second is told so, as it would be a moment later."""
    room = await cleared_room(ledger)
    await issue(room.desk, room.trader_desk, BOT, INSIDE)
    own = OwnKey()
    signing = (countersign(room.desk, room.trader_desk, own, CARA, TYPED) for _ in range(3))
    ended = await asyncio.gather(*signing, return_exceptions=True)
    assert sorted(type(end).__name__ for end in ended) == ["Refused", "Refused", "tuple"]
    assert len((await certificate_of(room.desk, room.trader_desk)).signatures) == 2


async def test_nobody_signs_twice_or_what_does_not_hold() -> None:
    """A key signs a certificate once; an expired or revoked one is refused, and so is none at all."""
    room = await cleared_room()
    desk, trader, own = room.desk, room.trader_desk, OwnKey()
    with pytest.raises(Refused, match="was ever certified"):
        await countersign(desk, trader, own, CARA, TYPED)
    found, _ = await issue(desk, trader, BOT, INSIDE)
    await countersign(desk, trader, own, CARA, TYPED)
    with pytest.raises(Refused, match="has signed this certificate before"):
        await countersign(desk, trader, own, CARA, TYPED)
    await room.clock.advance((found.expires_at - room.clock.now()).total_seconds())
    with pytest.raises(Refused, match="is expired"):
        await countersign(desk, trader, OwnKey(), CARA, TYPED)
    assert found.expires_at - datetime(2026, 11, 25, 3, 47, tzinfo=UTC) == timedelta(hours=72)


async def test_without_a_key_nothing_is_signed() -> None:
    """Neither a certificate nor a list is issued, and nothing is recorded."""
    key = OwnKey()
    room = await cleared_room(key=key)
    key.broken = [no_key(), no_key()]
    for work in (issue(room.desk, room.trader_desk, BOT, INSIDE), revocations(room.desk, room.trader_desk)):
        with pytest.raises(NoSigningKey):
            await work
    assert await entries_of(room, "certificate_issued") == ()
