"""Certificates as burnin makes them, held to the gate: what the one says, the other reads, and nothing else."""

import json
import random
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.adapters.signing_key import public_pem
from bot.certifying import certificate_of, countersign, issue, revocations
from bot.domain import certificate, criteria, issued
from bot.domain.issued import Certificate, file_of
from bot.domain.people import BOT, INSIDE, Actor
from bot.gate import keys, statement, verdict
from bot.gate import revocations as listed
from bot.gate.verdict import Question, answer
from tests.support.certified import BUILD_ID, RULES, OwnKey, cleared_room, made_void, sign_off
from tests.support.fakes import World
from tests.support.gated import asked

CARA = Actor(kind="cli", id="cara", name="Cara")


class Pipeline:
    """A pipeline that has the public keys, and asks about what it is handed."""

    def __init__(self, *owners: OwnKey) -> None:
        self._keys = [keys.public_key(public_pem(owner.public).encode(), "key.pub") for owner in owners]

    def code(
        self, text: bytes, at: datetime, *, listed: bytes | None = None, build: str = BUILD_ID, **asked_for: object
    ) -> int:
        """Return the exit code."""
        return answer(Question(text, self._keys, listed, asked(build=build, **asked_for), at)).outcome.code


async def _issued(room: World) -> Certificate:
    found, _ = await issue(room.desk, room.trader_desk, BOT, INSIDE)
    return found


async def test_the_life_of_a_certificate_at_the_gate() -> None:
    """Cleared by the bot, by the bot and a person, expired, and revoked once a day of it is void."""
    bot, cara = OwnKey(), OwnKey()
    room = await cleared_room(key=bot)
    pipeline, alone = Pipeline(bot, cara), Pipeline(bot)
    first = await _issued(room)
    asked_for = {"trader": "orb", "environment": "paper", "rules": RULES, "policy": room.trader_desk.policy.digest}
    assert alone.code(file_of(first.envelope), first.at, **asked_for) == 0
    assert pipeline.code(file_of(first.envelope), first.at, threshold=2) == 13

    await sign_off(room)
    await _issued(room)
    both, _ = await countersign(room.desk, room.trader_desk, cara, CARA, INSIDE)
    text, now = file_of(both.envelope), room.clock.now()
    current = file_of(await revocations(room.desk, room.trader_desk))
    assert pipeline.code(text, now, threshold=2, listed=current, **asked_for) == 0
    assert alone.code(text, now, listed=current) == 0
    assert pipeline.code(text, now, threshold=2, build="another") == 11
    assert pipeline.code(text, both.expires_at - timedelta(microseconds=1)) == 0
    assert pipeline.code(text, both.expires_at) == 10

    await made_void(room, 1)
    told = file_of(await revocations(room.desk, room.trader_desk))
    for each in (first, await certificate_of(room.desk, room.trader_desk)):
        assert pipeline.code(file_of(each.envelope), room.clock.now(), listed=told) == 14


@pytest.mark.parametrize("build", ["1.4.2", "registry.example/orb@sha256:" + "a" * 64, "b" * 40, "ünï cödé"])
async def test_every_form_of_a_build_is_cleared(build: str) -> None:
    """An image, a commit, or whatever the trader says."""
    bot = OwnKey()
    found = await _issued(await cleared_room(key=bot, build=build))
    assert Pipeline(bot).code(file_of(found.envelope), found.at, build=build) == 0


async def test_thousands_of_flips_of_a_whole_certificate_are_told() -> None:
    """That of three days with all their numbers, one line or indented as somebody may have stored it."""
    bot = OwnKey()
    found = await _issued(await cleared_room(key=bot))
    pipeline, chance = Pipeline(bot), random.Random(6)  # noqa: S311 - the same flips in each run
    for text in (file_of(found.envelope), json.dumps(found.envelope, indent=2).encode()):
        assert pipeline.code(text, found.at) == 0
        for bit in chance.sample(range(8 * len(text)), 2000):
            turned = bytearray(text)
            turned[bit // 8] ^= 1 << bit % 8
            assert pipeline.code(bytes(turned), found.at) == 13, bit


def test_both_know_the_same_words() -> None:
    """The gate shares no code with what issues: the names stand there twice, and are the same."""
    assert set(criteria.CRITERIA) == statement.CRITERIA
    assert (statement.STATEMENT, statement.PREDICATE) == (certificate.STATEMENT, certificate.PREDICATE)
    assert certificate.PAYLOAD_TYPE == verdict.PAYLOAD_TYPE
    assert (listed.TYPE, listed.PAYLOAD_TYPE) == (issued.REVOCATIONS, issued.REVOCATIONS_TYPE)


def test_its_files_import_nothing_of_the_bots() -> None:
    """Also where a linter would not see it: behind a condition or inside of a function."""
    for file in Path(statement.__file__).parent.glob("*.py"):
        imported = [line.split()[1] for line in file.read_text("utf-8").splitlines() if "from bot" in line]
        assert all(module.startswith("bot.gate") for module in imported), file
