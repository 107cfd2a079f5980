"""Delivery to a Slack that errs: nothing is lost, nothing is said twice, the order stays, and it resumes by itself.

Outbox, announcer, Slack's client and HTTP are real; the clock is moved by hand, so that ten minutes pass at once.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from itertools import pairwise

import pytest

from bot.domain.notice import Placement
from bot.sandbox.workspace import CutShort, Fault, Limits, NoAnswer, Page, RateLimited, Refusal, Slow, Workspace
from bot.sandbox.workspace.fault_kinds import Kind
from tests.support.delivery_room import TRADERS, DeliveryRoom, channel_of, delivery_room

POST, EDIT, SEARCHES = "chat.postMessage", "chat.update", "conversations.*"
SESSION = tuple(f"m{number:02}" for number in range(8))
NOT_TAKEN = (
    RateLimited(30),
    Page(500),
    Page(502),
    Page(503),
    Page(200),
    Page(200, content_type="application/json"),
    Page(200, content_type="text/plain"),
    Page(429),
    Refusal("upstream_timeout", status=504),
    Refusal("internal_error"),
    Refusal("service_unavailable", status=503),
    NoAnswer(),
    CutShort(taken=False),
    Slow(0.5, taken=False),
)
TAKEN = (
    Page(500, taken=True),
    Page(503, taken=True),
    Page(200, taken=True),
    Page(200, taken=True, content_type="application/json"),
    Page(200, taken=True, content_type="text/plain"),
    Refusal("upstream_timeout", status=504, taken=True),
    Refusal("internal_error", taken=True),
    Refusal("fatal_error", taken=True),
    NoAnswer(taken=True),
    CutShort(),
    Slow(0.5),
)


async def live_with(*faults: Fault) -> None:
    """Live through a session with these faults, and hold the channels to it."""
    async with delivery_room() as room:
        room.workspace.faults.add(*faults)
        await room.live_through(SESSION)
        await recovered(room)
        assert room.workspace.faults.met


async def recovered(room: DeliveryRoom) -> None:
    """Wait until everything is said, and hold the channels to it."""
    await room.until(lambda: room.all_said() and room.outbox.health().values["waiting"] == 0)
    await room.pass_time(5.0)
    await room.hold_to_it()
    assert room.outbox.health().ok


@pytest.mark.parametrize("kind", NOT_TAKEN, ids=str)
async def test_what_slack_did_not_take_is_said_later(kind: Kind) -> None:
    """The first message of all, and then several tries in a row."""
    await live_with(Fault(kind, POST, times=1), Fault(kind, POST, after=3, times=4))


@pytest.mark.parametrize("kind", TAKEN, ids=str)
async def test_what_slack_took_without_saying_so_is_not_said_again(kind: Kind) -> None:
    """In the channel, in a thread, and message after message."""
    await live_with(Fault(kind, POST, times=10))


@pytest.mark.parametrize("search", [RateLimited(20), Page(503), NoAnswer(), CutShort(), Slow(0.5)], ids=str)
async def test_a_search_that_fails_decides_nothing(search: Kind) -> None:
    """As long as nobody can tell whether it stands, it is not said again."""
    await live_with(Fault(NoAnswer(taken=True), POST, after=2, times=3), Fault(search, SEARCHES, times=4))


async def test_retry_after_is_kept_to_and_holds_up_no_other_channel() -> None:
    """A channel that is told to wait 40 seconds is not called before they are over, nor long after."""
    async with delivery_room() as room:
        limited = Fault(RateLimited(40), POST, after=1, times=1, when=lambda said: said["channel"] == channel_of("orb"))
        room.workspace.faults.add(limited)
        await room.live_through(SESSION[:3], apart=5.0)
        assert len(room.said("gap")) == 4
        assert len(room.said("orb")) == 1
        await recovered(room)
        tries = [call.at for call in room.posts("orb")]
        refused = next(call.at for call in room.posts("orb") if call.answer == "ratelimited")
        following = min(at for at in tries if at > refused)
        assert 40.0 <= following - refused < 43.0


async def test_a_crowd_of_messages_is_said_at_slacks_pace() -> None:
    """With no burst allowed not one post is refused, and the channels do not wait for each other."""
    async with delivery_room(Limits(burst=1)) as room:
        for trader in TRADERS:
            await room.queue(trader, *(f"m{number:02}" for number in range(30)))
        took = await room.until(room.all_said)
        await room.pass_time(5.0)
        await room.hold_to_it()
        assert 29.0 <= took < 45.0
        for trader in TRADERS:
            posts = room.posts(trader)
            assert {call.answer for call in posts} == {"ok"}
            assert all(later.at - earlier.at >= 1.0 for earlier, later in pairwise(posts))


async def test_a_crowd_of_edits_stays_within_slacks_minute() -> None:
    """Seventy messages are brought to their last words, and not one edit is refused."""
    async with delivery_room(Limits(posts_per_second=10.0)) as room:
        keys = [f"m{number:02}" for number in range(35)]
        for trader in TRADERS:
            await room.queue(trader, *keys)
        await room.until(room.all_said)
        for trader in TRADERS:
            for key in keys:
                await room.edit(trader, key, f"the end of {key}")
        await room.until(lambda: all(room.reads(name, key, f"the end of {key}") for name in TRADERS for key in keys))
        await recovered(room)
        assert {call.answer for call in room.workspace.faults.calls if call.method == EDIT} == {"ok"}


@pytest.mark.parametrize("kind", [NoAnswer(), Page(503), Refusal("service_unavailable", status=503)], ids=str)
async def test_an_outage_of_ten_minutes_delays_a_session_and_costs_nothing_of_it(kind: Kind) -> None:
    """It is tried calmly meanwhile, said in order afterwards, and what comes late says how late it is."""
    async with delivery_room() as room:
        await room.live_through(SESSION[:2])
        room.workspace.faults.add(Fault(kind, lasts=600.0))
        await room.live_through(SESSION[2:], apart=60.0)
        assert not room.outbox.health().ok
        assert "waits" in room.outbox.health().detail
        assert room.outbox.health().values["waiting"] == 12.0
        await room.pass_time(240.0)
        assert await room.until(room.all_said) < 120.0
        await room.pass_time(5.0)
        await room.hold_to_it()
        for trader in TRADERS:
            assert len([call for call in room.posts(trader) if call.fault]) <= 20, room.story()
            late = [said["text"] for said in room.workspace.desk.log.everything(channel_of(trader))[3:]]
            assert "delayed 10 min" in late[0]
            assert all("delayed" in text for text in late)


async def test_an_address_that_refuses_connections_is_an_outage_like_any_other() -> None:
    """What was connected is cut off, nothing listens, and then it does again."""
    async with delivery_room() as room:
        await room.live_through(SESSION[:2])
        async with room.workspace.away():
            await room.live_through(SESSION[2:], apart=60.0)
            assert not room.outbox.health().ok
        await recovered(room)


PERMANENT: dict[str, Callable[[Workspace], AbstractContextManager[None]]] = {
    "token_revoked": lambda workspace: workspace.troubles.token("token_revoked"),
    "token_expired": lambda workspace: workspace.troubles.token("token_expired"),
    "invalid_auth": lambda workspace: workspace.troubles.token("invalid_auth"),
    "account_inactive": lambda workspace: workspace.troubles.token("account_inactive"),
    "is_archived": lambda workspace: workspace.troubles.archived(channel_of("orb")),
    "not_in_channel": lambda workspace: workspace.troubles.removed(channel_of("orb")),
    "channel_not_found": lambda workspace: workspace.faults.during(Fault(Refusal("channel_not_found"), "chat.*")),
    "restricted_action": lambda workspace: workspace.faults.during(Fault(Refusal("restricted_action"), POST)),
    "missing_scope": lambda workspace: workspace.troubles.without("chat:write"),
}
TO_DO = {
    "is_archived": "unarchive",
    "not_in_channel": "invite",
    "channel_not_found": "configuration",
    "restricted_action": "admin",
    "missing_scope": "manifest",
}


@pytest.mark.parametrize("word", PERMANENT)
async def test_what_somebody_must_mend_is_told_once_and_delivery_resumes_by_itself(word: str) -> None:
    """The health says what to do; the ledger holds one episode; it is tried every half minute."""
    async with delivery_room() as room:
        await room.live_through(SESSION[:2])
        before = len(room.posts("orb"))
        with PERMANENT[word](room.workspace):
            await room.live_through(SESSION[2:6], apart=60.0)
            health = room.outbox.health()
            assert not health.ok
            assert word in health.detail
            assert TO_DO.get(word, "SLACK_BOT_TOKEN") in health.detail
            assert 6 <= len(room.posts("orb")) - before <= 10, room.story()
        assert await room.until(room.all_said) < 60.0
        await recovered(room)
        blocked = [body for body in room.world.ledger.of_kind("delivery_blocked") if body.channel == channel_of("orb")]
        resumed = [body for body in room.world.ledger.of_kind("delivery_resumed") if body.channel == channel_of("orb")]
        assert [word in body.reason for body in blocked] == [True]
        assert [200.0 < body.seconds < 290.0 for body in resumed] == [True]


async def test_one_channel_that_is_archived_holds_up_no_other() -> None:
    """The other one gets its messages when they are due."""
    async with delivery_room() as room:
        with room.workspace.troubles.archived(channel_of("orb")):
            await room.live_through(SESSION)
            assert len(room.said("gap")) == 1 + len(SESSION)
            assert room.said("orb") == []
        await recovered(room)


async def test_a_trouble_that_follows_another_is_named() -> None:
    """Blocked, mended into an outage, blocked for another reason: the health tells what holds it up now."""
    async with delivery_room() as room:
        await room.live_through(SESSION[:1])
        with room.workspace.troubles.archived(channel_of("orb")):
            await room.live_through(SESSION[1:3], apart=40.0)
            assert "is_archived" in room.outbox.health().detail
        with room.workspace.faults.outage():
            await room.live_through(SESSION[3:4], apart=60.0)
            assert "is_archived" not in room.outbox.health().detail
        with room.workspace.troubles.token("token_revoked"):
            await room.live_through(SESSION[4:5], apart=120.0)
            assert "token_revoked" in room.outbox.health().detail
        await recovered(room)


async def test_without_the_scope_to_search_it_is_said_at_least_once() -> None:
    """Nobody can tell whether it stands; losing it would be worse than saying it again."""
    async with delivery_room() as room:
        with room.workspace.troubles.without("channels:history", "groups:history"):
            room.workspace.faults.add(Fault(NoAnswer(taken=True), POST, after=4, times=1))
            await room.live_through(SESSION)
            await room.until(room.all_said)
            said = [*room.said("orb"), *room.said("gap")]
            assert len(said) == len(set(said)) + 1
        assert await room.world.ledger.unsent() == ()


@pytest.mark.parametrize("kind", [RateLimited(30), Page(503), NoAnswer(taken=True), NoAnswer(), CutShort()], ids=str)
async def test_an_edit_that_fails_ends_in_the_right_words(kind: Kind) -> None:
    """The last words of a message arrive where it stands, and what is queued after them is said after them."""
    async with delivery_room() as room:
        await room.live_through(SESSION[:2])
        room.workspace.faults.add(Fault(kind, EDIT, times=3))
        await room.edit("orb", "m01", "as it should read")
        await room.queue("orb", "after")
        await room.until(lambda: room.reads("orb", "m01", "as it should read"))
        await recovered(room)


@pytest.mark.parametrize("word", ["token_revoked", "is_archived", "not_in_channel", "missing_scope"])
async def test_an_edit_waits_until_its_channel_is_mended(word: str) -> None:
    """The health says what to do, and then the message gets its last words."""
    async with delivery_room() as room:
        await room.live_through(SESSION[:2])
        with PERMANENT[word](room.workspace):
            await room.edit("orb", "m01", "as it should read")
            await room.pass_time(70.0)
            assert TO_DO.get(word, "SLACK_BOT_TOKEN") in room.outbox.health().detail
        await room.until(lambda: room.reads("orb", "m01", "as it should read"), within=45.0)
        await recovered(room)


@pytest.mark.parametrize("word", ["message_not_found", "cant_update_message", "edit_window_closed"])
async def test_an_edit_of_what_cannot_be_edited_blocks_nothing(word: str) -> None:
    """A message that somebody deleted is no reason to say nothing any more."""
    async with delivery_room() as room:
        await room.live_through(SESSION[:2])
        room.workspace.faults.add(Fault(Refusal(word), EDIT))
        await room.edit("orb", "m01", "as it should read")
        await room.queue("orb", "after")
        await room.until(room.all_said, within=60.0)
        await recovered(room)


async def test_the_end_of_a_bot_in_the_middle_of_a_post_costs_nothing() -> None:
    """Slack took it, the answer is on its way, the bot is killed: the next one finds it, whatever was said since."""
    async with delivery_room() as room:
        await room.live_through(SESSION[:2])
        for number in range(2, len(SESSION)):
            room.workspace.faults.add(Fault(Slow(0.1), POST, times=2))
            for trader in TRADERS:
                await room.queue(trader, SESSION[number])
            taken = len(room.said("orb"))
            await room.clock.advance(2.0)
            await room.workspace.wait_for(lambda taken=taken: len(room.said("orb")) > taken)
            await room.kill()
            room.chat("orb", 250)
            await room.start()
            await room.pass_time(10.0)
        await recovered(room)


async def test_a_bot_that_starts_with_a_crowd_waiting_searches_for_each_and_loses_none() -> None:
    """More searches than Slack grants in a minute, for whatever waits may have been said by the bot before."""
    async with delivery_room(Limits()) as room:
        with room.workspace.faults.outage():
            for trader in TRADERS:
                await room.queue(trader, *(f"m{number:02}" for number in range(90)), placement=Placement.THREAD)
            await room.pass_time(30.0)
        await room.kill()
        await room.start()
        await recovered(room)
        searches = [call.answer for call in room.workspace.faults.calls if call.method.startswith("conversations.")]
        assert "ratelimited" in searches


async def test_what_was_said_is_found_behind_a_busy_channel() -> None:
    """More was said by people than a search of a few pages shows."""
    async with delivery_room() as room:
        await room.live_through(SESSION[:3])
        room.workspace.faults.add(Fault(NoAnswer(taken=True), POST, times=2), Fault(NoAnswer(), SEARCHES, lasts=60.0))
        await room.live_through(SESSION[3:4])
        room.chat("orb", 1_500)
        await recovered(room)


@pytest.mark.parametrize("seed", range(8))
async def test_any_faults_in_any_order(seed: int) -> None:
    """Whatever meets posts, searches and edits, and whenever the bot is killed: the channels end as they should."""
    async with delivery_room(Limits(), seed=seed) as room:
        chance = room.chance
        for _ in range(30):
            kind, method = chance.choice((*NOT_TAKEN, *TAKEN)), chance.choice((POST, POST, SEARCHES, EDIT))
            room.workspace.faults.add(Fault(kind, method, after=chance.randrange(4), times=chance.randrange(1, 3)))
        for key in SESSION:
            for trader in TRADERS:
                await room.queue(trader, key)
            if chance.random() < 0.3:
                await room.kill()
                await room.start()
            await room.pass_time(chance.choice((1.0, 20.0)))
        await room.until(room.all_said, within=3_600.0)
        room.workspace.faults.clear()
        await room.pass_time(120.0)
        await room.hold_to_it()
