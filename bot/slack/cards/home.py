"""The app's Home: where every trader stands, what who looks may run, what runs, and how the bot is.

It has no button: what is run has a channel behind it, in which the others see it, and Home says which.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.people import Role
from bot.domain.results import PastDay, StatusReport
from bot.health import HealthReading
from bot.slack.cards.blocks import Block, context, divider, escape, header, mrkdwn, section
from bot.slack.cards.help import COMMAND
from bot.slack.cards.status import (
    MOST_RUNNING,
    opening,
    running_line,
    standing,
    streak_line,
    void_line,
)
from bot.slack.cards.words import VOID, line_for, mark, plural, session_words, when

MOST_DETAILED = 4  # traders told at length; of more, each has its line
MOST_TRADERS = 60
MOST_NAMED = 6
MOST_FIELD = 2000  # characters; Slack's limit

_UNBROKEN = "\u00a0"  # a space at which no line ends: a day's sign, word and date belong together

View = Block


@dataclass(frozen=True, slots=True)
class Rights:
    """What somebody may run for a trader in its channel, and why not more, where something is in the way."""

    trader: str
    channel: str
    role: Role
    commands: tuple[str, ...]
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class HomePage:
    """What one person's Home shows. `parts` are the bot's, by name; none where they are not known."""

    at: datetime
    statuses: Sequence[StatusReport]
    rights: Sequence[Rights]
    parts: Mapping[str, HealthReading]


def render(page: HomePage) -> View:
    """The Home of somebody who may look."""
    rights = {one.trader: one for one in page.rights}
    detailed = len(page.statuses) <= MOST_DETAILED
    told = _at_length(page.statuses, rights) if detailed else _as_list(page.statuses, rights)
    blocks = [
        *told,
        *_running(page.statuses),
        divider(),
        section("\n".join(_may_run(page.rights))),
        *([context(_health(page.parts))] if page.parts else []),
        context(
            f"As of {when(page.at, form='{time_secs}')}; opening Home reads it anew. `{COMMAND}` in a channel helps."
        ),
    ]
    return {"type": "home", "blocks": blocks}


def render_unreadable(why: str) -> View:
    """The Home of somebody who may not look, or while the ledger cannot be read."""
    said = why or "The burn-in's state cannot be read at the moment. Open Home again, or look at the bot's log."
    return {"type": "home", "blocks": [header("Burn-in"), section(f"⛔ {escape(said, 1500)}")]}


def _at_length(statuses: Sequence[StatusReport], rights: Mapping[str, Rights]) -> list[Block]:
    """Each trader under its own headline: today first, then what it comes to, then what is to be done."""
    blocks: list[Block] = []
    for one in statuses:
        shown = section(f"*{standing(one)}*") | {"fields": [mrkdwn(field, MOST_FIELD) for field in _fields(one)]}
        lines = [*_lately(one), *(void_line(request) for request in one.void_requests), *_next(one, rights)]
        blocks += [header(one.trader), shown, *([section("\n".join(lines))] if lines else []), divider()]
    return blocks[:-1]


def _fields(one: StatusReport) -> list[str]:
    fields = [f"*Streak*\n{streak_line(one).removeprefix('Streak').strip(' :')}"]
    if one.day is not None and one.day.session is not None:
        fields.append(f"*Session {one.day.date}*\n{session_words(one.day.session)}")
    if one.next_session is not None:
        fields.append(f"*Next session {one.next_session.date}*\n{opening(one.next_session, one.at)}")
    return fields


def _as_list(statuses: Sequence[StatusReport], rights: Mapping[str, Rights]) -> list[Block]:
    blocks: list[Block] = [header("Burn-in")]
    for one in statuses[:MOST_TRADERS]:
        lines = [f"*{escape(one.trader, 80)}* · {standing(one)}"]
        lines.append(" · ".join([streak_line(one), *_counts(one.lately)]))
        lines += [*(void_line(request) for request in one.void_requests[:1]), *_next(one, rights)]
        blocks.append(section("\n".join(lines)))
    left = len(statuses) - MOST_TRADERS
    return [*blocks, context(f"… and {plural(left, 'more trader')}: `{COMMAND} status NAME`")] if left > 0 else blocks


def _lately(one: StatusReport) -> list[str]:
    days = [f"{_sign(day)} {day.date:%d %b}".replace(" ", _UNBROKEN) for day in reversed(one.lately)]
    return [f"*Last {plural(len(days), 'day')}:* {' · '.join(days)}"] if days else []


def _sign(day: PastDay) -> str:
    return VOID if day.void else mark(day.verdict)


def _counts(days: Sequence[PastDay]) -> list[str]:
    counted = Counter(_sign(day) for day in days)
    told = ", ".join(f"{number} {sign}" for sign, number in counted.items())
    return [f"last {plural(len(days), 'day')}: {told}"] if days else []


def _next(one: StatusReport, rights: Mapping[str, Rights]) -> list[str]:
    if not one.next_step:
        return []
    held = rights.get(one.trader)
    where = f" in <#{held.channel}>" if held and held.channel else ""
    by = f", by an {Role.OPERATOR}" if held and one.next_step.split(" ", 1)[0] not in held.commands else ""
    return [f"*Next:* `{COMMAND} {escape(line_for(one.next_step, one.trader), 200)}`{where}{by}"]


def _running(statuses: Sequence[StatusReport]) -> list[Block]:
    lines = [f"{running_line(work)} · {escape(one.trader, 80)}" for one in statuses for work in one.running]
    left = len(lines) - MOST_RUNNING
    more = [f"… and {left} more"] if left > 0 else []
    return [section("\n".join(["*Running*", *lines[:MOST_RUNNING], *more]))] if lines else []


def _may_run(rights: Sequence[Rights]) -> list[str]:
    """What somebody may run, once for all traders of which they may run the same."""
    said = ["*What you may run*"]
    alike_by: defaultdict[tuple[Role, tuple[str, ...], str], list[Rights]] = defaultdict(list)
    for one in rights:
        alike_by[one.role, one.commands, one.refusal].append(one)
    for (role, commands, refusal), alike in alike_by.items():
        said.append(f"As {role} of {_names(alike)}: {' '.join(f'`{name}`' for name in commands)}")
        if refusal:
            said.append(f"⛔ {escape(refusal, 600)}")
    return said


def _names(rights: Sequence[Rights]) -> str:
    """The traders, each channel's together: `nifty-orb and bank-orb in #burn-in`."""
    channels = list(dict.fromkeys(one.channel for one in rights))
    traders = [escape(one.trader, 80) for one in rights[:MOST_NAMED]]
    more = f" and {len(rights) - MOST_NAMED} more" if len(rights) > MOST_NAMED else ""
    where = ", ".join(f"<#{channel}>" for channel in channels[:MOST_NAMED] if channel)
    return f"{', '.join(traders)}{more}" + (f" in {where}" if where else "")


def _health(parts: Mapping[str, HealthReading]) -> str:
    """How the bot is: what is wrong at length, else that all of it is well, with what it measures of itself."""
    bad = [f"❌ {escape(name, 80)}: {escape(part.detail, 200)}" for name, part in parts.items() if not part.ok]
    if bad:
        return "\n".join(["*Bot*: not all is well; see `/readyz` and the log", *bad[:MOST_NAMED]])
    return f"*Bot*: ✅ all well · {' · '.join(_measured(parts))}"


def _measured(parts: Mapping[str, HealthReading]) -> list[str]:
    """The parts that people know, each with its measure."""
    watches = sum(name.startswith("watch ") for name in parts)
    said = [f"ledger {parts['ledger'].values.get('entries', 0):,.0f} entries"] if "ledger" in parts else []
    said += [f"Slack heard {age:.0f} s ago" for age in _values(parts, "slack", "last_frame_age")]
    said += [f"{watches} {'watch' if watches == 1 else 'watches'} on schedule"] if watches else []
    return said + [f"{waiting:.0f} unsent" for waiting in _values(parts, "outbox", "waiting")]


def _values(parts: Mapping[str, HealthReading], part: str, value: str) -> list[float]:
    return [parts[part].values[value]] if part in parts and value in parts[part].values else []
