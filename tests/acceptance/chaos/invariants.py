"""What must hold after every kill, once the bot is back and has settled, and at the end of each day."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from bot.domain.day import DayRecord
from bot.domain.entry import CommandFinished, CommandStarted, MessageQueued, MessageSent
from bot.domain.notice import WITH_A_FILE, Announcement, Placement
from bot.domain.sample import Source
from bot.domain.session import Session
from bot.domain.standing import ClearanceGranted, ClearanceRevoked
from bot.domain.verdict import Verdict
from bot.factory import open_desk
from bot.sandbox import wallclock
from bot.sandbox.configuration import TRADER
from bot.sandbox.narrator import key_of
from bot.sandbox.workspace.state import Json
from bot.settings import load_settings
from bot.slack.uploads import file_name
from bot.terminal.replay import replayed_days
from tests.acceptance.chaos.stage import ChaosStage
from tests.support.recounted import recounted


async def owed(stage: ChaosStage) -> str:
    """Say what the bot still owes; an empty text once it is connected, and all that was begun is ended and said."""
    eye, left = stage.eye, await stage.positions()
    intents = [intent.body.command for intent in eye.unfinished() if isinstance(intent.body, CommandStarted)]
    owes = {
        "the bot is not connected": not stage.workspace.sockets.connected,
        f"without an outcome: {intents}": intents,
        f"queued and not said: {sorted(eye.unsent())}": eye.unsent(),
        f"still at running: {stage.running()}": stage.running(),
        "the session is open, and its open is not on record": not _is_on_record(stage, wallclock.now()),
        f"{left} positions are open": left,
    }
    return "; ".join(words for words, is_so in owes.items() if is_so)


def _is_on_record(stage: ChaosStage, now: datetime) -> bool:
    """Tell whether the open of the session is on record, where one is open."""
    session = stage.sessions[-1]
    return not session.contains(now) or any(entry.day == session.date for entry in stage.eye.of("session_opened"))


async def hold_nothing_lost(stage: ChaosStage) -> None:
    """The chain verifies, what it counts is what a recount gives, and the last entry that was seen of it stands.

    So do, by their hashes, all before that one.
    """
    last = stage.eye.entries[-1]
    found = await stage.eye.ledger.verify()
    assert found.broken_at is None, f"the chain is broken at {found.broken_at}: {found.problem}"
    misfits = recounted(await stage.eye.ledger.entries())
    assert not misfits, misfits
    stand = await stage.eye.ledger.entries(after=last.seq - 1)
    assert stand[:1] == (last,), f"entry {last.seq} was seen, and is gone, or is another now"


async def hold_said_once(stage: ChaosStage) -> None:
    """What is noted as said stands in the channel; all that stands there stands once, and was queued."""
    noted = {entry.body.message for entry in stage.eye.entries if isinstance(entry.body, MessageSent)}
    stands = stage.said()
    await stage.eye.look()  # what is said now was queued by now
    queued = [entry.body.announcement for entry in stage.eye.entries if isinstance(entry.body, MessageQueued)]
    said = Counter(key for message in stands if (key := key_of(message)))
    said.update(_keys_of_files(stands, queued))
    edits = {announcement.key for announcement in queued if announcement.placement is Placement.EDIT}
    assert not (twice := {key: times for key, times in said.items() if times > 1}), f"said more than once: {twice}"
    assert not (gone := noted - edits - said.keys()), f"noted as said, and not in the channel: {gone}"
    unknown = said.keys() - {announcement.key for announcement in queued}
    assert all(key.startswith("progress:") for key in unknown), f"said without being queued: {unknown}"


def _keys_of_files(stands: Sequence[Json], queued: Sequence[Announcement]) -> list[str]:
    """Return the keys of what stands there as a file: its message bears no key, but the file's name is its own."""
    keys = {file_name(each): each.key for each in queued if isinstance(each.notice, WITH_A_FILE)}
    names = [file["name"] for message in stands for file in message.get("files", ())]
    return [keys.get(name, name) for name in names]


def hold_one_outcome(stage: ChaosStage) -> None:
    """No intent has two outcomes, and no outcome is without its intent."""
    intents = {entry.seq for entry in stage.eye.entries if isinstance(entry.body, CommandStarted)}
    outcomes = Counter(entry.body.started for entry in stage.eye.entries if isinstance(entry.body, CommandFinished))
    assert not (twice := {seq: times for seq, times in outcomes.items() if times > 1}), f"two outcomes: {twice}"
    assert outcomes.keys() <= intents


def hold_clearance(stage: ChaosStage) -> None:
    """A clearance is granted once, until it is revoked; each is announced once."""
    changes = [e for e in stage.eye.entries if isinstance(e.body, ClearanceGranted | ClearanceRevoked)]
    kinds = [entry.body.kind for entry in changes]
    assert kinds == ["clearance_granted", "clearance_revoked"] * (len(kinds) // 2) + kinds[: len(kinds) % 2], kinds
    told = sum("CLEARED for canary LIVE" in said["text"] and "thread_ts" not in said for said in stage.said())
    assert told == kinds.count("clearance_granted")


async def hold_verdict(stage: ChaosStage, session: Session, *, spoilt: bool) -> DayRecord:
    """A closed day's verdict is what its evidence says, and never PASS where the test knows better.

    Args:
        stage: the running parts.
        session: the day.
        spoilt: something was done to it that nothing can prove away.
    """
    settings = load_settings(stage.configuration, {})
    async with open_desk(settings) as desk:
        trader = desk.traders[TRADER]
        (found,) = await replayed_days(desk, trader, [str(session.date)], None)
        samples = await desk.ledger.samples(TRADER, session.date)
    assert found.identical, [str(difference) for difference in found.differences]
    if found.recorded is Verdict.PASS:
        assert not spoilt, f"{session.date} is PASS, and cannot be"
        seen = [sample.at for sample in samples if sample.source is not Source.ALERTS]
        assert _longest_gap(session, seen) <= trader.policy.max_gap, f"{session.date} is PASS with a hole"
    assert [entry.day for entry in stage.eye.of("day_closed")].count(session.date) == 1
    return found.record


def is_shown_closed(stage: ChaosStage, record: DayRecord) -> bool:
    """Tell whether the day's root message shows its verdict."""
    (root,) = [said for said in stage.said() if key_of(said) == f"root:{TRADER}:{record.day}"]
    return f"{record.verdict} · closed" in root["text"]


def _longest_gap(session: Session, seen: list[datetime]) -> timedelta:
    before = max((at for at in seen if at <= session.opens), default=session.opens)
    after = min((at for at in seen if at >= session.closes), default=session.closes)
    inside = (at for at in seen if before < at < after)
    return max(later - earlier for earlier, later in pairwise(sorted({before, after, *inside})))
