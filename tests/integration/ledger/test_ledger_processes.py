"""The command line works beside a running bot, and bots beside each other: several processes append to one ledger."""

import asyncio
import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.configuration.ledger_address import ledger_address
from bot.domain.entry import CommandFinished, CommandStarted, Entry
from bot.factory import open_ledger
from bot.sandbox.postgres import EmbeddedPostgres
from tests.support.drafts import AT, DAY, TRADER, sample

_ROOT = Path(__file__).parents[3]
_WORKERS = 3
_TASKS = st.lists(
    st.tuples(st.sampled_from(["append", "key", "claim", "finish", "samples", "seal"]), st.integers(0, 2)), max_size=12
)

Task = tuple[str, int]
Places = Callable[[], str]


class Processes:
    """Some processes, each with a ledger of its own open on the same database."""

    def __init__(self, stack: ExitStack) -> None:
        argv = [sys.executable, "-m", "tests.support.ledger_worker"]
        pipe = subprocess.PIPE
        self._all = [
            stack.enter_context(subprocess.Popen(argv, cwd=_ROOT, stdin=pipe, stdout=pipe, text=True))
            for _ in range(_WORKERS)
        ]

    def play(self, ledger: str, tasks: list[list[Task]]) -> list[list[Any]]:
        """Open the ledger in all of them at once, then let each do its tasks; return what they answer."""
        for number, mine in enumerate(tasks):
            self._say(number, json.dumps({"ledger": ledger, "tasks": mine}))
        assert [self._hear(number) for number in range(_WORKERS)] == ["ready\n"] * _WORKERS
        for number in range(_WORKERS):
            self._say(number, "go")
        return [json.loads(self._hear(number)) for number in range(_WORKERS)]

    def _say(self, number: int, line: str) -> None:
        stdin = self._all[number].stdin
        assert stdin is not None
        stdin.write(f"{line}\n")
        stdin.flush()

    def _hear(self, number: int) -> str:
        stdout = self._all[number].stdout
        assert stdout is not None
        return stdout.readline()


@pytest.fixture(scope="module")
def processes() -> Iterator[Processes]:
    """Processes that wait for orders."""
    with ExitStack() as stack:
        yield Processes(stack)


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def places(request: pytest.FixtureRequest) -> Iterator[Places]:
    """A maker of addresses where there is no ledger yet."""
    numbers = count(1)
    if request.param == "sqlite":
        with tempfile.TemporaryDirectory() as folder:
            yield lambda: f"sqlite:///{folder}/{next(numbers)}.db"
        return
    server: EmbeddedPostgres = request.getfixturevalue("postgres")
    database = server.create_database("processes")
    with psycopg.connect(database, autocommit=True) as connection:

        def place() -> str:
            name = f"ledger_{next(numbers)}"
            connection.execute(f"CREATE SCHEMA {name}".encode())
            return f"{database}&options=-csearch_path%3D{name}"

        yield place


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(tasks=st.lists(_TASKS, min_size=_WORKERS, max_size=_WORKERS))
def test_whatever_several_processes_append_is_one_chain(
    places: Places, processes: Processes, tasks: list[list[Task]]
) -> None:
    """From the making of the ledger on: nothing lost, nothing twice, one winner a key, one holder a claim."""
    ledger = places()
    answers = processes.play(ledger, tasks)
    entries, samples = asyncio.run(_read(ledger))
    hashes = [one for mine in answers for answer in mine if isinstance(answer, list) for one in answer]
    assert Counter(hashes) == Counter(entry.hash for entry in entries)
    _assert_one_winner_a_key(tasks, answers)
    _assert_one_holder_a_claim(entries)
    stored = {what + more for mine in tasks for task, what in mine if task == "samples" for more in (0, 1)}
    assert samples == tuple(sample(second) for second in sorted(stored))


async def _read(place: str) -> tuple[tuple[Entry, ...], tuple[Any, ...]]:
    """Return what was appended, and the samples, once the chain and its seals have been found whole."""
    ledger = await open_ledger(ledger_address(place))
    try:
        entries = await ledger.entries()
        await ledger.seal_samples(AT, TRADER, DAY)
        head = await ledger.head()
        assert (await ledger.verify()).head == head
        return entries, await ledger.samples(TRADER, DAY, sealed_by=head.seq)
    finally:
        await ledger.close()


def _assert_one_winner_a_key(tasks: list[list[Task]], answers: list[list[Any]]) -> None:
    tried: dict[int, list[Any]] = {}
    for mine, told in zip(tasks, answers, strict=True):
        for (task, what), answer in zip(mine, told, strict=True):
            if task == "key":
                tried.setdefault(what, []).append(answer)
    for told in tried.values():
        assert Counter(map(str, told))["DuplicateKey"] == len(told) - 1


def _assert_one_holder_a_claim(entries: tuple[Entry, ...]) -> None:
    held: dict[str, int] = {}
    for entry in entries:
        if isinstance(entry.body, CommandStarted) and entry.body.claim is not None:
            assert entry.body.claim not in held
            held[entry.body.claim] = entry.seq
        if isinstance(entry.body, CommandFinished):
            held = {claim: seq for claim, seq in held.items() if seq != entry.body.started}


def test_processes_append_side_by_side(places: Places, processes: Processes) -> None:
    """Under load, too: hundreds of appends of each, all of them in one chain."""
    each: list[Task] = [("append", 0) if number % 10 else ("key", number) for number in range(200)]
    answers = processes.play(places(), [each] * _WORKERS)
    told = Counter(type(answer) for mine in answers for answer in mine)
    assert told == {list: _WORKERS * 180 + 20, str: (_WORKERS - 1) * 20}
