"""The announcer against the sandbox workspace: where things are said, and that nothing is said twice."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import pytest
from aiohttp import web

from bot.domain.notice import Announcement, DayCard, Notice, Placement
from bot.errors import BurninError, DeliveryRefused, MessageGone, SlackUnreachable
from bot.ports import Head, Posted
from bot.sandbox.workspace import Channel, Fault, Limits, RateLimited, Refusal, Slow, Workspace
from bot.sandbox.workspace.state import DEFAULT_SCOPES
from bot.slack import forms
from bot.slack.announcer import SlackAnnouncer
from bot.slack.cards.message import Message
from bot.slack.clients import posting_client
from tests.support.slack_room import CLOCK, ROOM
from tests.support.slack_samples import DAY, NOTICES

OLD = "C0OLD"
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@pytest.fixture
async def slack() -> AsyncIterator[Workspace]:
    """A workspace without an app in it."""
    async with Workspace(limits=Limits.off()) as workspace:
        yield workspace


def announcer(slack: Workspace) -> SlackAnnouncer:
    """An announcer for its one channel."""
    return SlackAnnouncer(posting_client(slack.bot_token, slack.api_url), lambda trader: ROOM, CLOCK)


def saying(name: str, placement: Placement) -> Announcement:
    """An announcement of a sample notice."""
    return Announcement(key=f"key:{name}", trader="nifty-orb", day=DAY, placement=placement, notice=NOTICES[name])


async def test_details_stand_in_the_days_thread_and_verdicts_in_the_channel_too(slack: Workspace) -> None:
    """Root, thread and broadcast each stand where they belong."""
    says = announcer(slack)
    root = await says.post(saying("day_open", Placement.ROOT), None)
    await says.post(saying("drill_passed", Placement.THREAD), root)
    await says.post(saying("verdict_pass", Placement.BROADCAST), root)
    assert [reply["text"][:6] for reply in slack.replies(ROOM, root.ref)] == ["✅ PASS", "✅ PASS"]
    in_channel = [message["text"] for message in slack.messages(ROOM)]
    assert [text.split(" ·")[0] for text in in_channel] == ["Day 2 of 3", "✅ PASS"]


async def test_the_day_card_is_edited_in_place(slack: Workspace) -> None:
    """An update changes the message that stands there."""
    says = announcer(slack)
    root = await says.post(saying("day_open", Placement.ROOT), None)
    closed = NOTICES["day_closed"]
    assert isinstance(closed, DayCard)
    await says.update(saying("day_open", Placement.ROOT).model_copy(update={"notice": closed}), root)
    (message,) = slack.messages(ROOM)
    assert "PASS · closed" in message["text"]


async def test_a_message_carries_the_entry_that_asked_for_it_and_after_an_edit_the_one_that_asked_for_that(
    slack: Workspace,
) -> None:
    """Unseen, beside its key: so that the ledger can be held against it later."""
    says = announcer(slack)
    posted = await says.post(saying("day_open", Placement.ROOT), None, head=Head(7, "ab" * 32))
    (message,) = slack.messages(ROOM)
    assert message["metadata"]["event_payload"] == {"key": "key:day_open", "seq": 7, "hash": "ab" * 32}
    await says.update(saying("day_open", Placement.ROOT), posted, Head(9, "cd" * 32))
    (message,) = slack.messages(ROOM)
    assert message["metadata"]["event_payload"] == {"key": "key:day_open", "seq": 9, "hash": "cd" * 32}


@pytest.mark.parametrize("placement", [Placement.CHANNEL, Placement.THREAD])
async def test_a_post_whose_answer_was_lost_is_not_repeated(slack: Workspace, placement: Placement) -> None:
    """Slack took it but the answer got lost: the next attempt finds it, in the channel or in the thread."""
    says = announcer(slack)
    root = await says.post(saying("day_open", Placement.ROOT), None)
    slack.intercept = _loses_answers
    with pytest.raises(SlackUnreachable):
        await says.post(saying("drill_passed", placement), root)
    slack.intercept = None
    found = await says.post(saying("drill_passed", placement), root)
    everything = [*slack.messages(ROOM), *slack.replies(ROOM, root.ref)]
    assert [message["ts"] for message in everything] == [root.ref, found.ref]


async def test_a_post_whose_answer_does_not_tell_where_it_stands_is_not_repeated(slack: Workspace) -> None:
    """It is looked for like one whose answer was lost."""

    async def tells_nothing(request: web.Request, handler: Handler) -> web.StreamResponse:
        answer = await handler(request)
        return web.json_response({"ok": True}) if request.path.endswith("chat.postMessage") else answer

    says = announcer(slack)
    slack.intercept = tells_nothing
    with pytest.raises(SlackUnreachable, match="looked for"):
        await says.post(saying("cleared", Placement.CHANNEL), None)
    found = await says.post(saying("cleared", Placement.CHANNEL), None)
    assert [message["ts"] for message in slack.messages(ROOM)] == [found.ref]


async def test_what_is_said_late_says_by_how_much(slack: Workspace) -> None:
    """In the words of the notification and in the message."""
    await announcer(slack).post(saying("watch_lost", Placement.CHANNEL), None, timedelta(minutes=12, seconds=30))
    (message,) = slack.messages(ROOM)
    assert message["text"].endswith(" · delayed 12 min")
    assert "delayed 12 min" in str(message["blocks"][1])


async def test_how_long_slack_asks_to_be_left_alone_is_told(slack: Workspace) -> None:
    """For a post, an edit and a search alike; nothing was said, and nothing is searched for the next time."""
    says = announcer(slack)
    posted = await says.post(saying("cleared", Placement.CHANNEL), None)
    edit = saying("cleared", Placement.EDIT).model_copy(update={"edits": "key:cleared"})
    with slack.faults.during(Fault(RateLimited(0))):
        for call in (
            says.post(saying("revoked", Placement.CHANNEL), None),
            says.update(edit, posted),
            says.find(edit, None),
        ):
            with pytest.raises(SlackUnreachable, match="ratelimited") as refused:
                await call
            assert refused.value.retry_after == 0.0
    await says.post(saying("revoked", Placement.CHANNEL), None)
    assert [call.method for call in slack.faults.calls].count("conversations.history") == 1


async def test_an_edit_keeps_the_key_of_the_message_whose_place_it_takes(slack: Workspace) -> None:
    """So that it is found again, by whoever looks for it next."""
    says = announcer(slack)
    root = await says.post(saying("day_open", Placement.ROOT), None)
    posted = await says.post(saying("progress", Placement.THREAD), root)
    last = saying("progress_ended", Placement.EDIT).model_copy(update={"edits": "key:progress"})
    assert await announcer(slack).find(last, root) == posted
    await says.update(last, posted)
    assert "ended" in slack.replies(ROOM, root.ref)[0]["text"]
    assert await announcer(slack).find(last, root) == posted
    assert await announcer(slack).find(last.model_copy(update={"edits": "key:none"}), root) is None


async def test_what_is_looked_for_waits_until_it_is_posted(slack: Workspace) -> None:
    """An edit that comes while its message is on the way finds it there."""
    says = announcer(slack)
    slack.faults.add(Fault(Slow(0.2, taken=False), "chat.postMessage"))
    posting = asyncio.create_task(says.post(saying("progress", Placement.CHANNEL), None))
    await asyncio.sleep(0)
    last = saying("progress_ended", Placement.EDIT).model_copy(update={"edits": "key:progress"})
    assert await says.find(last, None) == await posting


async def test_what_is_looked_for_may_take_a_moment_to_show(slack: Workspace) -> None:
    """Its answer was lost, and the channel's history lags behind: who looks too soon leaves it as it is for ever."""
    says, lags_until = announcer(slack), CLOCK.monotonic() + 0.5

    async def lags(request: web.Request, handler: Handler) -> web.StreamResponse:
        if "conversations." in request.path and CLOCK.monotonic() < lags_until:
            return web.json_response({"ok": True, "messages": []})
        return await _loses_answers(request, handler)

    slack.intercept = lags
    with pytest.raises(SlackUnreachable):
        await says.post(saying("progress", Placement.CHANNEL), None)
    last = saying("progress_ended", Placement.EDIT).model_copy(update={"edits": "key:progress"})
    assert await says.find(last, None) is not None


async def test_a_doubtful_word_in_a_thread_that_was_deleted_is_looked_for_in_the_channel(slack: Workspace) -> None:
    """Where it was said in the channel for want of its thread, it is not said again."""
    gone = Posted(ROOM, "1.000001")
    said = await announcer(slack).post(saying("verdict_pass", Placement.BROADCAST), gone)
    later = announcer(slack)
    later.doubt({"key:verdict_pass": CLOCK.now()})
    assert await later.post(saying("verdict_pass", Placement.BROADCAST), gone) == said


async def test_what_an_earlier_process_may_have_said_is_searched_for(slack: Workspace) -> None:
    """After a crash between post and note, a doubted key is found instead of posted again."""
    said = await announcer(slack).post(saying("cleared", Placement.CHANNEL), None)
    later = announcer(slack)
    later.doubt({"key:cleared": CLOCK.now(), "key:revoked": CLOCK.now()})
    assert await later.post(saying("cleared", Placement.CHANNEL), None) == said
    await later.post(saying("revoked", Placement.CHANNEL), None)
    assert len(slack.messages(ROOM)) == 2


async def test_a_clock_that_is_fast_hides_no_message() -> None:
    """Slack's clock is minutes behind the host's: what was said stands before it was queued, and is found."""
    async with Workspace(limits=Limits.off(), now=lambda: CLOCK.now().timestamp() - 300.0) as slack:
        said = await announcer(slack).post(saying("cleared", Placement.CHANNEL), None)
        later = announcer(slack)
        later.doubt({"key:cleared": CLOCK.now()})
        assert await later.post(saying("cleared", Placement.CHANNEL), None) == said


async def test_without_the_scope_to_search_it_is_said_at_least_once(caplog: pytest.LogCaptureFixture) -> None:
    """Where history may not be read, a doubtful announcement is said again, and the log tells why."""
    async with Workspace(limits=Limits.off(), scopes=DEFAULT_SCOPES - {"channels:history"}) as slack:
        says = announcer(slack)
        says.doubt({"key:cleared": CLOCK.now()})
        await says.post(saying("cleared", Placement.CHANNEL), None)
        assert len(slack.messages(ROOM)) == 1
        assert "channels:history" in caplog.text


async def test_slack_that_cannot_be_reached_is_tried_again_later() -> None:
    """Nothing listens: that may pass, so it is not refused for good."""
    nobody = SlackAnnouncer(posting_client("xoxb-1", "http://127.0.0.1:9/api/"), lambda trader: ROOM, CLOCK)
    with pytest.raises(SlackUnreachable, match="tried again"):
        await nobody.post(saying("cleared", Placement.CHANNEL), None)


async def test_a_channel_without_the_bot_says_what_to_do(slack: Workspace) -> None:
    """A refusal for good tells whom to invite."""
    slack.desk.directory.change_channel(ROOM, members=())
    with pytest.raises(DeliveryRefused, match="/invite @burnin"):
        await announcer(slack).post(saying("cleared", Placement.CHANNEL), None)


async def test_a_wrong_token_says_which_variable_to_mend(slack: Workspace) -> None:
    """A refused token names the variable, never the token."""
    says = SlackAnnouncer(posting_client("xoxb-wrong", slack.api_url), lambda trader: ROOM, CLOCK)
    with pytest.raises(DeliveryRefused, match="SLACK_BOT_TOKEN") as refused:
        await says.post(saying("cleared", Placement.CHANNEL), None)
    assert "xoxb-wrong" not in str(refused.value)


async def test_blocks_that_slack_refuses_do_not_keep_the_words_from_being_said(
    slack: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mistake in a card would hold up every message of its channel: the text is said without it."""
    monkeypatch.setattr(forms, "render", _broken_card)
    await announcer(slack).post(saying("verdict_pass", Placement.CHANNEL), None)
    (message,) = slack.messages(ROOM)
    assert (message["text"], message.get("blocks")) == ("PASS", None)


@pytest.mark.parametrize("word", ["msg_too_long", "invalid_blocks", "no_text", "a_new_word"])
async def test_what_slack_takes_in_no_form_is_named_at_least(slack: Workspace, word: str) -> None:
    """For ever refused it would silence its channel for ever: a plain line with its key takes its place."""
    says = announcer(slack)
    slack.faults.add(Fault(Refusal(word), "chat.*", times=2))
    posted = await says.post(saying("verdict_pass", Placement.CHANNEL), None)
    (message,) = slack.messages(ROOM)
    assert "key:verdict_pass" in message["text"]
    slack.faults.add(Fault(Refusal(word), "chat.*", times=2))
    await says.update(saying("verdict_pass", Placement.EDIT).model_copy(update={"edits": "key:edited"}), posted)
    (message,) = slack.messages(ROOM)
    assert "key:edited" in message["text"]


async def test_a_workspace_that_refuses_new_kinds_of_blocks_is_told_the_same_in_plain_ones(slack: Workspace) -> None:
    """Once it has refused them it is spared them, in edits as well."""
    says = announcer(slack)
    slack.faults.add(Fault(Refusal("invalid_blocks"), "chat.postMessage", times=1))
    posted = await says.post(saying("progress", Placement.CHANNEL), None)
    (message,) = slack.messages(ROOM)
    assert "done · preflight" in str(message["blocks"])
    await says.update(saying("progress_broke_off", Placement.CHANNEL), posted)
    (message,) = slack.messages(ROOM)
    assert "done · preflight" in str(message["blocks"])
    assert len(slack.faults.calls) == 3


async def test_a_workspace_that_takes_new_kinds_of_blocks_keeps_them(slack: Workspace) -> None:
    """A message that is refused for something else says nothing of those."""
    says = announcer(slack)
    slack.faults.add(Fault(Refusal("invalid_blocks"), "chat.postMessage", times=2))
    await says.post(saying("progress", Placement.CHANNEL), None)
    await says.post(saying("progress_broke_off", Placement.CHANNEL), None)
    bare, kept = slack.messages(ROOM)
    assert bare.get("blocks") is None
    assert "plan" in {block["type"] for block in kept["blocks"]}


async def test_a_form_that_stays_refused_is_told(slack: Workspace) -> None:
    """Where not even a plain line is taken, it is no endless loop."""
    slack.faults.add(Fault(Refusal("invalid_blocks"), "chat.postMessage"))
    with pytest.raises(DeliveryRefused, match="invalid_blocks"):
        await announcer(slack).post(saying("verdict_pass", Placement.CHANNEL), None)
    assert len(slack.faults.calls) == 3


@pytest.mark.parametrize(("word", "status"), [("a_new_word", 500), ("a_new_word", 429), ("is_archived", 200)])
async def test_what_does_not_lie_in_the_message_is_no_reason_to_change_it(
    slack: Workspace, word: str, status: int
) -> None:
    """Where the server errs, or the channel is to be mended, it is tried again as it is, and not at once."""
    slack.faults.add(Fault(Refusal(word, status=status), "chat.postMessage"))
    with pytest.raises(BurninError):
        await announcer(slack).post(saying("verdict_pass", Placement.CHANNEL), None)
    assert len(slack.faults.calls) == 1


async def test_a_card_that_breaks_off_silences_nothing(slack: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """A notice that cannot be put into words is named, posted or edited; the log has the mistake."""

    def broken(_: Notice, __: str) -> Message:
        raise ValueError("a bug in a card")

    says = announcer(slack)
    monkeypatch.setattr(forms, "render", broken)
    posted = await says.post(saying("verdict_pass", Placement.CHANNEL), None, timedelta(minutes=3))
    await says.update(saying("verdict_pass", Placement.CHANNEL), posted)
    (message,) = slack.messages(ROOM)
    assert "key:verdict_pass" in message["text"]


async def test_a_verdict_whose_thread_was_deleted_is_said_in_the_channel(slack: Workspace) -> None:
    """Whoever deletes the day's root message does not silence the day."""
    posted = await announcer(slack).post(saying("verdict_pass", Placement.BROADCAST), Posted(ROOM, "1.000001"))
    assert [message["ts"] for message in slack.messages(ROOM)] == [posted.ref]


async def test_a_day_whose_channel_was_configured_anew_goes_on_in_the_new_one(slack: Workspace) -> None:
    """Its root message stands in a channel that is archived by now, or on a terminal: nothing waits for that."""
    before = SlackAnnouncer(posting_client(slack.bot_token, slack.api_url), lambda trader: OLD, CLOCK)
    slack.desk.directory.channels[OLD] = Channel(OLD, "old", ("U0BURNINBOT",))
    root = await before.post(saying("day_open", Placement.ROOT), None)
    with slack.troubles.archived(OLD):
        says = announcer(slack)
        for stands in (root, Posted("terminal", "")):
            says.doubt({"key:verdict_pass": CLOCK.now()})
            posted = await says.post(saying("verdict_pass", Placement.BROADCAST), stands)
            with pytest.raises(MessageGone, match="no longer the trader's channel"):
                await says.update(saying("day_open", Placement.ROOT), stands)
            last = saying("progress_ended", Placement.EDIT).model_copy(update={"edits": "key:progress"})
            assert await says.find(last, stands) is None
    assert [message["ts"] for message in slack.messages(ROOM)] == [posted.ref]


async def test_a_deleted_message_cannot_be_updated(slack: Workspace) -> None:
    """Editing what is gone is told apart: nothing is to be mended."""
    with pytest.raises(MessageGone, match="message_not_found"):
        await announcer(slack).update(saying("day_open", Placement.ROOT), Posted(channel=ROOM, ref="1.000001"))


async def _loses_answers(request: web.Request, handler: Handler) -> web.StreamResponse:
    answer = await handler(request)
    if request.path.endswith("chat.postMessage") and request.transport is not None:
        request.transport.abort()
    return answer


def _broken_card(_: Notice, __: str) -> Message:
    return Message(text="PASS", blocks=({"type": "no_such"},))
