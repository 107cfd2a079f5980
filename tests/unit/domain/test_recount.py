"""A ledger that somebody rewrote, with every hash made anew, is whole in itself; a recount names what gives it away."""

import asyncio
import json
from base64 import b64decode, b64encode
from hashlib import sha256
from typing import Any

import pytest

from bot.certifying import countersign, issue
from bot.domain.canonical import canonical
from bot.domain.entry import Entry
from bot.domain.people import BOT, INSIDE, Role
from bot.domain.standing import turn_key
from tests.support.certified import OwnKey, cleared_room, sign_off
from tests.support.fakes import World
from tests.support.recounted import Rewrite, recounted, rewritten
from tests.support.void_room import BEN, DAYS, F, P, approve, ask, closed_on_evidence, opening, proven, room_after

FAILED, CLEARED = DAYS[2].date, DAYS[5].date


async def _day(room: World, number: int, leader: float = 1.0) -> None:
    await room.clock.advance((DAYS[number].opens - room.clock.now()).total_seconds())
    await opening(room, number, "b1")
    if leader == 1.0:
        assert await closed_on_evidence(room, number) is P
        return
    await proven(room, number, leader=leader)
    await room.ask(f"close {DAYS[number].date}")


async def _burn_in() -> tuple[Entry, ...]:
    """PASS, FAIL, PASS, PASS, PASS, cleared, signed off; then the last day is void, and the clearance falls."""
    room = room_after(0)
    for number, leader in enumerate((1.0, 0.0, 1.0, 1.0, 1.0), start=1):
        await _day(room, number, leader)
    assert (await room.ask("signoff", actor=BEN, role=Role.APPROVER)).outcome == "done"
    assert (await approve(room, await ask(room, 5))).outcome == "done"
    await _day(room, 6)
    return tuple(room.ledger.chain)


@pytest.fixture(scope="module")
def chain() -> tuple[Entry, ...]:
    """A burn-in as the program recorded it."""
    return asyncio.run(_burn_in())


def _of(chain: tuple[Entry, ...], kind: str, number: int = 0) -> int:
    return [entry.seq for entry in chain if entry.body.kind == kind][number]


def _set(*path: str | int, to: Any) -> Rewrite:
    def rewrite(entry: dict[str, Any]) -> None:
        at: Any = entry
        for step in path[:-1]:
            at = at[step]
        at[path[-1]] = to

    return rewrite


def _passes(entry: dict[str, Any]) -> None:
    record = entry["body"]["record"]
    record["verdict"] = "PASS"
    for result in record["criteria"]:
        result["verdict"] = "PASS"


def _counts_less(entry: dict[str, Any]) -> None:
    streak = entry["body"]["streak"]
    streak["days"], streak["passed"] = streak["days"][1:], streak["passed"] - 1


def test_what_the_program_recorded_is_what_a_recount_gives(chain: tuple[Entry, ...]) -> None:
    """A burn-in with all that moves a streak: a day that failed, a clearance, a signature, a void day."""
    assert [_of(chain, kind) for kind in ("clearance_granted", "clearance_signed", "clearance_revoked", "day_voided")]
    assert F in {entry.body.record.verdict for entry in chain if entry.body.kind == "day_closed"}
    assert recounted(chain) == []
    assert recounted(rewritten(chain, {})) == []


# What is rewritten, which of its kind, how; and the first that gives it away, which of its kind, in what words.
_REWRITES: tuple[tuple[str, int, Rewrite, str, int, str], ...] = (
    ("day_closed", 1, _passes, "streak_counted", 3, f"it counts 0/3 (no day; {FAILED} failed)"),
    ("day_closed", 1, _set("body", "record", "verdict", to="PASS"), "day_closed", 1, "its criteria give FAIL"),
    ("streak_counted", 7, _counts_less, "streak_counted", 7, "it counts 1/3"),
    ("day_closed", 3, _set("body", "record", "policy", "days_required", to=2), "day_closed", 3, "the policy that it"),
    ("day_closed", 0, _set("body", "record", "criteria", to=[]), "day_closed", 0, "neither judged nor excluded"),
    ("day_closed", 0, _set("body", "record", "evidence_until", to=10**6), "day_closed", 0, "which come later"),
    ("day_closed", 0, _set("body", "record", "excluded", "drill", to="no"), "day_closed", 0, "neither judged nor"),
    ("day_closed", 0, _set("body", "record", "provenance", "build", to="b0"), "streak_counted", 2, "it counts 1/3"),
    ("day_closed", 2, _set("day", to="2026-11-30"), "day_closed", 2, "under another day"),
    ("session_opened", 2, _set("body", "number", to=3), "session_opened", 2, "is numbered 3 of 3"),
    ("session_opened", 4, _set("body", "provenance", "build", to="b0"), "streak_counted", 8, "it counts 2/3"),
    ("clearance_granted", 0, None, "day_closed", 4, "the clearance stays as it is, where"),
    ("clearance_granted", 0, _counts_less, "clearance_granted", 0, "granted at 2/3"),
    ("clearance_granted", 0, _set("body", "provenance", "build", to="b0"), "clearance_granted", 0, "is granted at 3/3"),
    ("clearance_revoked", 0, None, "day_voided", 0, "the clearance stays as it is, which the void day cannot bring"),
    ("clearance_revoked", 0, _set("body", "why", to="no reason"), "clearance_revoked", 0, "revoked (no reason), which"),
    ("clearance_signed", 0, _set("body", "granted", to=1), "clearance_signed", 0, "which did not stand then"),
    ("day_voided", 0, _set("body", "asked_by", "id", to="U09"), "day_voided", 0, "something else than request"),
    ("day_voided", 0, _set("actor", "id", to="U01"), "day_voided", 0, "approves what they asked for themselves"),
    ("void_requested", 0, None, "day_voided", 0, "which nobody made"),
    ("streak_counted", 4, _set("key", to=None), "streak_counted", 4, "does not follow the last count"),
    ("streak_counted", 4, None, "session_opened", 2, "the streak is not counted with it"),
    ("session_opened", 3, None, "streak_counted", 6, "without anything that moves it"),
)


@pytest.mark.parametrize("rewrite", _REWRITES, ids=lambda rewrite: f"{rewrite[0]}, {rewrite[5]}")
def test_an_entry_that_was_rewritten_is_given_away(
    chain: tuple[Entry, ...], rewrite: tuple[str, int, Rewrite, str, int, str]
) -> None:
    """By itself, or by what was counted after it; who changes a verdict has to change all that follows from it."""
    kind, number, how, named, of, words = rewrite
    made = rewritten(chain, {_of(chain, kind, number): how})
    found = recounted(made)[0]
    gone = how is None and kind == named and number <= of
    assert words in found.problem, found
    assert found.seq == _of(tuple(made), named, of - gone)


def test_a_clearance_at_two_of_three_is_named(chain: tuple[Entry, ...]) -> None:
    """Put in behind the second PASS day after the one that failed, where nothing granted any."""
    granted = next(entry for entry in chain if entry.body.kind == "clearance_granted")
    close = _of(chain, "day_closed", 3)
    body = granted.body.model_dump(mode="json")
    _counts_less({"body": body})
    body["streak"]["cleared"] = True
    at = next(entry.seq for entry in chain[close:] if entry.body.kind == "message_queued")

    def instead(entry: dict[str, Any]) -> None:
        entry.update(body=body, key=None)

    (found, *_) = recounted(rewritten(chain, {at: instead}))
    assert found.seq == at
    assert "a clearance is granted at 2/3" in found.problem


def test_a_day_that_was_closed_twice_is_named(chain: tuple[Entry, ...]) -> None:
    """The first record of a day is the only one."""
    first, second = _of(chain, "day_closed", 0), _of(chain, "day_closed", 1)
    body = chain[first - 1].body.model_dump(mode="json")
    found = recounted(rewritten(chain, {second: lambda entry: entry.update(body=body)}))
    assert found[0].seq == second
    assert any(f"{DAYS[1].date} was closed before, by entry {first}" in each.problem for each in found)


def test_a_ledger_that_was_cut_off_is_not_found_here(chain: tuple[Entry, ...]) -> None:
    """A ledger cut off behind an entry is one that the program wrote: what was said elsewhere tells, nothing in it."""
    assert recounted(chain[: _of(chain, "streak_counted", 3)]) == []


def _of_before(entry: dict[str, Any]) -> None:
    """Take out of a record what versions did not keep that recorded no counts of the streak."""
    for name in ("policy", "version", "evidence_until"):
        del entry["body"]["record"][name]


def test_a_ledger_that_an_earlier_version_began_is_not_refused(chain: tuple[Entry, ...]) -> None:
    """It recorded no counts of the streak; the first one that is recorded is held to the days of before."""
    first = _of(chain, "streak_counted", 4)  # with the open of the third day
    how: dict[int, Rewrite] = {entry.seq: None for entry in chain[: first - 1] if entry.body.kind == "streak_counted"}
    how |= {entry.seq: _of_before for entry in chain[:first] if entry.body.kind == "day_closed"}
    how[first] = _set("key", to=turn_key(str(chain[first - 1].trader), 0))
    assert recounted(rewritten(chain[:first], how)) == []


def test_counts_that_are_all_gone_are_missed_where_this_version_closed_a_day(chain: tuple[Entry, ...]) -> None:
    """Its records name what it alone knew of a policy, so it counted the streak with each."""
    made = rewritten(chain, {entry.seq: None for entry in chain if entry.body.kind == "streak_counted"})
    assert any("the streak is not counted with it" in each.problem for each in recounted(made))


async def _certified() -> tuple[Entry, ...]:
    """A clearance that is certified, signed off, certified anew and countersigned."""
    room = await cleared_room()
    await issue(room.desk, room.trader_desk, BOT, INSIDE)
    await sign_off(room)
    await issue(room.desk, room.trader_desk, BOT, INSIDE)
    await countersign(room.desk, room.trader_desk, OwnKey(), BEN, INSIDE)
    return tuple(room.ledger.chain)


@pytest.fixture(scope="module")
def certified() -> tuple[Entry, ...]:
    """A burn-in with two certificates."""
    return asyncio.run(_certified())


def _certifies(*path: str | int, to: Any) -> Rewrite:
    """Change what a certificate says, and its digest with it."""

    def rewrite(entry: dict[str, Any]) -> None:
        statement = json.loads(b64decode(entry["body"]["envelope"]["payload"]))
        _set("predicate", *path, to=to)(statement)  # type: ignore[misc]
        payload = canonical(statement).encode()
        entry["body"]["envelope"]["payload"] = b64encode(payload).decode()
        entry["body"]["digest"] = sha256(payload).hexdigest()

    return rewrite


def test_certificates_as_the_program_issued_them_are_about_this_ledger(certified: tuple[Entry, ...]) -> None:
    """The one before the clearance is signed off, and the one after."""
    assert [entry.body.kind for entry in certified].count("certificate_issued") == 2
    assert recounted(certified) == []


@pytest.mark.parametrize(
    ("kind", "number", "how", "words"),
    [
        ("certificate_issued", 0, _set("body", "digest", to="0" * 64), "not the one that its digest names"),
        ("certificate_issued", 0, _set("body", "envelope", "payload", to="!"), "not the one that its digest names"),
        ("certificate_issued", 1, _set("body", "granted", to=3), "certifies the clearance of entry 3"),
        ("certificate_issued", 1, _set("body", "previous", to=""), "the certificate before it is not none, but"),
        ("certificate_issued", 0, _certifies("clearance", "entry", to=1), "about another clearance"),
        ("certificate_issued", 0, _certifies("days", to=[]), "not those that the clearance rests on"),
        ("certificate_issued", 0, _certifies("days", 1, "entry", "hash", to="0" * 64), "names another close of"),
        ("certificate_issued", 0, _certifies("ledger", "hash", to="0" * 64), "names another entry"),
        ("certificate_signed", 0, _set("body", "digest", to="0" * 64), "none of this digest was issued before"),
    ],
)
def test_a_certificate_about_another_ledger_is_named(
    certified: tuple[Entry, ...], kind: str, number: int, how: Rewrite, words: str
) -> None:
    """Whatever of it is rewritten; and where anything before it is, it names other hashes than the ledger has."""
    made = rewritten(certified, {_of(certified, kind, number): how})
    found = [each for each in recounted(made) if each.seq == _of(tuple(made), kind, number)]
    assert any(words in each.problem for each in found), found


def test_a_certificate_gives_away_that_what_it_rests_on_was_rewritten(certified: tuple[Entry, ...]) -> None:
    """It names every day's entry by its hash, so no word of one can be changed before it."""
    day = _of(certified, "day_closed", 1)
    found = recounted(rewritten(certified, {day: _set("actor", "name", to="Nobody")}))
    assert {each.seq for each in found} == {_of(certified, "certificate_issued", n) for n in (0, 1)}
    assert "names another close of" in found[0].problem
