"""The fault table as a whole: how much it plants, what it has found, and that the ledger changes nothing of it."""

from collections import Counter
from pathlib import Path

import pytest

from bot.adapters.sqlite_ledger import SqliteLedger
from bot.domain.criteria import CRITERIA
from bot.domain.entry import Draft
from bot.domain.judge import Reason
from bot.domain.judging import judge_day
from tests.integration.verdicts import (
    test_alert_faults,
    test_blind_times,
    test_counter_faults,
    test_limits,
    test_measure_faults,
    test_text_faults,
    test_trader_faults,
)
from tests.support.scenario import Scenario

GROUPS = (
    test_trader_faults,
    test_text_faults,
    test_counter_faults,
    test_alert_faults,
    test_measure_faults,
    test_blind_times,
    test_limits,
)
TABLE: list[Scenario] = [row for group in GROUPS for row in group.TABLE]
OF_A_CHECK = {Reason.ON_TARGET, Reason.INFORMATIONAL, Reason.ONE_READING, Reason.NOTHING_EXERCISED}  # of no day


def test_it_plants_more_than_eighty_faults() -> None:
    """Each row has a name of its own; beside the faults stand nearly as many things that are none."""
    assert [name for name, times in Counter(row.name for row in TABLE).items() if times > 1] == []
    assert sum(row.is_fault for row in TABLE) > 150
    assert sum(not row.is_fault for row in TABLE) > 60


@pytest.mark.parametrize("criterion", CRITERIA)
def test_each_criterion_is_seen_to_fail_and_to_doubt(criterion: str) -> None:
    """No criterion is in the table only as one that passes."""
    said = {row.expected[criterion].split()[0] for row in TABLE if criterion in row.expected}
    assert said == {"FAIL", "INCONCLUSIVE"}


def test_every_reason_of_a_day_is_seen() -> None:
    """There is no reason code that nothing planted brings about."""
    said = {text.split()[1] for row in TABLE for text in row.expected.values()}
    assert set(Reason) - OF_A_CHECK - {Reason.PROVEN} - said == set()


@pytest.mark.parametrize(
    "name",
    [
        "nothing is planted",
        "leader flaps",
        "a heartbeat is +Inf",
        "two workers, one stands still",
        "a reset hides what was counted",
        "it is down for 10 s",
        "positions are closed after 4 s",
    ],
)
async def test_the_real_ledger_holds_the_same_day(name: str, tmp_path: Path) -> None:
    """Written to the embedded ledger's file and read back, a day comes to the very judgement that was recorded."""
    (row,) = [row for row in TABLE if row.name == name]
    day = await row.lived(tmp_path)
    record, memory = day.record, day.room.ledger
    file = await SqliteLedger.open(tmp_path / "ledger.sqlite3")
    known = memory.chain[: record.evidence_until]
    await file.append(*(Draft(**entry.model_dump(include=set(Draft.model_fields))) for entry in known))
    await file.store_samples("orb", record.day, await memory.samples("orb", record.day))
    entries = await file.entries(trader="orb", day=record.day)
    judgement = judge_day(day.policy, record.session, entries, await file.samples("orb", record.day))
    await file.close()
    assert (judgement.verdict, judgement.criteria) == (record.verdict, record.criteria)
