"""Three burn-in days over Socket Mode, as a reader of the channel sees them."""

from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from bot.domain.acts import ACTS
from bot.sandbox.desk import live
from bot.sandbox.narrator import key_of
from bot.sandbox.stage import Stage, open_stage
from bot.sandbox.timetable import PlannedFault, Timetable
from bot.sandbox.workspace.state import CHANNEL_ID, GUEST, OPERATOR
from tests.support.channel import one, roots, thread

pytestmark = pytest.mark.timeout(180)


async def test_three_clean_days_are_cleared(
    folder: Path, quick: Timetable, burnin: Callable[..., Awaitable[Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    """Reminders, check, drill, close and PASS on each day, CLEARED once, every act in the trail, a whole chain."""
    async with open_stage(folder, quick) as stage:
        assert await live(stage), capsys.readouterr().out
        days = roots(stage)
        assert [f"Day {number} of 3 " in day["text"] for number, day in enumerate(days, 1)] == [True] * 3
        for number, day in enumerate(days, 1):
            assert day["text"].endswith("✅ PASS · closed"), day["text"]
            said = thread(stage, day)
            one(said, f"Day {number}/3 opens")
            one(said, f"close Day {number}/3 to get its verdict")
            assert "rows are in the database" in one(said, "✅ PASS · drill paper-orb:")
            assert f"streak {number}/3" in one(said, f"✅ PASS · paper-orb · {stage.sessions[number - 1].date}")
            if number < len(days):  # the last one may still be drawn
                one(said, f"✅ PASS · paper-orb · 🖼️ the session of {stage.sessions[number - 1].date}. Marked: drill")
                one(said, f"✅ PASS · 📑 paper-orb · report of {stage.sessions[number - 1].date}")
        assert "No drill yet" in "".join(thread(stage, days[0]))
        _assert_said_once(stage)
        _assert_answered(stage)
        trail = await burnin("--config", str(stage.configuration), "audit", "--last", "500")
        assert (await burnin("--config", str(stage.configuration), "verify"))["whole"] is True
        replayed = (await burnin("--config", str(stage.configuration), "replay", "all"))["days"]
        assert [(day["replayed"], day["identical"]) for day in replayed] == [("PASS", True)] * 3
    _assert_trail(trail)
    told = capsys.readouterr().out
    assert "CLEARED for canary LIVE: 3 of 3 days." in told
    assert "⏳" not in told


def _assert_said_once(stage: Stage) -> None:
    """Nothing was announced twice; verdicts and clearance stand in the channel itself."""
    everything = stage.workspace.desk.log.everything(CHANNEL_ID)
    assert {key: times for key, times in Counter(map(key_of, everything)).items() if key and times > 1} == {}
    shown = stage.workspace.messages(CHANNEL_ID)
    verdicts = [said for said in shown if said.get("reply_broadcast")]
    assert [said["thread_ts"] for said in verdicts] == [root["ts"] for root in roots(stage)]
    cleared = [said for said in shown if "CLEARED for canary LIVE · paper-orb · 3/3" in said["text"]]
    assert len(cleared) == 1
    assert "thread_ts" not in cleared[0]
    assert float(cleared[0]["ts"]) > float(verdicts[-1]["ts"])


def _assert_answered(stage: Stage) -> None:
    """Asha was shown the gauges as a table; Gus was refused, in words that say who may."""
    asha = stage.workspace.ephemerals(OPERATOR, CHANNEL_ID)
    checks = [said for said in asha if "check paper-orb" in said["text"]]
    assert len(checks) == 3
    assert all(any(block["type"] == "table" for block in said["blocks"]) for said in checks)
    gus = stage.workspace.ephemerals(GUEST, CHANNEL_ID)
    assert [said["text"] for said in gus] == ["⛔ Guests may look, but not change anything. These may: Asha, Ben."]


def _assert_trail(trail: list[dict[str, Any]]) -> None:
    """Every command is there with who ran it and how it ended, the refused one too; so is what the bot did."""
    ended = Counter((entry["actor"], entry["command"], entry["outcome"]) for entry in trail)
    assert ended["Asha", "check", "done"] == ended["Asha", "drill", "done"] == ended["Asha", "close", "done"] == 3
    assert ended["Gus", "flatten", "refused"] == 1
    assert ended["burnin", "session opened", "done"] == ended["burnin", "session ended", "done"] == 3
    assert ended["scheduler", "selftest", "done"] == 3
    assert ended["Asha", "clearance granted", "done"] == 1
    assert all(entry["origin"] for entry in trail)
    assert all(entry["seconds"] is not None for entry in trail if entry["command"] not in ACTS.values())


async def test_a_fault_on_the_second_day_is_not_cleared(
    folder: Path, quick: Timetable, capsys: pytest.CaptureFixture[str]
) -> None:
    """A day that loses its leader ends FAIL for that reason alone, the streak starts anew, and nobody is cleared."""
    async with open_stage(folder, quick) as stage:
        assert not await live(stage, [PlannedFault("leader-flap", 2)])
        days = roots(stage)
        assert [day["text"].split(": ", 1)[1].split(" · closed")[0] for day in days] == [
            "✅ PASS", "❌ FAIL", "✅ PASS",
        ]  # fmt: skip
        said = thread(stage, days[1])
        assert any(text.startswith("❌ Leader missed its target") for text in said), said
        verdict = one(said, f"❌ FAIL · paper-orb · {stage.sessions[1].date}")
        assert "streak 0/3 · *Leader* was 0" in verdict
        assert "more)" not in verdict
        assert "streak 1/3" in one(thread(stage, days[2]), f"✅ PASS · paper-orb · {stage.sessions[2].date}")
        assert not any("CLEARED" in message["text"] for message in stage.workspace.messages(CHANNEL_ID))
    told = capsys.readouterr().out
    assert "Fault on day 2: leader-flap - loses the leader lock" in told
    assert f"NOT CLEARED: 1 of 3 days ({stage.sessions[1].date} failed)." in told
