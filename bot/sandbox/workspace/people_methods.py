"""The methods about who is who: `auth.*`, `users.*`, `usergroups.*`, `team.*`, and `api.test`."""

from collections.abc import Mapping

from bot.sandbox.workspace.call import Call, Method
from bot.sandbox.workspace.state import Json, Person, SlackError, UserGroup
from bot.sandbox.workspace.view_stack import bot_id


def api_test(call: Call) -> Json:
    """api.test: gives back what it was sent."""
    if error := call.text("error"):
        raise SlackError(error, args=dict(call.arguments))
    return {"args": dict(call.arguments)}


def auth_test(call: Call) -> Json:
    """auth.test."""
    directory = call.desk.directory
    return {
        "url": f"{call.desk.base_url}/",
        "team": directory.team.name,
        "user": directory.bot.name,
        "team_id": directory.team.id,
        "user_id": directory.bot_id,
        "bot_id": bot_id(directory),
        "is_enterprise_install": False,
    }


def team_info(call: Call) -> Json:
    """team.info."""
    team = call.desk.directory.team
    return {"team": {"id": team.id, "name": team.name, "domain": team.domain, "email_domain": ""}}


def users_info(call: Call) -> Json:
    """users.info."""
    person = call.desk.directory.person(call.text("user"))
    return {"user": _user(person, call.desk.directory.team.id)}


def usergroups_list(call: Call) -> Json:
    """usergroups.list."""
    groups = call.desk.directory.groups.values()
    return {"usergroups": [_group(g, with_users=call.flag("include_users")) for g in groups]}


def usergroups_users_list(call: Call) -> Json:
    """usergroups.users.list."""
    group = call.desk.directory.groups.get(call.text("usergroup"))
    if group is None:
        raise SlackError("no_such_subteam")
    return {"users": list(group.users)}


def _user(person: Person, team: str) -> Json:
    return {
        "id": person.id,
        "team_id": team,
        "name": person.name,
        "real_name": person.real_name,
        "deleted": False,
        "color": person.color,
        "tz": "Asia/Kolkata",
        "tz_offset": 19800,
        "is_admin": False,
        "is_owner": False,
        "is_bot": person.is_bot,
        "is_app_user": False,
        "is_restricted": person.is_restricted,
        "is_ultra_restricted": False,
        "profile": {"real_name": person.real_name, "display_name": person.short_name, "team": team},
    }


def _group(group: UserGroup, *, with_users: bool) -> Json:
    shown: Json = {
        "id": group.id,
        "name": group.name,
        "handle": group.handle,
        "is_usergroup": True,
        "date_delete": 0,
        "user_count": len(group.users),
    }
    return shown | ({"users": list(group.users)} if with_users else {})


_GROUPS = ("usergroups:read",)
METHODS: Mapping[str, Method] = {
    "api.test": Method(api_test, takes="none"),
    "auth.test": Method(auth_test),
    "team.info": Method(team_info, ("team:read",), tier=3),
    "users.info": Method(users_info, ("users:read",), tier=4),
    "usergroups.list": Method(usergroups_list, _GROUPS, tier=2),
    "usergroups.users.list": Method(usergroups_users_list, _GROUPS, tier=2),
}
