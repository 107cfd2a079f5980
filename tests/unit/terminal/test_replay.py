"""Replay: the stored evidence gives the recorded bytes again, and what another policy would have said."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from bot import __version__
from bot.domain.criteria import CRITERIA
from bot.domain.day import Provenance
from bot.domain.entry import DayClosed, Draft, DrillMeasured, FlattenMeasured, SessionEnded, SessionOpened
from bot.domain.metrics import heartbeat
from bot.domain.people import BOT, INSIDE, Actor, Role
from bot.domain.policy import Policy
from bot.domain.replay import Difference, Replay
from bot.domain.session import Session
from bot.domain.verdict import Verdict
from bot.errors import BurninError, ConfigurationError, Refused
from bot.settings import load_policy
from bot.terminal.replay import as_json, exit_code, replayed_days, show
from tests.support.clock import ManualClock
from tests.support.evidence import clean_drill, clean_flatten, clean_looks, clean_samples, gauge, with_reading
from tests.support.fakes import ListCalendar, World, sessions, world

DAYS = sessions(3)
POLICY = Policy()


async def lived(room: World, session: Session, *, age: float = 0.4) -> None:
    """Let a session pass and be closed; one reading of a heartbeat is this old."""
    samples = clean_samples(session, POLICY, seed=session.date.day)
    samples[30] = with_reading(samples[30], heartbeat("scan"), gauge(age))
    await room.ledger.store_samples("orb", session.date, [*samples, *clean_looks(session, POLICY)])
    for body in (
        SessionOpened(session=session, number=1, required=3, provenance=Provenance(policy=POLICY.digest, rules="d")),
        DrillMeasured(run=clean_drill(session, seconds=20)),
        FlattenMeasured(timing=clean_flatten(session, seconds=25)),
        SessionEnded(session=session),
    ):
        at = session.opens
        draft = Draft(at=at, body=body, actor=BOT, origin=INSIDE, trader="orb", day=session.date)
        await room.ledger.append(draft)
    await room.clock.advance((session.closes + timedelta(seconds=2) - room.clock.now()).total_seconds())
    await room.ask("close")


@pytest.fixture
async def room() -> World:
    """A desk after two closed days, the second of which failed on a heartbeat of 6 s."""
    room = world(ManualClock(DAYS[0].opens), ListCalendar(DAYS), policy=POLICY, prometheus=True)
    await lived(room, DAYS[0])
    await lived(room, DAYS[1], age=6.0)
    return room


async def replays(room: World, *words: str, policy: Policy | None = None) -> list[Replay]:
    """Replay days of the only trader."""
    return await replayed_days(room.desk, room.trader_desk, words, policy)


async def test_the_stored_evidence_gives_the_recorded_bytes(room: World, capsys: pytest.CaptureFixture[str]) -> None:
    """Good day and bad, by the policy of their time, whatever the configuration says now."""
    found = await replays(room, "all")
    assert [(day.recorded, day.replayed, day.identical) for day in found] == [
        ("PASS", "PASS", True),
        ("FAIL", "FAIL", True),
    ]
    assert exit_code(found, None) == 0
    show(found, None)
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("2026-11-23  PASS  the same, byte for byte (")
    assert [day.day for day in await replays(room, "yesterday", "2026-11-23", "today")] == [DAYS[0].date, DAYS[1].date]


async def test_what_came_after_the_verdict_is_no_evidence_of_it(room: World) -> None:
    """Entries and samples younger than the judgement change nothing."""
    late = FlattenMeasured(timing=clean_flatten(DAYS[0], seconds=30).model_copy(update={"low": 9.0, "high": 9.1}))
    at = DAYS[0].closes
    await room.ledger.append(Draft(at=at, body=late, actor=BOT, origin=INSIDE, trader="orb", day=DAYS[0].date))
    samples = clean_samples(DAYS[0], POLICY)
    await room.ledger.store_samples("orb", DAYS[0].date, [with_reading(samples[9], heartbeat("scan"), gauge(9.0))])
    await room.ledger.seal_samples(at, "orb", DAYS[0].date)
    (found,) = await replays(room, "2026-11-23")
    assert found.identical


async def test_a_record_that_the_evidence_does_not_give_is_found_out(
    room: World, capsys: pytest.CaptureFixture[str]
) -> None:
    """A verdict that was written by another hand, though the chain may be whole, differs and says where."""
    closed = next(body for body in room.ledger.of_kind("day_closed") if body.record.verdict == "FAIL").record
    forged = tuple(
        result.model_copy(update={"verdict": Verdict.PASS, "detail": "Fine."}) if result.verdict == "FAIL" else result
        for result in closed.criteria
    )
    record = closed.model_copy(
        update={"session": DAYS[2], "criteria": forged, "verdict": Verdict.PASS, "version": "0.0.9"}
    )
    body = DayClosed(record=record)
    at = DAYS[2].closes
    await room.ledger.append(Draft(at=at, body=body, actor=BOT, origin=INSIDE, trader="orb", day=DAYS[2].date))
    (found,) = await replays(room, "2026-11-25")
    assert not found.identical
    assert (found.recorded, found.replayed, exit_code([found], None)) == ("PASS", "INCONCLUSIVE", 1)
    assert {"verdict", "heartbeat.scan.verdict", "heartbeat.scan.detail"} <= {each.what for each in found.differences}
    show([found], None)
    said = capsys.readouterr().out.splitlines()
    assert said[0] == f"2026-11-25  PASS → INCONCLUSIVE  (then burnin 0.0.9, now {__version__})"
    assert "  heartbeat.scan: PASS → INCONCLUSIVE: No sample was taken" in "\n".join(said)
    assert len(said) == 1 + len(CRITERIA)  # one line each


async def test_the_same_verdict_on_other_numbers_says_whose(room: World, capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody is left with bytes that differ and no word on where."""
    (found,) = await replays(room, "2026-11-23")
    detail = Difference(what="leader.detail", recorded="Fine.", replayed="Very fine.")
    numbers = Difference(what="scan_ticks.evidence", recorded={"rise": 3}, replayed={"rise": 4})
    show([found.model_copy(update={"replayed_digest": "0" * 64, "differences": (detail, numbers)})], None)
    assert capsys.readouterr().out.splitlines() == [
        "2026-11-23  PASS → PASS  the same verdict, but not the same bytes",
        "  leader: Fine. → Very fine.",
        "  scan_ticks: the same verdict, with another evidence; --json shows both",
    ]


async def test_what_another_policy_leaves_out_is_not_judged(room: World, capsys: pytest.CaptureFixture[str]) -> None:
    """It has no verdict, and the reason for leaving it out is told."""
    without = Policy.model_validate({"excluded": {"alerts": "no Prometheus"}})
    show(await replays(room, "2026-11-23", policy=without), without)
    said = capsys.readouterr().out.splitlines()
    assert "  alerts: PASS → -" in said
    assert "  excluded: {} → {'alerts': 'no Prometheus'}" in said


async def test_another_policy_says_what_it_would_have_said(room: World, capsys: pytest.CaptureFixture[str]) -> None:
    """Verdicts, what differs, and how far the streak would be; the exit code is that of the worst day."""
    milder = Policy.model_validate({"heartbeat_limit": "10s", "days_required": 2})
    found = await replays(room, "all", policy=milder)
    assert [(day.recorded, day.replayed) for day in found] == [("PASS", "PASS"), ("FAIL", "PASS")]
    assert exit_code(found, milder) == 0
    show(found, milder)
    assert f"By this policy ({milder.digest[:12]}) 2/2 days: CLEARED." in capsys.readouterr().out
    told = json.loads(json.dumps(as_json("orb", found, milder)))
    assert told["streak"] == {"passed": 2, "required": 2, "cleared": True}
    assert [(day["date"], day["identical"]) for day in told["days"]] == [("2026-11-23", False), ("2026-11-24", False)]
    stricter = Policy.model_validate({"heartbeat_limit": "100ms"})
    assert exit_code(await replays(room, "2026-11-23", policy=stricter), stricter) == 1
    short_sighted = Policy.model_validate({"scrape_interval": "100ms", "max_gap": "100ms"})
    assert exit_code(await replays(room, "2026-11-23", policy=short_sighted), short_sighted) == 3


@pytest.mark.parametrize(
    ("words", "said", "code"),
    [
        ((), "Which day?", 2),
        (("2026-11-25",), "2026-11-25 is not closed", 4),
        (("someday",), "'someday' is no day. Write 2026-11-20, 20 Nov, yesterday or all.", 2),
    ],
)
async def test_a_day_that_cannot_be_replayed_says_why(
    room: World, words: tuple[str, ...], said: str, code: int
) -> None:
    """No day, no closed day, no date: each in a sentence."""
    if code == 0:
        assert [day.day for day in await replays(room, *words)] == [DAYS[1].date]
        return
    with pytest.raises(BurninError, match=said) as refused:
        await replays(room, *words)
    assert refused.value.exit_code == code


async def test_without_any_closed_day_there_is_nothing_to_compare_with() -> None:
    """All of nothing is refused."""
    bare = world(ManualClock(DAYS[0].opens), ListCalendar(DAYS))
    with pytest.raises(BurninError, match="No day of orb is closed yet"):
        await replays(bare, "all")


async def test_a_record_without_its_policy_needs_one(room: World) -> None:
    """Records of a version that did not keep it are refused, unless a policy is named."""
    closed = room.ledger.of_kind("day_closed")[0].record
    record = closed.model_copy(update={"session": DAYS[2], "policy": None, "evidence_until": 0})
    at = DAYS[2].closes
    draft = Draft(at=at, body=DayClosed(record=record), actor=BOT, origin=INSIDE, trader="orb", day=DAYS[2].date)
    await room.ledger.append(draft)
    with pytest.raises(BurninError, match=r"did not keep its policy\. Name one with --policy FILE"):
        await replays(room, "2026-11-25")
    assert (await replays(room, "2026-11-25", policy=POLICY))[0].replayed == "INCONCLUSIVE"


async def test_a_ledger_that_does_not_verify_is_not_replayed(room: World) -> None:
    """Its evidence is not what it was."""
    room.ledger.chain[3] = room.ledger.chain[3].model_copy(update={"day": DAYS[2].date})
    with pytest.raises(BurninError, match="does not verify at entry 4") as broken:
        await replays(room, "all")
    assert broken.value.exit_code == 5


def test_a_policy_is_read_from_a_file_of_its_own_or_from_a_configuration(tmp_path: Path) -> None:
    """Over the defaults in both; a trader's own values are over those of the file."""
    file = tmp_path / "policy.yaml"
    file.write_text("policy: {max_gap: 3s, retries: {rate_limit: {max_increase: 2}}}\n")
    policy = load_policy(file, {}, "orb")
    assert (policy.max_gap, policy.retries.rate_limit.max_increase) == (timedelta(seconds=3), 2)
    assert policy.retries.rate_limit.window == timedelta(seconds=300)
    whole = "traders: [{name: orb, url: 'http://t', policy: {max_gap: 4s}}]\npolicy: {days_required: 5}\n"
    file.write_text(whole)
    assert (load_policy(file, {}, "orb").max_gap, load_policy(file, {}, "orb").days_required) == (
        timedelta(seconds=4),
        5,
    )
    with pytest.raises(ConfigurationError, match="no trader is called xau"):
        load_policy(file, {}, "xau")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("policy:\n  max_gpa: 3s\n", r"policy.yaml:2: policy.max_gpa: unknown key; did you mean max_gap\?"),
        ("max_gap: 3s\n", "policy.yaml:1: max_gap: unknown key"),
        ("policy: {max_gap: soon}\n", "policy.yaml:1: policy.max_gap"),
        ("- 1\n", "must hold keys"),
        ("", "policy.yaml:1: policy: this key is needed, and is missing"),
    ],
)
def test_a_policy_that_cannot_be_used_names_its_line(tmp_path: Path, text: str, said: str) -> None:
    """As the configuration itself does."""
    file = tmp_path / "policy.yaml"
    file.write_text(text)
    with pytest.raises(ConfigurationError, match=said):
        load_policy(file, {}, "orb")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load_policy(tmp_path / "none.yaml", {}, "orb")


async def test_a_day_whose_samples_are_retired_cannot_be_replayed(
    room: World, capsys: pytest.CaptureFixture[str]
) -> None:
    """That is said where it is named; `all` means those that can be, and says what it leaves out."""
    await room.ledger.retire_samples(room.clock.now(), "orb", DAYS[0].date)
    with pytest.raises(Refused, match=f"The samples of {DAYS[0].date} are older than policy.samples_kept and deleted"):
        await replays(room, str(DAYS[0].date))
    assert [day.day for day in await replays(room, "all")] == [DAYS[1].date]
    assert f"Days older than {DAYS[1].date} are left out" in capsys.readouterr().err
    await room.ledger.retire_samples(room.clock.now(), "orb", DAYS[1].date)
    with pytest.raises(Refused, match="deleted"):
        await replays(room, "all")


async def test_a_void_day_is_replayed_and_counts_for_nothing(room: World, capsys: pytest.CaptureFixture[str]) -> None:
    """Its evidence gives the recorded bytes as ever, and says that it is void; another policy counts without it."""
    await room.ask(f"void {DAYS[0].date} --reason an outage")
    number = room.ledger.of_kind("void_requested")[0].request
    ben = Actor(kind="slack", id="U02", name="Ben")
    assert (await room.ask(f"approve {number}", actor=ben, role=Role.APPROVER)).outcome == "done"
    found = await replays(room, "all")
    assert [(day.identical, day.void) for day in found] == [(True, True), (True, False)]
    show(found, None)
    assert capsys.readouterr().out.splitlines()[0].endswith("(the day is void and does not count)")
    milder = Policy.model_validate({"heartbeat_limit": "10s", "days_required": 2})
    told = json.loads(json.dumps(as_json("orb", await replays(room, "all", policy=milder), milder)))
    assert told["streak"] == {"passed": 1, "required": 2, "cleared": False}
