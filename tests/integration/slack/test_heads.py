"""What Slack was told of the ledger, read back from the sandbox workspace: each message of the bot, each thread."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.errors import SlackUnreachable
from bot.ports import Head
from bot.sandbox.workspace import Fault, Limits, RateLimited, Refusal, Workspace
from bot.slack import heads
from bot.slack.clients import posting_client
from bot.slack.heads import HeadReader, Heads
from bot.slack.standing import EVENT, metadata_of
from bot.terminal.slack_heads import Comparison
from tests.support.clock import ManualClock
from tests.support.eventually import eventually
from tests.support.evidence import OPENS
from tests.support.slack_room import ASHA, ROOM


@pytest.fixture
async def slack() -> AsyncIterator[Workspace]:
    """A workspace without an app in it."""
    async with Workspace(limits=Limits.off()) as workspace:
        yield workspace


def hash_of(seq: int) -> str:
    """The hash of an entry of a ledger that nobody touched."""
    return f"{seq:064x}"


async def told(slack: Workspace, *seqs: int) -> None:
    """Say a root message and what stands below it, each with the entry that asked for it; some in the channel, too."""
    client, root = posting_client(slack.bot_token, slack.api_url), None
    for seq in seqs:
        said = {"text": str(seq), "metadata": metadata_of(f"k{seq}", Head(seq, hash_of(seq)))}
        shown = bool(root) and seq % 5 == 0
        answer = await client.chat_postMessage(channel=ROOM, thread_ts=root, reply_broadcast=shown or None, **said)
        root = root or answer["ts"]


async def read(slack: Workspace) -> Heads:
    """Read them as `burnin verify --slack` does, with a clock that is moved by hand."""
    reader = HeadReader(posting_client(slack.bot_token, slack.api_url), ManualClock(OPENS))
    return await reader.read([ROOM])


def seqs(found: Heads) -> list[int]:
    """The numbers that were found."""
    return sorted(said.head.seq for said in found.said)


async def test_every_message_of_every_thread_names_its_entry_once(
    slack: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Page after page; a reply that the channel shows, too, counts once."""
    monkeypatch.setattr(heads, "PAGE", 3)
    await told(slack, 1, 2, 3, 4, 5, 6, 7, 8)
    await told(slack, 11, 12, 13, 15)
    found = await read(slack)
    assert seqs(found) == [1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 13, 15]
    assert found.without == 0
    compared = Comparison.of(found, 1, hash_of)
    assert (compared.exit_code, compared.rewritten, compared.cut_off) == (0, (), ())


async def test_only_the_bots_own_messages_count(slack: Workspace) -> None:
    """What somebody else says with such metadata proves nothing; of our own without it is told how many there are."""
    forged = {"event_type": EVENT, "event_payload": {"key": "k", "seq": 1, "hash": "f" * 64}}
    slack.desk.log.post(ROOM, ASHA, {"text": "mine", "metadata": forged})
    client = posting_client(slack.bot_token, slack.api_url)
    await client.chat_postMessage(channel=ROOM, text="of an earlier version")
    other = {"event_type": "another_event", "event_payload": {"seq": 1, "hash": "f" * 64}}
    await client.chat_postMessage(channel=ROOM, text="of another kind", metadata=other)
    odd = {"event_type": EVENT, "event_payload": {"key": "k", "seq": "1", "hash": "f" * 64}}
    await client.chat_postMessage(channel=ROOM, text="odd", metadata=odd)
    found = await read(slack)
    assert (found.said, found.without) == ([], 3)
    assert Comparison.of(found, 1, hash_of).exit_code == 3


async def test_replies_in_the_thread_of_somebody_else_are_read(slack: Workspace) -> None:
    """Where the bot answered there, and where the root message was deleted since."""
    client = posting_client(slack.bot_token, slack.api_url)
    theirs = slack.desk.log.post(ROOM, ASHA, {"text": "mine"})["ts"]
    said = {"event_type": EVENT, "event_payload": {"key": "k", "seq": 7, "hash": hash_of(7)}}
    await client.chat_postMessage(channel=ROOM, text="below it", thread_ts=theirs, metadata=said)
    assert seqs(await read(slack)) == [7]


async def test_a_ledger_that_was_rewritten_or_cut_off_shows(
    slack: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    """Another entry stands under a number that was said, or none any more."""
    await told(slack, 1, 2, 3, 4)
    found = await read(slack)
    compared = Comparison.of(found, 1, {1: hash_of(1), 2: "e" * 64, 3: hash_of(3)}.get)
    assert [each.head.seq for each in compared.rewritten] == [2]
    assert [each.head.seq for each in compared.cut_off] == [4]
    assert compared.exit_code == 1
    compared.show(Head(3, hash_of(3)))
    said = capsys.readouterr().out
    assert "The ledger was rewritten: the message of " in said
    assert f"in {ROOM} named entry 2 as {hash_of(2)[:12]}, and another one stands there." in said
    assert "named entry 4, and it ends at 3." in said


async def test_slack_is_left_alone_for_as_long_as_it_asks(slack: Workspace) -> None:
    """Then the same page is asked for again, and nothing is left out."""
    await told(slack, 1, 2, 3)
    slack.faults.add(Fault(RateLimited(30), "conversations.*", times=3))
    clock = ManualClock(OPENS)
    reader = HeadReader(posting_client(slack.bot_token, slack.api_url), clock)
    reading = asyncio.create_task(reader.read([ROOM]))
    while not reading.done():
        await eventually(lambda: reading.done() or clock.sleepers == 1)
        await clock.advance(31)
    assert seqs(await reading) == [1, 2, 3]
    assert clock.monotonic() >= 1000 + 3 * 30


@pytest.mark.parametrize(
    ("word", "advice"),
    [
        ("missing_scope", "add channels:history"),
        ("not_in_channel", "invite the bot"),
        ("internal_error", "check the network"),
    ],
)
async def test_a_history_that_cannot_be_read_proves_nothing_either_way(
    slack: Workspace, word: str, advice: str
) -> None:
    """It is an error that says what to do, not a verdict."""
    await told(slack, 1)
    slack.faults.add(Fault(Refusal(word), "conversations.*"))
    with pytest.raises(SlackUnreachable, match=advice):
        await read(slack)
