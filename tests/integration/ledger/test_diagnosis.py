"""A ledger that somebody changed behind the program's back: what does not fit is named, entry by entry."""

import re
from hashlib import sha256

import pytest

from bot.adapters.stored_entry import StoredEntry
from bot.domain.entry import BotStopped, Entry
from tests.integration.ledger.conftest import Tampered
from tests.support.certified import cleared_room
from tests.support.drafts import AT, DAY, TRADER, draft, sample


async def fill(tampered: Tampered) -> list[Entry]:
    """Append six entries, of which the fourth seals three samples, and let the hand change what it likes."""
    ledger = tampered.ledger
    written = [*await ledger.append(*(draft(BotStopped(reason=reason)) for reason in "abc"))]
    await ledger.store_samples(TRADER, DAY, [sample(0), sample(1), sample(2)])
    sealed = await ledger.seal_samples(AT, TRADER, DAY)
    assert sealed is not None
    written += [sealed, *await ledger.append(draft(BotStopped(reason="d")), draft(BotStopped(reason="e")))]
    for name in await _triggers(tampered):
        tampered.execute(_off(tampered, name))
    return written


async def _triggers(tampered: Tampered) -> list[str]:
    """Return the names of the triggers that keep entries and samples."""
    if type(tampered.ledger).__name__ == "PostgresLedger":
        return ["samples_refuse_change", "entries_refuse_change", "samples_refuse_delete", "entries_refuse_unlinked"]
    verbs = ("update", "delete", "replace")
    return [f"{table}_refuse_{verb}" for table in ("entries", "samples") for verb in verbs]


def _off(tampered: Tampered, name: str) -> str:
    if type(tampered.ledger).__name__ == "PostgresLedger":
        return f"ALTER TABLE {name.partition('_')[0]} DISABLE TRIGGER {name}"
    return f"DROP TRIGGER {name}"


async def test_a_ledger_that_nobody_changed_is_intact(tampered: Tampered) -> None:
    """A whole burn-in up to its clearance, with all that was said of it."""
    await cleared_room(tampered.ledger)
    assert await tampered.diagnosed() == []
    assert await tampered.unguarded() == []


@pytest.mark.parametrize(
    ("statements", "found"),
    [
        (("UPDATE entries SET body = body || ' ' WHERE seq IN (2, 5)",), [(2, 2, "altered"), (5, 5, "altered")]),
        (("UPDATE entries SET trader = NULL WHERE seq = 1",), [(1, 1, "altered")]),
        (("UPDATE entries SET kind = 'day_closed' WHERE seq = 3",), [(3, 3, "altered")]),
        (("UPDATE entries SET hash = prev WHERE seq = 6",), [(6, 6, "altered")]),
        (("DELETE FROM entries WHERE seq IN (2, 3, 5)",), [(2, 3, "missing"), (5, 5, "missing")]),
        (("DELETE FROM entries WHERE seq <= 2",), [(1, 2, "missing")]),
        (("UPDATE entries SET seq = 1000 WHERE seq = 2",), [(2, 2, "missing"), (1000, 1000, "altered")]),
        (
            (
                "UPDATE entries SET seq = 99 WHERE seq = 2",
                "UPDATE entries SET seq = 2 WHERE seq = 3",
                "UPDATE entries SET seq = 3 WHERE seq = 99",
            ),
            [(2, 2, "altered"), (3, 3, "altered")],
        ),
        (("UPDATE samples SET at_us = at_us + 1 WHERE id = 2",), [(4, 4, "samples")]),
        (("DELETE FROM samples WHERE id = 3", "DELETE FROM entries WHERE seq = 6"), [(4, 4, "samples")]),
    ],
)
async def test_every_entry_that_does_not_fit_is_named(
    tampered: Tampered, statements: tuple[str, ...], found: list[tuple[int, int, str]]
) -> None:
    """Changed, taken out or in another order, and not those around it; of samples, the entry that sealed them."""
    await fill(tampered)
    for statement in statements:
        tampered.execute(statement)
    assert await tampered.diagnosed() == found


@pytest.mark.parametrize("seq", [1, 3, 5])
async def test_an_entry_that_was_put_in_the_place_of_another_is_named(tampered: Tampered, seq: int) -> None:
    """One that is whole in itself, with a hash of its own: the entry after it followed another."""
    entries = await fill(tampered)
    row = StoredEntry.of(entries[seq - 1])
    row = row._replace(body=row.body.replace('"reason":"', '"reason":"not '))
    digest = sha256(row.content.encode()).hexdigest()
    tampered.execute(f"UPDATE entries SET body = '{row.body}', hash = '{digest}' WHERE seq = {seq}")  # noqa: S608
    assert await tampered.diagnosed() == [(seq, seq, "replaced")]
    verified = await tampered.ledger.verify()
    assert verified.broken_at == seq + 1


async def test_a_stretch_that_was_written_anew_is_named_at_its_end(tampered: Tampered) -> None:
    """From the second entry to the fourth, each with a hash made anew; the fifth follows another fourth."""
    entries, prev = await fill(tampered), ""
    for entry in entries[1:4]:
        row = StoredEntry.of(entry)
        row = row._replace(at=re.sub(r"^\d{4}", "2020", row.at), prev=prev or row.prev)
        prev = sha256(row.content.encode()).hexdigest()
        tampered.execute(
            f"UPDATE entries SET at = '{row.at}', prev = '{row.prev}', hash = '{prev}' WHERE seq = {row.seq}"  # noqa: S608
        )
    assert await tampered.diagnosed() == [(4, 4, "replaced")]


async def test_triggers_that_do_not_protect_the_ledger_are_named(tampered: Tampered) -> None:
    """Each that is missing, asleep, or does something else."""
    await fill(tampered)
    names = await _triggers(tampered)
    told = await tampered.unguarded()
    assert len(told) == len(names)
    assert all(any(f"the trigger {name} is " in words for words in told) for name in names)


async def test_a_trigger_that_refuses_nothing_any_more_is_named(tampered: Tampered) -> None:
    """It has its name and stands where it stood."""
    if type(tampered.ledger).__name__ == "PostgresLedger":
        body = (
            "CREATE OR REPLACE FUNCTION refuse_change() RETURNS TRIGGER LANGUAGE plpgsql AS $$BEGIN RETURN NEW; END$$"
        )
        tampered.execute(body)
        names = ["entries_refuse_change", "samples_refuse_change"]
    else:
        tampered.execute("DROP TRIGGER entries_refuse_update")
        tampered.execute("CREATE TRIGGER entries_refuse_update BEFORE UPDATE ON entries BEGIN SELECT 1; END")
        names = ["entries_refuse_update"]
    told = await tampered.unguarded()
    assert sorted(told) == [f"the trigger {name} is altered; the ledger is not protected by it" for name in names]
