"""Files to a Slack that errs: each is shared once, or its words are said once; no message waits for it.

Outbox, announcer, Slack's client and HTTP are real, only the drawing is not; the clock is moved by hand.
"""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest

from bot.daybook import say
from bot.domain.entry import MessageSent
from bot.domain.mark import Mark, MarkKind
from bot.domain.notice import Notice, Placement, RowsFile, SessionPicture
from bot.domain.verdict import Verdict
from bot.errors import NotDrawn
from bot.sandbox.workspace import CutShort, Fault, NoAnswer, Page, RateLimited, Refusal, Slow
from bot.sandbox.workspace.fault_kinds import Kind
from bot.slack.uploads import MOST_TRIES
from tests.support.delivery_room import DeliveryRoom, channel_of, delivery_room

RESERVE, BYTES, SHARE, POST = "files.getUploadURLExternal", "upload", "files.completeUploadExternal", "chat.postMessage"
ROWS = RowsFile(name="reconcile", title="Rows that reconcile found", columns=("id", "sum"), rows=(("7", "=1+1"),))
HALF_TAKEN = (NoAnswer(taken=True), CutShort(), Page(500, taken=True), Refusal("internal_error", taken=True), Slow(0.5))
NOT_TAKEN = (
    NoAnswer(),
    Page(500),
    Page(503),
    Page(200),
    RateLimited(30),
    Refusal("internal_error"),
    CutShort(taken=False),
)


@dataclass
class Painted:
    """An artist that paints one dot, or cannot."""

    trouble: str = ""
    drawn: list[SessionPicture] = field(default_factory=list)

    async def draw(self, trader: str, picture: SessionPicture) -> bytes:
        """Return a picture of a trader's session."""
        self.drawn.append(picture)
        if self.trouble:
            raise NotDrawn(self.trouble)
        return b"\x89PNG dot"


def picture(room: DeliveryRoom) -> SessionPicture:
    """The picture of the room's session."""
    marks = (Mark(kind=MarkKind.DRILL, start=room.session.opens),)
    return SessionPicture(session=room.session, verdict=Verdict.FAIL, marks=marks)


async def queue(room: DeliveryRoom, notice: Notice, key: str = "file") -> None:
    """Queue a file for the day's thread of one trader."""
    at, day = room.clock.now(), room.session.date
    await room.world.ledger.append(say(notice, key=key, trader="orb", at=at, day=day, placement=Placement.THREAD))


def said(room: DeliveryRoom) -> list[dict[str, Any]]:
    """What stands in the trader's channel beside the day's root message."""
    return [m for m in room.workspace.desk.log.everything(channel_of("orb")) if "root:" not in str(m.get("metadata"))]


async def settled(room: DeliveryRoom, key: str = "file") -> MessageSent:
    """Wait until a file is noted as said, and return the note."""

    def sent() -> list[MessageSent]:
        return [note for note in room.world.ledger.of_kind("message_sent") if note.message == key]

    await room.until(lambda: bool(sent()))
    await room.pass_time(30)
    (note,) = sent()
    return note


async def test_a_picture_stands_in_the_days_thread_with_its_words() -> None:
    """The words say the verdict and what is marked, and so does its alt text."""
    async with delivery_room(artist=Painted()) as room:
        await queue(room, picture(room))
        note = await settled(room)
        (message,) = said(room)
        (file,) = message["files"]
        assert note.ref == file["id"]
        assert message["thread_ts"]
        assert message["text"].startswith("❌ FAIL · orb · 🖼️ the session of 2026-11-23. Marked: drill <!date^")
        assert file["alt_txt"].startswith("FAIL: orb, session of 2026-11-23.")
        assert file["alt_txt"].endswith("Marked: drill 09:15 IST.")
        assert file["mimetype"] == "image/png"
        assert room.workspace.desk.files.get(file["id"]).content == b"\x89PNG dot"


async def test_rows_stand_in_the_days_thread_as_csv() -> None:
    """A spreadsheet takes what somebody wrote into a database for words."""
    async with delivery_room(artist=Painted()) as room:
        await queue(room, ROWS)
        await settled(room)
        (message,) = said(room)
        (file,) = message["files"]
        assert file["name"].startswith("orb-2026-11-23-reconcile-")
        assert file["name"].endswith(".csv")
        assert room.workspace.desk.files.get(file["id"]).content == b"id,sum\r\n7,'=1+1\r\n"


@pytest.mark.parametrize("kind", HALF_TAKEN, ids=repr)
async def test_a_file_whose_answer_was_lost_is_not_shared_twice(kind: Kind) -> None:
    """It is looked for in the thread before it is uploaded again."""
    async with delivery_room(artist=Painted()) as room:
        room.workspace.faults.add(Fault(kind, SHARE, times=1))
        await queue(room, picture(room))
        await settled(room)
        assert len(said(room)) == 1
        assert [call.method for call in room.workspace.faults.calls].count(RESERVE) == 1


@pytest.mark.parametrize("method", [RESERVE, BYTES, SHARE])
@pytest.mark.parametrize("kind", NOT_TAKEN, ids=repr)
async def test_a_file_that_was_not_taken_is_uploaded_again(kind: Kind, method: str) -> None:
    """Whatever step of three went wrong; the picture is drawn once, and no message waits."""
    async with delivery_room(artist=(artist := Painted())) as room:
        room.workspace.faults.add(Fault(kind, method, times=2))
        await queue(room, picture(room))
        await room.pass_time(1)
        await room.queue("orb", "later")
        await settled(room)
        assert [bool(message.get("files")) for message in said(room)].count(True) == 1
        assert len(said(room)) == 2
        assert len(artist.drawn) == 1


@pytest.mark.parametrize("kind", [NoAnswer(taken=True), Slow(5.0)], ids=repr)
async def test_a_bot_that_was_killed_in_between_leaves_no_second_file(kind: Kind) -> None:
    """The one that comes after it finds the file by its name."""
    async with delivery_room(artist=Painted()) as room:
        room.workspace.faults.add(Fault(kind, SHARE, times=1))
        await queue(room, picture(room))
        while not said(room):
            await room.clock.advance(0.2)
            await asyncio.sleep(0.01)
        await room.kill()
        await room.clock.advance(5)
        await room.start()
        await settled(room)
        assert len(said(room)) == 1


async def test_a_file_that_comes_to_stand_after_its_bot_was_killed_is_found() -> None:
    """Slack shows it a while after it took it; who comes next looks for it no sooner."""
    async with delivery_room(artist=Painted()) as room:
        await room.queue("orb", "first")
        await room.until(lambda: bool(said(room)))
        room.workspace.faults.add(Fault(Slow(5.0), SHARE, times=1))
        shared: list[tuple[str, str, dict[str, Any]]] = []
        post, room.workspace.desk.log.post = room.workspace.desk.log.post, lambda *told: shared.append(told) or {}  # type: ignore[method-assign, func-returns-value]
        await queue(room, picture(room))
        while not shared:
            await room.clock.advance(0.2)
            await asyncio.sleep(0.01)
        await room.kill()
        room.workspace.desk.log.post = post  # type: ignore[method-assign]
        await room.start()
        await room.pass_time(2)
        post(*shared[0])
        await settled(room)
        assert len(said(room)) == 2


async def test_no_message_waits_until_slack_takes_files_again() -> None:
    """What Slack asks for of files it asks for of files alone."""
    async with delivery_room(artist=Painted()) as room:
        await room.queue("orb", "first")
        await room.until(lambda: bool(said(room)))
        room.workspace.faults.add(Fault(RateLimited(60), SHARE, times=1))
        await queue(room, picture(room))
        await room.pass_time(3)
        await room.queue("orb", "later")
        await room.until(lambda: len(said(room)) == 2, within=5)
        assert not any(message.get("files") for message in said(room))
        await settled(room)


async def test_without_the_scope_the_words_are_said_once() -> None:
    """They name what to do; whatever else is to be said is said."""
    async with delivery_room(artist=Painted()) as room:
        room.workspace.desk.scopes -= {"files:write"}
        await queue(room, picture(room))
        await room.queue("orb", "later")
        await settled(room)
        (words,) = [message for message in said(room) if "FAIL" in message["text"]]
        assert "Without its file: the app lacks the scope `files:write`" in words["text"]
        assert "burnin manifest" in str(words["blocks"])
        assert len(said(room)) == 2


async def test_where_files_are_switched_off_the_words_are_said_alone() -> None:
    """Slack is not asked for a file."""
    async with delivery_room(artist=None) as room:
        await queue(room, ROWS)
        await settled(room)
        (words,) = said(room)
        assert "files are switched off" in words["text"]
        assert RESERVE not in {call.method for call in room.workspace.faults.calls}


async def test_what_cannot_be_drawn_says_why() -> None:
    """The words are said all the same."""
    async with delivery_room(artist=Painted("it was not drawn within 60 s")) as room:
        await queue(room, picture(room))
        await settled(room)
        (words,) = said(room)
        assert "there is no picture, it was not drawn within 60 s" in words["text"]


async def test_a_mistake_in_the_drawing_holds_up_no_other_file() -> None:
    """The words are said, with where to look; what is behind it is shared."""

    class Broken(Painted):
        async def draw(self, trader: str, picture: SessionPicture) -> bytes:
            raise ValueError("a mistake")

    async with delivery_room(artist=Broken()) as room:
        await queue(room, picture(room))
        await queue(room, ROWS, "rows")
        await settled(room, "rows")
        (words, rows) = said(room)
        assert "it could not be made, by a mistake in the bot (ValueError)" in words["text"]
        assert rows["files"]


async def test_words_without_a_file_are_not_said_twice() -> None:
    """Their answer is lost as any post's may be."""
    async with delivery_room(artist=None) as room:
        await room.queue("orb", "first")
        await room.until(lambda: bool(said(room)))
        room.workspace.faults.add(Fault(NoAnswer(taken=True), POST, times=1))
        await queue(room, ROWS)
        await settled(room)
        assert len(said(room)) == 2


@pytest.mark.parametrize("method", [BYTES, SHARE])
async def test_a_way_to_slacks_files_that_stays_shut_ends_in_words(method: str) -> None:
    """After some minutes; messages went out all the time, and nothing is tried any more."""
    async with delivery_room(artist=Painted()) as room:
        room.workspace.faults.add(Fault(Page(503), method))
        await queue(room, picture(room))
        await room.queue("orb", "later")
        await room.until(lambda: len(said(room)) == 1)
        await settled(room)
        (_, words) = said(room)
        assert "it did not get through" in words["text"]
        assert [call.method for call in room.workspace.faults.calls].count(method) == MOST_TRIES


async def test_an_outage_of_slack_costs_no_file() -> None:
    """However long nobody answers: once Slack is back the file is shared, and not its words alone."""
    async with delivery_room(artist=Painted()) as room:
        await room.queue("orb", "first")
        await room.until(lambda: bool(said(room)))
        with room.workspace.faults.outage():
            await queue(room, picture(room))
            await room.pass_time(900)
        await settled(room)
        (_, message) = said(room)
        assert message["files"]
        assert "delayed 15 min" in message["text"]


async def test_a_thread_that_was_deleted_is_no_reason_to_lose_a_file() -> None:
    """It is shown in the channel then."""
    async with delivery_room(artist=Painted()) as room:
        await room.queue("orb", "first")
        await room.until(lambda: bool(said(room)))
        with room.workspace.faults.during(Fault(Refusal("thread_not_found"), SHARE, when=lambda a: "thread_ts" in a)):
            await queue(room, picture(room))
            await settled(room)
        assert "thread_ts" not in next(message for message in said(room) if message.get("files"))


@pytest.mark.parametrize("seed", range(4))
async def test_whatever_goes_wrong_a_file_is_shown_once(seed: int) -> None:
    """Faults at random, and restarts among them."""
    async with delivery_room(seed=seed, artist=Painted()) as room:
        methods = (RESERVE, BYTES, SHARE, SHARE, SHARE, POST, "conversations.*")
        for number in range(4):
            kinds = room.chance.choices((*HALF_TAKEN, *NOT_TAKEN), k=3)
            room.workspace.faults.add(*(Fault(kind, room.chance.choice(methods), times=1) for kind in kinds))
            await queue(room, picture(room), f"picture {number}")
            await room.pass_time(room.chance.uniform(0, 20))
            await room.kill()
            await room.start()
            await room.pass_time(room.chance.uniform(0, 20))
        await room.until(lambda: len(room.world.ledger.of_kind("message_sent")) == 5)  # the root message is one
        files = [file["name"] for message in said(room) for file in message.get("files", ())]
        assert len(files) == len(set(files)) == 4
