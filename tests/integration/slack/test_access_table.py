"""Who may do what, from where and by which way: one table, and what of it stands in the ledger.

A row is a person, a column a command; the place and the way are written beside them. What comes out is either done, or
a form that opens (nothing has been asked for yet, so nothing is on record), or refused in words, and on record.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, cast

import pytest
from aiohttp import ClientSession
from slack_bolt.async_app import AsyncApp

from bot.desk import Desk
from bot.domain.entry import CommandFinished, CommandStarted
from bot.domain.people import Role
from bot.domain.results import StatusList
from bot.slack.access import SECONDS, Access, Roles, SlackAccess
from bot.slack.announcer import SlackAnnouncer
from bot.slack.answering import Front
from bot.slack.app import build_app
from bot.slack.clients import posting_client, reading_client
from bot.slack.modals import CALLBACK, FORMS
from bot.slack.work import Work
from commands.command import Call, CommandOptions, Result
from commands.dispatcher import Dispatcher
from commands.registry import load_commands
from tests.support.clock import ManualClock
from tests.support.fakes import ListCalendar
from tests.support.memory_ledger import MemoryLedger
from tests.support.slack_in_memory import API, Acts, Json, SlackInMemory, lived
from tests.support.slack_room import FakeTrader, FixedPlace, desk_with
from tests.support.slack_samples import AT, status

TEAM, FOREIGN = "T0BURNIN00", "T0FOREIGN0"
DESK, SHARED, PENDING, UNKNOWN = "C0BURNIN01", "C0SHARED00", "C0PENDING0", "C0UNKNOWN0"
ELSEWHERE, DIRECT, NO_CHANNEL = "C0OTHER000", "D0DIRECT00", ""
ORB, GAP = "nifty-orb", "gap-fade"
DONE, FORM = "", "form"

LOOK, OPERATE, APPROVE = range(3)
NEEDS: Mapping[str, int] = {
    "check": LOOK,
    "drill": OPERATE,
    "flatten": OPERATE,
    "reconcile": OPERATE,
    "selftest": OPERATE,
    "close": OPERATE,
    "void": OPERATE,
    "approve": APPROVE,
    "decline": OPERATE,
    "signoff": APPROVE,
    "snooze": OPERATE,
    "take": OPERATE,
    "status": LOOK,
    "day": LOOK,
    "history": LOOK,
    "report": OPERATE,
    "audit": LOOK,
    "help": LOOK,
}
LINES = {name: f"{name} {ORB}" for name in NEEDS} | {
    "void": f"void {ORB} --reason outage",
    "approve": f"approve 7 {ORB}",
    "decline": f"decline 7 {ORB}",
    "help": "help",
}
FILLED: Mapping[str, Mapping[str, str]] = {
    "flatten": {"typed": ORB},
    "drill": {"symbol": "NIFTY", "side": "LONG", "qty": "25", "strategy": "ORB"},
    "void": {"day": "2026-11-20", "reason": "outage"},
}

# What each person may do from the desk's channel: to look, to operate, to approve; the words of the refusal otherwise.
ALL, APPROVERS = "These may on nifty-orb: Cid, Ben, Asha.", "These may on nifty-orb: Ben."
VIEWER, GUEST = "You may look, but not change anything.", "Guests may look, but not change anything."
NOT_OURS = "You are not of this workspace"
NO_PERSON = "Bots and former members may do nothing here"
WHO: Mapping[str, tuple[str, str, str]] = {
    "approver": (DONE, DONE, DONE),
    "operator": (DONE, DONE, f"This takes an approver, and you are an operator. {APPROVERS}"),
    "operator of the other": (DONE, f"{VIEWER} {ALL}", f"{VIEWER} {APPROVERS}"),
    "viewer": (DONE, f"{VIEWER} {ALL}", f"{VIEWER} {APPROVERS}"),
    "guest": (DONE, f"{GUEST} {ALL}", f"{GUEST} {APPROVERS}"),
    "guest of one channel": (DONE, f"{GUEST} {ALL}", f"{GUEST} {APPROVERS}"),
    "foreign team": (NOT_OURS, NOT_OURS, NOT_OURS),
    "of another team": (NOT_OURS, NOT_OURS, NOT_OURS),
    "stranger": (NOT_OURS, NOT_OURS, NOT_OURS),
    "bot": (NO_PERSON, NO_PERSON, NO_PERSON),
    "deactivated": (NO_PERSON, NO_PERSON, NO_PERSON),
    "unknown": ("Slack did not tell who you are (user_not_found)",) * 3,
    "nobody looked up": ("Slack did not tell who you are (internal_error)",) * 3,
    "no team looked up": ("Slack did not tell who you are (internal_error)",) * 3,
    "no group looked up": (DONE, *("Slack did not tell which groups you belong to (internal_error)",) * 2),
    "no group, own id": (DONE, DONE, "Slack did not tell which groups"),
}
# Why somebody who might do it from the desk's channel may not from another place; to look is free of the place.
WHERE: Mapping[str, str] = {
    DESK: DONE,
    SHARED: "This channel is shared with another organisation",
    PENDING: "This channel is shared with another organisation",
    UNKNOWN: "Slack did not tell whether this channel is shared (channel_not_found)",
    ELSEWHERE: "Nothing may be changed from here. The channels for it: #burn-in, #shared, #pending, C0UNKNOWN0.",
    DIRECT: "Nothing may be changed from here",
    NO_CHANNEL: "Nothing may be changed from here",
}

PEOPLE: Mapping[str, tuple[str, dict[str, Any]]] = {
    "approver": ("U0APPROVER", {"real_name": "Ben"}),
    "operator": ("U0OPERATOR", {"real_name": "Asha"}),
    "operator of the other": ("U0GAPPER00", {"real_name": "Gita"}),
    "viewer": ("U0VIEWER00", {"real_name": "Vic"}),
    "guest": ("U0GUEST000", {"is_restricted": True}),
    "guest of one channel": ("U0GUEST001", {"is_restricted": True, "is_ultra_restricted": True}),
    "foreign team": ("U0OPERATOR", {}),
    "of another team": ("U0FOREIGN1", {"team_id": FOREIGN}),
    "stranger": ("U0STRANGER", {"is_stranger": True}),
    "bot": ("U0ROBOT000", {"is_bot": True}),
    "deactivated": ("U0GONE0000", {"deleted": True}),
    "unknown": ("U0UNKNOWN0", {}),
    "nobody looked up": ("U0OPERATOR", {}),
    "no team looked up": ("U0OPERATOR", {}),
    "no group looked up": ("U0OPERATOR", {}),
    "no group, own id": ("U0BYID0000", {"real_name": "Cid"}),
}
REFUSED = {
    "nobody looked up": {"users.info": "internal_error"},
    "no team looked up": {"auth.test": "internal_error"},
    "no group looked up": {"usergroups.users.list": "internal_error"},
    "no group, own id": {"usergroups.users.list": "internal_error"},
}
USERS = {user: {"id": user, "team_id": TEAM, **about} for user, about in PEOPLE.values() if about}
_NO_OPERATORS = {"operator of the other", "viewer", "unknown"}
# Whatever somebody is must not be made good by a role: guests, bots and strangers are among the operators.
GROUPS = {
    "S0OPERATORS": tuple(user for who, (user, _) in PEOPLE.items() if who not in _NO_OPERATORS),
    "S0APPROVERS": ("U0APPROVER",),
}
ACCESS = Access(
    channels=(DESK, SHARED, PENDING, UNKNOWN),
    traders={
        ORB: Roles(operators=("U0BYID0000", "S0OPERATORS"), approvers=("S0APPROVERS",)),
        GAP: Roles(operators=("U0GAPPER00",)),
    },
)
CHANNELS: Mapping[str, Json] = {
    DESK: {"name": "burn-in"},
    SHARED: {"name": "shared", "is_ext_shared": True},
    PENDING: {"name": "pending", "is_pending_ext_shared": True},
    ELSEWHERE: {"name": "elsewhere"},
}


class Room:
    """The real app on a ledger in memory; commands only note that they ran."""

    def __init__(self, person: str) -> None:
        self.user, _ = PEOPLE[person]
        self.team = FOREIGN if person == "foreign team" else TEAM
        self.slack = SlackInMemory(TEAM, USERS, GROUPS, CHANNELS, REFUSED.get(person, {}))
        self.ran: list[tuple[str, str, str]] = []
        self.clock = ManualClock(AT)
        self.desk = _two_traders(self.clock)
        self.app = self._app()

    @property
    def chain(self) -> list[Any]:
        """What stands in the ledger."""
        return cast("MemoryLedger", self.desk.ledger).chain

    def _app(self) -> AsyncApp:
        commands = {name: replace(command, run=self._noting(name)) for name, command in load_commands().items()}
        session = cast("ClientSession", self.slack)
        client = posting_client("xoxb-1", API, session)
        front = Front(
            dispatcher=Dispatcher(self.desk, commands),
            commands=commands,
            access=SlackAccess(reading_client("xoxb-1", API, session), ACCESS, self.clock),
            desk=self.desk,
            place=FixedPlace(),
            announcer=SlackAnnouncer(client, lambda _: DESK, self.clock),
            client=client,
        )
        return build_app(client, front, Work())

    def _noting(self, name: str) -> Any:
        async def run(call: Call, _: CommandOptions) -> Result:
            self.ran.append((name, call.trader.name, call.actor.id))
            return Result(StatusList(traders=(status(ORB), status(GAP))))

        return run


def _two_traders(clock: ManualClock) -> Desk:
    desk = desk_with(FakeTrader())
    one = replace(desk.traders[ORB], calendar=ListCalendar(()))
    return replace(desk, clock=clock, traders={ORB: one, GAP: replace(one, name=GAP)})


def ways(name: str, acts: Acts) -> Iterator[tuple[str, Json, str]]:
    """Every way to a command: its payload, and what comes of it for somebody who may."""
    asks_first = FORM if name == "flatten" else DONE
    yield "typed", acts.types(LINES[name]), asks_first
    yield "run button", acts.clicks(f"run:{name}", LINES[name]), asks_first
    if name == "flatten":
        yield "confirmed", acts.clicks(f"confirm:{name}", LINES[name]), DONE
    if name in FORMS:
        reference = {"channel": acts.channel, "trader": ORB}
        yield "form button", acts.clicks(f"open:{name}", LINES[name]), FORM
        yield "form", acts.hands_in(f"{CALLBACK}{name}", reference, FILLED[name]), DONE


@pytest.mark.parametrize("place", WHERE, ids=lambda place: place or "no channel")
@pytest.mark.parametrize("person", WHO)
async def test_person_by_place_by_way_by_command(person: str, place: str) -> None:
    """Each is done, or opens a form, or is refused in the words of the table, and is on record unless a form opened."""
    room = Room(person)
    acts = Acts(room.user, room.team, place)
    for name in load_commands():
        needs = NEEDS[name]
        refusal = WHO[person][needs] or (WHERE[place] if needs is not LOOK else DONE)
        for way, payload, otherwise in ways(name, acts):
            before, room.ran[:], room.slack.told[:], room.slack.calls[:] = len(room.chain), [], [], []
            await lived(room.app, payload)
            told = "\n".join(str(one.get("text")) for one in room.slack.told)
            opened, entries, what = room.slack.called("views.open"), room.chain[before:], (name, way, told)
            if refusal:
                assert refusal in told, what
                assert _record(entries, room, acts) == ("refused", "access"), what
                assert refusal in entries[-1].body.detail
                assert (room.ran, opened) == ([], []), what
            elif otherwise == FORM:
                assert (len(opened), entries, room.ran) == (1, [], []), what
            else:
                assert _record(entries, room, acts) == ("done", ""), what
                assert [(ran, user) for ran, _, user in room.ran] == [(name, room.user)], what
                assert opened == [], what


@pytest.mark.parametrize("person", WHO)
async def test_home_by_person(person: str) -> None:
    """Home shows to whoever may look, and says why to whoever may not; both are on record, and nothing else runs."""
    room = Room(person)
    acts, refusal = Acts(room.user, room.team, NO_CHANNEL), WHO[person][LOOK]
    await lived(room.app, acts.opens_home())
    (published,) = room.slack.called("views.publish")
    assert published["user_id"] == room.user
    assert refusal in str(published["view"])
    assert _record(room.chain, room, acts) == (("refused", "access") if refusal else ("done", ""))
    assert [name for name, _, _ in room.ran] == ([] if refusal else ["status"])


@pytest.mark.parametrize("line", ["drill", "flatten", "approve 7", "void --reason outage"])
@pytest.mark.parametrize("person", ["approver", "operator of the other"])
async def test_a_trader_that_is_not_named_is_asked_for(person: str, line: str) -> None:
    """Where a channel has several traders nothing is run on a guess, whoever asks, and that is on record."""
    room = Room(person)
    acts = Acts(room.user, room.team, DESK)
    await lived(room.app, acts.types(line))
    assert _record(room.chain, room, acts)[0] == "refused"
    assert (room.ran, room.slack.called("views.open")) == ([], [])


async def test_a_role_that_is_taken_away_is_gone_before_the_form_is_handed_in() -> None:
    """A form gives no rights: who hands it in is looked up anew, as soon as what Slack said is a minute old."""
    room = Room("operator")
    acts = Acts(room.user, room.team, DESK)
    await lived(room.app, acts.types(LINES["flatten"]))
    room.slack.groups = {**GROUPS, "S0OPERATORS": ()}
    await room.clock.advance(SECONDS)
    reference = {"channel": DESK, "trader": ORB}
    await lived(room.app, acts.hands_in(f"{CALLBACK}flatten", reference, FILLED["flatten"]))
    assert _record(room.chain, room, acts) == ("refused", "access")
    assert room.ran == []


def _record(entries: list[Any], room: Room, acts: Acts) -> tuple[str, str]:
    """How the intent and its end in the ledger say that it went; both are of this person, in this place."""
    intent, *_, end = entries
    assert isinstance(intent.body, CommandStarted)
    assert isinstance(end.body, CommandFinished)
    assert end.body.started == intent.seq
    for entry in (intent, end):
        assert (entry.actor.kind, entry.actor.id) == ("slack", room.user)
        assert (entry.origin.surface, entry.origin.team, entry.origin.channel) == ("slack", room.team, acts.channel)
    return end.body.outcome, end.body.reason


def test_every_command_has_a_row() -> None:
    """A new command has to say here who may run it; what it says of itself is the same."""
    commands = load_commands()
    assert set(NEEDS) == set(commands)
    assert {name: list(Role)[1:].index(command.role) for name, command in commands.items()} == dict(NEEDS)
    assert set(FORMS) == set(FILLED)
