"""Slack's rules for the composition objects: texts, options, confirms, images, rich text."""

from bot.sandbox.workspace.block_grammar import (
    Rule,
    array,
    by_type,
    flag,
    number,
    one_of,
    optional,
    record,
    required,
    string,
    typed,
)

URL = string(3000, pattern=r"(?s)[A-Za-z][A-Za-z0-9+.-]*:\S+")
ACTION_ID = string(255)
BLOCK_ID = string(255)
ANY = 100_000


def plain(longest: int = 3000) -> Rule:
    """A `plain_text` object of at most `longest` characters."""
    return record(typed("plain_text", text=required(string(longest)), emoji=optional(flag)))


def text(longest: int = 3000) -> Rule:
    """A `plain_text` or `mrkdwn` object of at most `longest` characters."""
    mrkdwn = record(typed("mrkdwn", text=required(string(longest)), verbatim=optional(flag)))
    return by_type({"plain_text": plain(longest), "mrkdwn": mrkdwn})


CONFIRM = record(
    {
        "title": required(plain(100)),
        "text": required(text(300)),
        "confirm": required(plain(30)),
        "deny": required(plain(30)),
        "style": optional(one_of("primary", "danger")),
    }
)


def option(words: Rule, **more: tuple[Rule, bool]) -> Rule:
    """An option of a menu or of a group of choices."""
    fields = {"text": required(words), "value": required(string(150)), "description": optional(words)}
    return record({**fields, **more})


MENU_OPTION = option(plain(75))
CHOICE = option(text(75))
OVERFLOW_OPTION = option(plain(75), url=optional(URL))
OPTION_GROUP = record({"label": required(plain(75)), "options": required(array(MENU_OPTION, 100))})

SLACK_FILE = record({"id": optional(string(ANY)), "url": optional(URL)}, exactly_one=("id", "url"))
IMAGE_SOURCE = {"image_url": optional(URL), "slack_file": optional(SLACK_FILE)}
IMAGE = record(typed("image", alt_text=required(string(2000)), **IMAGE_SOURCE), exactly_one=("image_url", "slack_file"))

STYLE = record(
    {
        name: optional(flag)
        for name in (
            "bold",
            "italic",
            "strike",
            "underline",
            "code",
            "highlight",
            "client_highlight",
            "unlink",
        )
    }
)


def _leaf(kind: str, **fields: tuple[Rule, bool]) -> Rule:
    return record(typed(kind, style=optional(STYLE), **fields))


LEAF = by_type(
    {
        "text": _leaf("text", text=required(string(ANY, shortest=0))),
        "link": _leaf(
            "link",
            url=required(URL),
            text=optional(string(ANY, shortest=0)),
            unsafe=optional(flag),
        ),
        "user": _leaf("user", user_id=required(string(50, pattern="[UW][A-Z0-9]+"))),
        "usergroup": _leaf("usergroup", usergroup_id=required(string(50, pattern="S[A-Z0-9]+"))),
        "channel": _leaf("channel", channel_id=required(string(50, pattern="[CG][A-Z0-9]+"))),
        "team": _leaf("team", team_id=required(string(50, pattern="T[A-Z0-9]+"))),
        "emoji": _leaf(
            "emoji",
            name=required(string(ANY)),
            skin_tone=optional(number(1, 6)),
            unicode=optional(string(ANY)),
        ),
        "broadcast": _leaf("broadcast", range=required(one_of("here", "channel", "everyone"))),
        "color": _leaf("color", value=required(string(7, pattern="#?[0-9a-fA-F]{6}"))),
        "date": _leaf(
            "date",
            timestamp=required(number(0)),
            format=required(string(ANY)),
            url=optional(URL),
            fallback=optional(string(ANY, shortest=0)),
        ),
    }
)
LEAVES = required(array(LEAF, ANY, least=0))
BORDER = optional(one_of(0, 1))
SECTION = record(typed("rich_text_section", elements=LEAVES))
RICH_TEXT_PART = by_type(
    {
        "rich_text_section": SECTION,
        "rich_text_list": record(
            typed(
                "rich_text_list",
                style=required(one_of("bullet", "ordered")),
                elements=required(array(SECTION, ANY)),
                indent=optional(number(0)),
                offset=optional(number(0)),
                border=BORDER,
            )
        ),
        "rich_text_preformatted": record(
            typed("rich_text_preformatted", elements=LEAVES, border=BORDER, language=optional(string(ANY)))
        ),
        "rich_text_quote": record(typed("rich_text_quote", elements=LEAVES, border=BORDER)),
    }
)
RICH_TEXT = record(
    typed(
        "rich_text",
        elements=required(array(RICH_TEXT_PART, ANY, least=0)),
        block_id=optional(BLOCK_ID),
    )
)
