"""Whether the triggers still stand that refuse every change of the chain and its samples: as the migrations made them.

Who may change the database's schema can take them off, change an entry and put them back; then only the chain tells.
"""

import re
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from typing import Final

import sql
from bot.adapters.verification import Read

_FUNCTION: Final = re.compile(r"CREATE (?:OR REPLACE )?FUNCTION (\w+)\(\) RETURNS TRIGGER.*?\$\$(.*?)\$\$", re.DOTALL)
_TRIGGER: Final = re.compile(r"^(CREATE|DROP) TRIGGER (\w+) (.*?);", re.DOTALL | re.MULTILINE)
_CALLS: Final = re.compile(r"EXECUTE FUNCTION (\w+)\(\)")
# When a trigger acts, as bits of pg_trigger.tgtype.
_ACTS: Final = {"FOR EACH ROW": 1, "BEFORE ": 2, "INSERT": 4, "DELETE": 8, "UPDATE": 16, "TRUNCATE": 32}

Guards = Mapping[str, tuple[object, ...]]  # by their names: what they do


def unguarded(read: Read, dialect: str) -> list[str]:
    """Return in words which of the ledger's triggers are missing, asleep or read otherwise than they should."""
    found: Guards = {str(name): (*told,) for name, *told in read("guards")}
    should = _of_postgres() if dialect else _of_sqlite()
    return [
        f"the trigger {name} is {'altered' if name in found else 'missing'}; the ledger is not protected by it"
        for name, told in should.items()
        if found.get(name) != told
    ]


def _of_sqlite() -> Guards:
    with closing(sqlite3.connect(":memory:")) as fresh:
        for name in sql.names("ledger/migrations"):
            fresh.executescript(sql.read(f"ledger/migrations/{name}"))
        return {name: (text,) for name, text in fresh.execute(sql.read("ledger/queries/guards.sql"))}


def _of_postgres() -> Guards:
    functions: dict[str, str] = {}
    guards: dict[str, tuple[object, ...]] = {}
    for name in sql.names("ledger/migrations"):
        text = sql.read(f"ledger/migrations/{name}", "postgres")
        functions |= dict(_FUNCTION.findall(text))
        for verb, trigger, told in _TRIGGER.findall(text):
            if verb == "DROP":
                guards.pop(trigger, None)
                continue
            called = _CALLS.findall(told)[0]
            when, condition, _ = told.partition("WHEN")
            acts = sum(bit for word, bit in _ACTS.items() if word in when)
            guards[trigger] = acts, f"{called} WHEN" if condition else called, functions[called]
    return guards
