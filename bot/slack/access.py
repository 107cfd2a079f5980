"""Who may change state from Slack, and where. Whatever cannot be made sure of is a refusal."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.people import Actor, Role
from bot.ports import Clock
from bot.slack.lookups import Lookup
from bot.slack.trouble import CALL_ERRORS, word_of

log = logging.getLogger(__name__)

SECONDS = 60.0  # how long an answer of Slack's is good
FOR_EVER = 10.0**9
WARM_SECONDS = 3.0
MOST_NAMES = 6
MOST_LOOKED_AT = 12

_UNABLE = ("deleted", "is_bot", "is_restricted", "is_ultra_restricted")

_TOO_LITTLE = {
    Role.VIEWER: "You may look, but not change anything.",
    Role.OPERATOR: "This takes an approver, and you are an operator.",
}

_Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Roles:
    """Who has which role, by user (`U…`) and user group (`S…`) ids. By default nobody has any."""

    operators: tuple[str, ...] = ()
    approvers: tuple[str, ...] = ()

    def by_id(self, identity: str) -> Role:
        """Return the role that this very id is given."""
        if identity in self.approvers:
            return Role.APPROVER
        return Role.OPERATOR if identity in self.operators else Role.VIEWER

    def named(self, *letters: str, role: Role = Role.OPERATOR) -> tuple[str, ...]:
        """Return the ids of these kinds that have a role or more, each once."""
        everybody = self.approvers if role is Role.APPROVER else (*self.operators, *self.approvers)
        return tuple(identity for identity in dict.fromkeys(everybody) if identity.startswith(letters))


@dataclass(frozen=True, slots=True)
class Access(Roles):
    """Who may do what where. By default nobody may change state.

    `announced` are the traders' own channels: commands are allowed there where `channels` names none. Where `traders`
    holds any, it holds all of them, and each has its own roles in place of everybody's.
    """

    channels: tuple[str, ...] = ()
    announced: tuple[str, ...] = ()
    traders: Mapping[str, Roles] = field(default_factory=dict)

    def of(self, trader: str) -> Roles:
        """Return who has which role on a trader; without a name, on any of them."""
        if not self.traders:
            return self
        if trader:
            return self.traders.get(trader, Roles())
        every = tuple(self.traders.values())
        return Roles(
            operators=tuple(one for roles in every for one in roles.operators),
            approvers=tuple(one for roles in every for one in roles.approvers),
        )

    def allows_in(self, channel: str) -> bool:
        """Tell whether commands that change state may be given in a channel."""
        return channel in (self.channels or self.announced)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What somebody wants: a role, of those on a trader that has its own (named then) or of everybody's."""

    roles: Roles
    role: Role
    trader: str

    @property
    def where(self) -> str:
        return f" on {self.trader}" if self.trader else ""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in Slack: who they are, their role, and why they may not do here what they want (empty if they may)."""

    actor: Actor
    role: Role
    refusal: str = ""


class SlackAccess:
    """Tells who somebody is and what they may do.

    Args:
        client: for look-ups, with retries.
        access: who may do what.
        clock: measures how old an answer of Slack's is.
    """

    def __init__(self, client: AsyncWebClient, access: Access, clock: Clock) -> None:
        self._client = client
        self._access = access
        self._own_team = Lookup(clock, FOR_EVER, self._ask_team)
        self._people = Lookup(clock, SECONDS, self._ask_person)
        self._groups = Lookup(clock, SECONDS, self._ask_group)
        self._channels = Lookup(clock, SECONDS, self._ask_channel)

    async def who(
        self, user_id: str, team_id: str, channel_id: str, trader: str = "", needs: Role = Role.OPERATOR
    ) -> Person:
        """Return who somebody is and what they may do; never raises, for what cannot be looked up is refused.

        Args:
            user_id: who it is.
            team_id: the workspace they come from.
            channel_id: where they are; empty where there is no channel, as on Home.
            trader: what it is about; empty for what they may do to any trader.
            needs: the role that it takes, so that a refusal names those who have it.
        """
        wanted = _Wanted(self._access.of(trader), needs, trader if trader in self._access.traders else "")
        (most, why), name, (role, trouble), elsewhere = await asyncio.gather(
            self._at_most(user_id, team_id, wanted),
            self._name(user_id),
            self._role(user_id, wanted.roles),
            self._place(channel_id),
        )
        actor = Actor(kind="slack", id=user_id, name=name)
        if why:
            return Person(actor, most, why)
        if not role.allows(needs):
            return Person(actor, role, trouble or f"{_TOO_LITTLE[role]} {await self._who_can(wanted)}")
        return Person(actor, role, elsewhere)

    async def warm(self) -> None:
        """Look up ahead what every command needs, the own team and the groups; soon given up, for it is only ahead."""
        ahead = [self._own_team.get(""), *[self._groups.get(group) for group in self._access.of("").named("S")]]
        try:
            async with asyncio.timeout(WARM_SECONDS):
                await asyncio.gather(*ahead, return_exceptions=True)
        except TimeoutError:
            log.info("Slack did not tell who the operators are in %.0f s; it is asked again when needed", WARM_SECONDS)

    async def _at_most(self, user_id: str, team_id: str, wanted: _Wanted) -> tuple[Role, str]:
        """What this person may do at most, whatever their role, and why; an empty reason where nothing limits them."""
        try:
            own, user = await asyncio.gather(self._own_team.get(""), self._people.get(user_id))
        except CALL_ERRORS as error:
            return Role.NOBODY, _unsure("who you are", error, "users:read")
        if team_id != own or _is_foreign(user, own):
            return Role.NOBODY, "You are not of this workspace. Ask an operator of it."
        if user.get("is_bot") or user.get("deleted") or user_id == "USLACKBOT":
            return Role.NOBODY, "Bots and former members may do nothing here. Ask an operator."
        if user.get("is_restricted") or user.get("is_ultra_restricted"):
            return Role.VIEWER, f"Guests may look, but not change anything. {await self._who_can(wanted)}"
        return Role.APPROVER, ""

    async def _role(self, user_id: str, roles: Roles) -> tuple[Role, str]:
        """The role that is certain, and what could not be looked up, which makes nobody more than that."""
        by_id = roles.by_id(user_id)
        try:
            members = await asyncio.gather(*[self._groups.get(group) for group in roles.named("S")])
        except CALL_ERRORS as error:
            return by_id, _unsure("which groups you belong to", error, "usergroups:read")
        groups = [group for group, users in zip(roles.named("S"), members, strict=True) if user_id in users]
        return max([by_id, *map(roles.by_id, groups)], key=list(Role).index), ""

    async def _place(self, channel_id: str) -> str:
        """Why nothing may be changed from here, or an empty text."""
        if not self._access.allows_in(channel_id):
            allowed = ", ".join(await self._channel_names()) or "none yet: list channels under access.channels"
            return f"Nothing may be changed from here. The channels for it: {allowed}."
        try:
            channel = await self._channels.get(channel_id)
        except CALL_ERRORS as error:
            return _unsure("whether this channel is shared", error, "channels:read or groups:read")
        if channel.get("is_ext_shared") or channel.get("is_pending_ext_shared"):
            return "This channel is shared with another organisation, so nothing may be changed from it. Use another."
        return ""

    async def _who_can(self, wanted: _Wanted) -> str:
        """A sentence on who may do what is wanted."""
        people = list(wanted.roles.named("U", "W", role=wanted.role))
        for group in wanted.roles.named("S", role=wanted.role):
            try:
                people += await self._groups.get(group)
            except CALL_ERRORS as error:
                log.warning("the members of %s could not be looked up: %s", group, type(error).__name__)
        once = list(dict.fromkeys(people))
        told = await asyncio.gather(*[self._able(user) for user in once[:MOST_LOOKED_AT]])
        names = [name for name in told if name]
        if not names and len(once) <= MOST_LOOKED_AT:
            words = "list active members as operators and approvers under access in the configuration"
            return f"Nobody may{wanted.where}: {words}."
        more = " and others" if len(names) > MOST_NAMES or len(once) > MOST_LOOKED_AT else ""
        return f"These may{wanted.where}: {', '.join(names[:MOST_NAMES]) or 'some'}{more}."

    async def _able(self, user_id: str) -> str:
        """What somebody who has the role is called; an empty text where they may do nothing all the same."""
        try:
            own, user = await asyncio.gather(self._own_team.get(""), self._people.get(user_id))
        except CALL_ERRORS:
            return user_id
        if _is_foreign(user, own) or any(user.get(kind) for kind in _UNABLE):
            return ""
        return await self._name(user_id) or user_id

    async def _name(self, user_id: str) -> str:
        try:
            user = await self._people.get(user_id)
        except CALL_ERRORS:
            return ""
        profile = user.get("profile") or {}
        return str(profile.get("display_name") or user.get("real_name") or user.get("name") or "")

    async def _channel_names(self) -> list[str]:
        ids = self._access.channels or self._access.announced
        found = await asyncio.gather(*[self._channels.get(channel) for channel in ids], return_exceptions=True)
        return [
            channel if isinstance(answer, BaseException) else f"#{answer.get('name', channel)}"
            for channel, answer in zip(ids, found, strict=True)
        ]

    async def _ask_team(self, _: str) -> str:
        return str((await self._client.auth_test())["team_id"])

    async def _ask_person(self, user_id: str) -> _Json:
        return dict((await self._client.users_info(user=user_id))["user"])

    async def _ask_group(self, group_id: str) -> tuple[str, ...]:
        return tuple((await self._client.usergroups_users_list(usergroup=group_id))["users"])

    async def _ask_channel(self, channel_id: str) -> _Json:
        return dict((await self._client.conversations_info(channel=channel_id))["channel"])


def _is_foreign(user: _Json, own: str) -> bool:
    return bool(user.get("is_stranger")) or user.get("team_id", own) != own


def _unsure(what: str, error: BaseException, scope: str) -> str:
    said = "no answer in time" if isinstance(error, TimeoutError) else word_of(error)
    log.warning("Slack did not tell %s: %s", what, said)
    advice = f"The app needs the scope {scope}." if said == "missing_scope" else "Try again, or use the command line."
    return f"Slack did not tell {what} ({said}), so nothing is changed. {advice}"
