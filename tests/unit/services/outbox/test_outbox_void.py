"""What a void day changes in the channel: the question, its answer, and the cards of days that count otherwise now."""

from bot.daybook import card_of, root_key, say
from bot.domain.notice import Placement
from bot.services.outbox import Outbox
from tests.support.fakes import FakeAnnouncer
from tests.support.void_room import DAYS, F, P, approve, ask, at_open, lived, room_after


async def test_question_answer_and_cards_follow_each_other() -> None:
    """The question is edited, the answer told, and the cards of the void day and of the open one read anew."""
    room = room_after(2)
    announcer = FakeAnnouncer()
    outbox = Outbox(room.desk, announcer, spread=lambda _, most: most)
    await lived(room, P, F, P)
    await at_open(room, 3)
    number = await ask(room, 2)
    await ask(room, 1)
    await outbox.deliver_due()
    open_root, void_root = (root_key("orb", DAYS[day].date) for day in (3, 1))
    card = await card_of(room.desk, room.trader_desk, DAYS[3])
    at, day = room.clock.now(), DAYS[3].date
    await room.ledger.append(say(card, key=open_root, trader="orb", at=at, day=day, placement=Placement.ROOT))
    await outbox.deliver_due()
    before = {announcement.key: announcement.notice for announcement, _ in announcer.said}
    assert before[open_root].number == 2  # type: ignore[union-attr]
    await approve(room, int(room.ledger.of_kind("void_requested")[-1].request))
    await room.clock.advance(3)
    await outbox.deliver_due()
    await outbox.deliver_due()
    edited = {announcement.key: announcement.notice for announcement in announcer.edits}
    assert edited[open_root].number == 3  # type: ignore[union-attr]
    assert edited[void_root].report.void is not None  # type: ignore[union-attr]
    answered = room.ledger.of_kind("void_requested")[-1].request
    assert (f"void_decided:{answered}" in edited, f"void_told:{answered}" in announcer.keys) == (True, True)
    assert f"void_decided:{number}" not in edited
