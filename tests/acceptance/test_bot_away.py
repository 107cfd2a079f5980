"""A bot that is away in a session, alone or with its Prometheus, as a reader of the channel sees it."""

from datetime import timedelta
from pathlib import Path

import pytest

from bot.sandbox.desk import live
from bot.sandbox.stage import open_stage
from bot.sandbox.timetable import PlannedFault, Timetable
from tests.support.channel import one, roots, thread

pytestmark = pytest.mark.timeout(180)


# Longer than the other tests' days: a bot that was killed must be back within its session on a busy machine as well.
LONG_ENOUGH = Timetable(
    before_first=timedelta(seconds=12), length=timedelta(seconds=16), between=timedelta(seconds=9), playtime=None
)


async def test_what_the_bot_does_not_see_is_filled_or_proves_nothing(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A bot that was away has its hole filled and passes; with its Prometheus away too, the hole stays."""
    async with open_stage(folder, LONG_ENOUGH) as stage:
        assert not await live(stage, [PlannedFault("bot-away", 1), PlannedFault("bot-restart", 2)])
        days = roots(stage)
        assert [day["text"].split(": ", 1)[1].split(" · closed")[0] for day in days] == [
            "✅ PASS", "🟡 INCONCLUSIVE", "✅ PASS",
        ]  # fmt: skip
        filled, unfilled = (thread(stage, day) for day in days[:2])
        assert "Prometheus filled it with" in one(filled, "The bot was away")
        assert "may be missing" not in one(filled, "The bot was away")
        assert "longer than the 4 s that may be missing" in one(unfilled, "The bot was away")
        assert "Nothing was sampled for" in one(unfilled, f"🟡 INCONCLUSIVE · paper-orb · {stage.sessions[1].date}")
    assert f"NOT CLEARED: 2 of 3 days ({stage.sessions[1].date} proved nothing)." in capsys.readouterr().out
