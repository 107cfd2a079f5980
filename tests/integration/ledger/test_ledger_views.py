"""The views are what a person reads with sqlite-utils, Datasette, the sqlite3 shell or psql, without burnin at hand."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from bot.domain.acts import ACTS
from bot.domain.entry import DayClosed, HolesFilled, SelfTested, TraderRestarted, WatchBreached, WatchRecovered
from bot.domain.folds import audit_rows
from bot.domain.people import SCHEDULER, Actor
from bot.domain.standing import (
    CertificateIssued,
    ClearanceRevoked,
    ClearanceSigned,
    DayVoided,
    VoidRefused,
    VoidRequested,
)
from bot.domain.verdict import Verdict
from bot.ports import Ledger
from tests.support.drafts import AT, DAY, GRANT, TRADER, ZOO, draft, intent, outcome, record
from tests.support.evidence import clean_self_test


@dataclass(frozen=True, slots=True)
class Viewed:
    """A ledger, and what a person reads of it."""

    ledger: Ledger
    execute: Callable[[str], sqlite3.Cursor | psycopg.Cursor[Any]]

    def read(self, view: str) -> list[dict[str, Any]]:
        """Return the rows of a view."""
        cursor = self.execute(f"SELECT * FROM {view}")  # noqa: S608 - a name of this file
        names = [column[0] for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor]


@pytest.fixture(params=["sqlite", "postgres"])
def viewed(request: pytest.FixtureRequest) -> Viewed:
    """An empty ledger in a file or a PostgreSQL, and a connection beside it."""
    by_hand = request.getfixturevalue("by_hand" if request.param == "sqlite" else "in_psql")
    return Viewed(request.getfixturevalue(f"{request.param}_ledger"), by_hand.execute)


async def test_the_day_ledger_has_a_row_a_criterion(viewed: Viewed) -> None:
    """Each criterion of a closed day stands with its verdict, reason and who closed the day; excluded ones too."""
    await viewed.ledger.append(draft(DayClosed(record=record(verdict=Verdict.FAIL)), at=AT + timedelta(hours=6)))
    day = {"trader": TRADER, "day": DAY.isoformat(), "day_verdict": "FAIL"}
    closed = {"closed_at": "2026-11-23T09:45:00Z", "closed_by": "Asha", "void": None}
    excluded = {"verdict": "EXCLUDED", "reason": "excluded", "detail": "no Prometheus on this host"}
    assert viewed.read("day_ledger") == [
        {**day, "criterion": "leader", "verdict": "FAIL", "reason": "held", "detail": "Leader held.", **closed},
        {**day, "criterion": "alerts", **excluded, **closed},
    ]


async def test_a_void_day_says_so_in_the_day_ledger(viewed: Viewed) -> None:
    """Each of its rows says why; the same day of another trader and other days are not void."""
    void = draft(DayVoided(request=9, reason="the exchange was down", asked_by=SCHEDULER))
    next_day = DAY + timedelta(days=1)
    await viewed.ledger.append(
        draft(DayClosed(record=record())),
        draft(DayClosed(record=record()), trader="bank-orb"),
        draft(DayClosed(record=record(next_day)), day=next_day),
        void,
    )
    told = {(row["trader"], row["day"]): row["void"] for row in viewed.read("day_ledger")}
    assert told == {
        (TRADER, DAY.isoformat()): "the exchange was down",
        ("bank-orb", DAY.isoformat()): None,
        (TRADER, next_day.isoformat()): None,
    }
    assert len(viewed.read("day_ledger")) == 6


async def test_the_clearance_shows_who_signed_it_off(viewed: Viewed) -> None:
    """Each grant with its own signature, if it has one, and the void days that were left out of it."""
    void = GRANT.streak.model_copy(update={"void": (DAY, DAY + timedelta(days=1))})
    ben = Actor(kind="cli", id="ben")
    await viewed.ledger.append(
        draft(GRANT),
        draft(ClearanceSigned(granted=1), actor=ben),
        draft(GRANT.model_copy(update={"streak": void})),
    )
    shown = [
        (row["standing"], row["void_days"], row["signed_by"], row["signed_at"]) for row in viewed.read("clearance")
    ]
    assert shown == [
        ("superseded", None, "cli:ben", "2026-11-23T03:45:00Z"),
        ("cleared", "2026-11-23, 2026-11-24", None, None),
    ]


async def test_the_audit_trail_has_a_row_a_command(viewed: Viewed) -> None:
    """A command stands with who, where, what and how it ended; one without an outcome is running."""
    (first, _) = await viewed.ledger.append(intent(), intent("close", actor=Actor(kind="cli", id="root")))
    await viewed.ledger.append(outcome(first.seq))
    asked = {"at": "2026-11-23T03:45:00Z", "origin": "slack #C01", "trader": TRADER}
    drill = {"seq": 1, "actor": "Asha", "actor_id": "slack:U01", "command": "drill", "raw": "/burnin drill"}
    close = {"seq": 2, "actor": "cli:root", "actor_id": "cli:root", "command": "close", "raw": "/burnin close"}
    running = dict.fromkeys(("verdict", "reason", "detail", "seconds"))
    assert viewed.read("audit_trail") == [
        {**asked, **drill, "outcome": "done", "verdict": "PASS", "reason": "", "detail": "", "seconds": 1.25},
        {**asked, **close, "outcome": "running", **running},
    ]


async def test_the_audit_trail_is_the_same_for_whoever_reads_it(viewed: Viewed) -> None:
    """What happens without a command has a row too, in the words that `burnin audit` has for it; nothing else has."""
    drafts = [draft(body, **({"day": None} if body.kind.startswith("bot_") else {})) for body in ZOO]
    holes = HolesFilled(holes=2, seconds=9.5, samples=8, trouble="No answer.")
    entries = await viewed.ledger.append(*drafts, draft(holes), draft(VoidRefused(request=9, why="declined")))
    told = [
        (row.seq, row.at, row.trader, row.actor, row.actor_id, row.origin, row.command, row.outcome, row.detail)
        for row in reversed(audit_rows(entries))
    ]
    shown = viewed.read("audit_trail")
    names = ("seq", "at", "trader", "actor", "actor_id", "origin", "command", "outcome", "detail")
    assert [(*(row[name] or "" for name in names),) for row in shown] == [
        (seq, f"{at:%Y-%m-%dT%H:%M:%SZ}", *rest) for seq, at, *rest in told
    ]
    acts = [(row["raw"], row["seconds"]) for row in shown if row["command"] in ACTS.values()]
    assert acts == [(row.args, row.seconds) for row in reversed(audit_rows(entries)) if row.command in ACTS.values()]
    assert {row["command"] for row in shown} == {*ACTS.values(), "drill"}


async def test_the_clearance_names_its_certificate(viewed: Viewed) -> None:
    """Of several the newest, with the time up to which it is good; other clearances have none."""
    first = CertificateIssued(granted=1, digest="0f", keyid="aa", expires_at=AT, envelope={})
    signed_off = first.model_copy(update={"digest": "f0", "previous": "0f"})
    await viewed.ledger.append(draft(GRANT), draft(first), draft(signed_off), draft(GRANT))
    shown = [(row["seq"], row["certificate"], row["certificate_expires"]) for row in viewed.read("clearance")]
    assert shown == [(1, "f0", "2026-11-23T03:45:00Z"), (4, None, None)]


async def test_the_clearance_shows_what_stands(viewed: Viewed) -> None:
    """A trader's last grant or revocation is what holds; other traders do not touch it."""
    await viewed.ledger.append(
        draft(GRANT, actor=SCHEDULER),
        draft(ClearanceRevoked(why="2026-11-24 failed")),
        draft(GRANT),
        draft(ClearanceRevoked(why="a new build"), trader="bank-orb"),
    )
    rows = viewed.read("clearance")
    assert [(row["seq"], row["trader"], row["event"], row["standing"]) for row in rows] == [
        (1, TRADER, "granted", "superseded"),
        (2, TRADER, "revoked", "superseded"),
        (3, TRADER, "granted", "cleared"),
        (4, "bank-orb", "revoked", "not cleared"),
    ]
    assert (rows[0]["days_passed"], rows[0]["days_required"], rows[1]["why"]) == (3, 3, "2026-11-24 failed")


async def test_the_day_events_tell_what_else_happened(viewed: Viewed) -> None:
    """What was lost and held again, holes and restarts, and whether the self-test found what it had planted."""
    found = clean_self_test(AT)
    missed = found.cases[0].model_copy(update={"found": Verdict.PASS})
    beside = found.cases[0].model_copy(update={"beside": "alerts was FAIL, for which nothing was planted"})
    for body in (
        WatchBreached(criterion="leader", verdict=Verdict.FAIL, at=AT, detail="Leader is 0."),
        WatchRecovered(criterion="leader", at=AT, seconds=2.5, detail="Leader is 1."),
        TraderRestarted(last_seen=AT, at=AT),
        HolesFilled(holes=2, seconds=9.5, samples=8, trouble="No answer."),
        SelfTested(run=found),
        SelfTested(run=found.model_copy(update={"cases": (missed,)})),
        SelfTested(run=found.model_copy(update={"cases": (beside,)})),
        SelfTested(run=found.model_copy(update={"cases": (), "controls": None, "trouble": "No label fits."})),
        VoidRequested(request=9, reason="an outage", expires_at=AT),
        VoidRefused(request=9, why="declined"),
        DayVoided(request=11, reason="an outage", asked_by=SCHEDULER),
    ):
        await viewed.ledger.append(draft(body))
    assert [(row["kind"], row["criterion"], row["result"], row["detail"]) for row in viewed.read("day_events")] == [
        ("watch_breached", "leader", "FAIL", "Leader is 0."),
        ("watch_recovered", "leader", None, "after 2.5 s: Leader is 1."),
        ("trader_restarted", None, None, "not seen after 2026-11-23T03:45:00Z"),
        ("holes_filled", None, None, "8 samples of Prometheus for 2 holes of 9.5 s: No answer."),
        ("self_tested", "self-test", "found", "33 cases, 2 SQL checks"),
        ("self_tested", "self-test", "missed", "1 cases, 2 SQL checks"),
        ("self_tested", "self-test", "missed", "1 cases, 2 SQL checks"),
        ("self_tested", "self-test", "not tried", "0 cases, 0 SQL checks: No label fits."),
        ("void_requested", None, "asked", "request 9, by Asha: an outage"),
        ("void_refused", None, "declined", "request 9, by Asha"),
        ("day_voided", None, "void", "request 11, by Asha: an outage"),
    ]
