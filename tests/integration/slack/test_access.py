"""Who may change state: person by place, in one table, and failed look-ups that refuse."""

from collections import Counter
from dataclasses import replace

import pytest
from aiohttp import web

from bot.domain.people import Role
from bot.sandbox.workspace import Limits, Workspace
from bot.sandbox.workspace.state import CHANNELS, DEFAULT_SCOPES, PEOPLE, Directory
from bot.slack.access import SECONDS, Access, Roles, SlackAccess
from bot.slack.clients import posting_client
from tests.support.clock import ManualClock
from tests.support.slack_room import ASHA, BEN, CLOCK, GROUPS, GUS, ROOM
from tests.support.slack_samples import AT

TEAM, SHARED, OTHER = "T0BURNIN00", "C0SHARED", "C0OTHER"
ANYWHERE = replace(GROUPS, channels=(ROOM, SHARED))


def directory() -> Directory:
    """The usual people, a plain member, a bot among the operators, and a shared channel."""
    people = {person.id: person for person in PEOPLE}
    people["U0MEMBER"] = replace(people[ASHA], id="U0MEMBER", name="mia")
    people["U0ROBOT"] = replace(people[ASHA], id="U0ROBOT", name="robot", is_bot=True)
    room = CHANNELS[0]
    channels = {one.id: one for one in (room, replace(room, id=SHARED, name="shared", is_ext_shared=True))}
    return Directory(people=people, channels=channels)


@pytest.mark.parametrize(
    ("access", "user", "team", "channel", "expected"),
    [
        (ANYWHERE, ASHA, TEAM, ROOM, (Role.OPERATOR, "")),
        (ANYWHERE, BEN, TEAM, ROOM, (Role.APPROVER, "")),
        (Access(operators=(ASHA,), channels=(ROOM,)), ASHA, TEAM, ROOM, (Role.OPERATOR, "")),
        (Access(operators=(ASHA,), announced=(ROOM,)), ASHA, TEAM, ROOM, (Role.OPERATOR, "")),
        (
            Access(operators=(ASHA,), channels=(SHARED,), announced=(ROOM,)),
            ASHA,
            TEAM,
            ROOM,
            (Role.OPERATOR, "#shared"),
        ),
        (ANYWHERE, "U0MEMBER", TEAM, ROOM, (Role.VIEWER, "These may: Asha, Ben.")),
        (ANYWHERE, GUS, TEAM, ROOM, (Role.VIEWER, "Guests may look")),
        (
            Access(operators=(GUS,), channels=(ROOM,)),
            "U0MEMBER",
            TEAM,
            ROOM,
            (Role.VIEWER, "Nobody may: list active members"),
        ),
        (Access(operators=(GUS,), channels=(ROOM,)), GUS, TEAM, ROOM, (Role.VIEWER, "Guests may look")),
        (Access(operators=("U0ROBOT",), channels=(ROOM,)), "U0ROBOT", TEAM, ROOM, (Role.NOBODY, "Bots")),
        (ANYWHERE, ASHA, "T0FOREIGN", ROOM, (Role.NOBODY, "not of this workspace")),
        (ANYWHERE, ASHA, TEAM, SHARED, (Role.OPERATOR, "another organisation")),
        (ANYWHERE, ASHA, TEAM, OTHER, (Role.OPERATOR, "#burn-in, #shared")),
        (ANYWHERE, ASHA, TEAM, "", (Role.OPERATOR, "Nothing may be changed from here")),
        (Access(channels=(ROOM,)), ASHA, TEAM, ROOM, (Role.VIEWER, "Nobody may: list active members")),
        (Access(operators=(ASHA,)), ASHA, TEAM, ROOM, (Role.OPERATOR, "none yet")),
        (Access(operators=("S0GONE",), channels=(ROOM,)), ASHA, TEAM, ROOM, (Role.VIEWER, "Slack did not tell")),
        (ANYWHERE, "U0UNKNOWN", TEAM, ROOM, (Role.NOBODY, "Slack did not tell who you are")),
    ],
)
async def test_person_by_place(access: Access, user: str, team: str, channel: str, expected: tuple[Role, str]) -> None:
    """Each person in each place has exactly the role and the refusal of this table."""
    role, refusal = expected
    async with Workspace(limits=Limits.off(), directory=directory()) as slack:
        person = await SlackAccess(posting_client(slack.bot_token, slack.api_url), access, CLOCK).who(
            user, team, channel
        )
    assert person.actor.id == user
    assert person.role is role
    assert refusal in person.refusal
    assert bool(person.refusal) == bool(refusal)


@pytest.mark.parametrize("scope", ["users:read", "usergroups:read", "channels:read"])
async def test_a_missing_scope_refuses_and_is_named(scope: str) -> None:
    """What may not be looked up is refused, with the scope that is missing."""
    async with Workspace(limits=Limits.off(), scopes=DEFAULT_SCOPES - {scope}) as slack:
        access = SlackAccess(posting_client(slack.bot_token, slack.api_url), GROUPS, CLOCK)
        person = await access.who(ASHA, TEAM, ROOM)
    assert scope in person.refusal


async def test_slack_is_asked_once_for_what_it_said_just_now() -> None:
    """A second command of the same person costs no look-up."""
    calls: Counter[str] = Counter()

    async def count(request: web.Request, handler: object) -> web.StreamResponse:
        calls[request.path] += 1
        answer: web.StreamResponse = await handler(request)  # type: ignore[operator]
        return answer

    async with Workspace(limits=Limits.off()) as slack:
        slack.intercept = count
        access = SlackAccess(posting_client(slack.bot_token, slack.api_url), GROUPS, CLOCK)
        first = await access.who(ASHA, TEAM, ROOM)
        asked = calls.total()
        assert await access.who(ASHA, TEAM, ROOM) == first
    assert asked > 0
    assert calls.total() == asked


async def test_a_group_is_asked_for_again_after_a_minute() -> None:
    """Who leaves a group has lost its role a minute later at the latest, and who joins it has it by then."""
    clock = ManualClock(AT)
    async with Workspace(limits=Limits.off()) as slack:
        access = SlackAccess(posting_client(slack.bot_token, slack.api_url), GROUPS, clock)
        assert (await access.who(ASHA, TEAM, ROOM)).role is Role.OPERATOR
        groups = slack.desk.directory.groups
        groups["S0OPERATORS"] = replace(groups["S0OPERATORS"], users=())
        await clock.advance(SECONDS - 1)
        assert (await access.who(ASHA, TEAM, ROOM)).role is Role.OPERATOR
        await clock.advance(1)
        assert (await access.who(ASHA, TEAM, ROOM)).role is Role.VIEWER


async def test_a_traders_own_people_may_nothing_elsewhere() -> None:
    """Roles hold on one trader; without a trader the answer is what somebody may do on any."""
    own = replace(GROUPS, traders={"orb": Roles(operators=(ASHA,)), "gap": Roles(operators=(BEN,))})
    async with Workspace(limits=Limits.off()) as slack:
        access = SlackAccess(posting_client(slack.bot_token, slack.api_url), own, CLOCK)
        roles = {trader: (await access.who(ASHA, TEAM, ROOM, trader)).role for trader in ("orb", "gap", "gone", "")}
        refusal = (await access.who(ASHA, TEAM, ROOM, "gap")).refusal
    assert roles == {"orb": Role.OPERATOR, "gap": Role.VIEWER, "gone": Role.VIEWER, "": Role.OPERATOR}
    assert "These may on gap: Ben." in refusal


async def test_a_failed_look_up_is_tried_again() -> None:
    """A refusal for a failed look-up holds no longer than the failure."""

    async def down(request: web.Request, handler: object) -> web.StreamResponse:
        return web.Response(status=503)

    async with Workspace(limits=Limits.off()) as slack:
        access = SlackAccess(posting_client(slack.bot_token, slack.api_url), GROUPS, CLOCK)
        slack.intercept = down
        assert (await access.who(ASHA, TEAM, ROOM)).refusal
        slack.intercept = None
        assert (await access.who(ASHA, TEAM, ROOM)).refusal == ""
