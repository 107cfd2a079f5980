"""How people are named in a typed line: <@U…|name> as Slack writes a mention, @name, U… or me."""

import re

from bot.domain.people import Actor

_MENTION = re.compile(r"<@(?P<id>[UW][A-Z0-9]+)(?:\|(?P<name>[^<>]*))?>", re.IGNORECASE)
_ID = re.compile(r"[UW][A-Z0-9]{6,}")
_AT = re.compile(r"@[^\s<>@]+")
ME = "me"


def is_person(word: str) -> bool:
    """Tell whether a word names a person."""
    return word.lower() == ME or any(form.fullmatch(word) for form in (_MENTION, _ID, _AT))


def is_meant(word: str, actor: Actor, asker: Actor) -> bool:
    """Tell whether a word names an actor: by id, or by a name of theirs, whole or in part."""
    if word.lower() == ME:
        return (actor.kind, actor.id) == (asker.kind, asker.id)
    if (mention := _MENTION.fullmatch(word)) is not None:
        return actor.id.upper() == mention["id"].upper()
    name = word.removeprefix("@").casefold()
    parts = re.split(r"[\s.()_-]+", actor.name.casefold())
    return name in (actor.id.casefold(), actor.name.casefold(), "".join(actor.name.casefold().split()), *parts)


def shown(word: str) -> str:
    """Return how a person is shown whom a word names; nobody is called by it."""
    mention = _MENTION.fullmatch(word)
    return f"@{mention['name'] or mention['id']}" if mention else word
