"""What every ledger must do, whatever it is kept in."""

from datetime import date, timedelta
from itertools import product
from typing import Any, get_args

import pytest

from bot.domain.day import ClosedDay, Provenance
from bot.domain.entry import (
    GENESIS,
    Body,
    BotStopped,
    DayClosed,
    Draft,
    Entry,
    SamplesRetired,
    SamplesSealed,
    hash_entry,
)
from bot.domain.policy import Policy
from bot.domain.sample import Sample, Source
from bot.domain.streak import streak
from bot.domain.verdict import Verdict
from bot.errors import ClaimHeld, DuplicateKey, LedgerBroken
from bot.ports import Head, Ledger, Verification
from tests.support.drafts import AT, DAY, TRADER, ZOO, draft, intent, outcome, queued, record, sample, sent
from tests.support.memory_ledger import digest_samples

TOMORROW = date(2026, 11, 24)


def later(seconds: float) -> Draft:
    """Return an intent for the same claim, so many seconds after the first."""
    return intent(claim="drill:nifty-orb", at=AT + timedelta(seconds=seconds))


async def test_an_empty_ledger_has_the_genesis_as_its_head(ledger: Ledger) -> None:
    """Before the first entry the head is number 0, and there is nothing to find."""
    assert await ledger.head() == Head(0, GENESIS)
    assert await ledger.entries() == ()
    assert await ledger.verify() == Verification(0, Head(0, GENESIS))


async def test_entries_are_linked_from_the_genesis_on(ledger: Ledger) -> None:
    """Each entry has the next number and names the hash of the one before it."""
    first, second = await ledger.append(draft(BotStopped(reason="a")), draft(BotStopped(reason="b")))
    (third,) = await ledger.append(draft(BotStopped(reason="c")))
    assert [entry.seq for entry in (first, second, third)] == [1, 2, 3]
    assert [entry.prev for entry in (first, second, third)] == [GENESIS, first.hash, second.hash]
    assert await ledger.head() == Head(3, third.hash)
    assert await ledger.verify() == Verification(3, Head(3, third.hash))


def test_there_is_a_body_of_every_kind() -> None:
    """A kind that is added is held to the contract, too."""
    union, _ = get_args(Body)
    assert {type(body) for body in ZOO} == set(get_args(union))


@pytest.mark.parametrize("body", ZOO, ids=lambda body: body.kind)
async def test_every_kind_of_entry_is_read_back_as_it_was_written(ledger: Ledger, body: Body) -> None:
    """What is stored is the entry itself: same values, same hash, and the chain holds."""
    (written,) = await ledger.append(draft(body, key=f"zoo:{body.kind}"))
    (read,) = await ledger.entries()
    assert read == written
    assert hash_entry(read, read.seq, read.prev) == read.hash
    assert (await ledger.verify()).broken_at is None


async def test_an_entry_of_no_trader_and_no_day_is_read_back(ledger: Ledger) -> None:
    """What concerns the bot alone has neither trader nor day nor key."""
    (written,) = await ledger.append(draft(BotStopped(reason="SIGTERM"), trader=None, day=None))
    assert await ledger.entries() == (written,)


async def test_a_key_stands_in_the_ledger_once(ledger: Ledger) -> None:
    """A second draft with a key is refused, later as well as in the same append."""
    keyed = draft(BotStopped(reason="a"), key="close:nifty-orb:2026-11-23")
    with pytest.raises(DuplicateKey, match="close:nifty-orb:2026-11-23 is already in the ledger"):
        await ledger.append(keyed, keyed)
    await ledger.append(keyed)
    with pytest.raises(DuplicateKey):
        await ledger.append(keyed)


async def test_a_refused_append_leaves_nothing_behind(ledger: Ledger) -> None:
    """All drafts of an append are written, or none."""
    (first,) = await ledger.append(draft(BotStopped(reason="a"), key="a"))
    with pytest.raises(DuplicateKey):
        await ledger.append(draft(BotStopped(reason="b"), key="b"), draft(BotStopped(reason="c"), key="a"))
    assert await ledger.entries() == (first,)
    assert await ledger.by_key("b") is None


async def test_a_keyed_entry_is_found_by_its_key(ledger: Ledger) -> None:
    """`by_key` answers the one entry, or nothing."""
    _, wanted = await ledger.append(draft(BotStopped(reason="a"), key="a"), draft(BotStopped(reason="b"), key="b"))
    assert await ledger.by_key("b") == wanted
    assert await ledger.by_key("c") is None


async def test_half_a_character_keeps_nothing_from_being_recorded(ledger: Ledger) -> None:
    """A text cut off within an emoji, or a word of a terminal that is no UTF-8, is written with a question mark."""
    (entry,) = await ledger.append(draft(BotStopped(reason="fire \ud83d, \udcff and \0 \U0001f525")))
    assert entry.body == BotStopped(reason="fire ?, ? and \0 \U0001f525")
    assert await ledger.entries() == (entry,)
    assert (await ledger.verify()).entries == 1


async def test_a_claim_is_held_until_the_outcome(ledger: Ledger) -> None:
    """Who asks second is told who runs it; after the outcome the claim is free."""
    (holder,) = await ledger.append(later(0))
    with pytest.raises(ClaimHeld, match="Asha has been doing this since 03:45:00 UTC") as refused:
        await ledger.append(later(1))
    assert refused.value.holder == holder
    await ledger.append(outcome(holder.seq))
    await ledger.append(later(2))


async def test_a_claim_ends_when_it_expires(ledger: Ledger) -> None:
    """A process that died cannot keep others out for ever: from the instant of expiry on, the claim is free."""
    await ledger.append(later(0))
    with pytest.raises(ClaimHeld):
        await ledger.append(later(59.999999))
    await ledger.append(later(60))


async def test_claims_of_other_names_do_not_meet(ledger: Ledger) -> None:
    """Commands that claim something else, or nothing, run side by side."""
    await ledger.append(later(0), intent(claim="drill:bank-orb"), intent("check"), intent("check"))
    assert len(await ledger.running(AT)) == 4


async def test_a_claim_may_pass_on_within_one_append(ledger: Ledger) -> None:
    """An outcome and the next intent in one transaction: the first releases what the second takes."""
    (holder,) = await ledger.append(later(0))
    await ledger.append(outcome(holder.seq), later(1))
    with pytest.raises(ClaimHeld):
        await ledger.append(later(2))


async def test_a_claim_is_still_held_after_an_append_that_was_refused(ledger: Ledger) -> None:
    """An outcome that was never written, for its append was refused as a whole, releases nothing."""
    (holder,) = await ledger.append(later(0))
    await ledger.append(draft(BotStopped(reason="a"), key="a"))
    with pytest.raises(DuplicateKey):
        await ledger.append(outcome(holder.seq), later(1), draft(BotStopped(reason="b"), key="a"))
    assert await ledger.running(AT) == (holder,)
    with pytest.raises(ClaimHeld):
        await ledger.append(later(2))


async def test_running_knows_neither_finished_nor_expired_commands(ledger: Ledger) -> None:
    """Only intents without an outcome, before their expiry, are running."""
    finished, running, _ = await ledger.append(intent(), intent("close", lasts=90), intent("flatten", lasts=10))
    await ledger.append(outcome(finished.seq))
    at = AT + timedelta(seconds=10)
    assert await ledger.running(at) == (running,)
    assert await ledger.running(at, TRADER) == (running,)
    assert await ledger.running(at, "bank-orb") == ()


async def test_dangling_are_expired_commands_too(ledger: Ledger) -> None:
    """Whatever has no outcome may have been cut off; it stays so until somebody writes one."""
    first, second = await ledger.append(intent(lasts=10), intent("close"))
    at = AT + timedelta(hours=1)
    assert await ledger.dangling(at) == (first, second)
    await ledger.append(outcome(first.seq))
    assert await ledger.dangling(at) == (second,)
    await ledger.append(outcome(second.seq))
    assert await ledger.dangling(at) == ()


async def test_the_outbox_is_what_was_queued_and_not_sent(ledger: Ledger) -> None:
    """Messages leave the outbox in any order, and new ones join at its end."""
    first, second = await ledger.append(queued("a"), queued("b"))
    assert await ledger.unsent() == (first, second)
    await ledger.append(sent("b"))
    assert await ledger.unsent() == (first,)
    await ledger.append(sent("a"))
    assert await ledger.unsent() == ()
    (third,) = await ledger.append(queued("c"))
    assert await ledger.unsent() == (third,)


async def test_filters_select_what_they_say(ledger: Ledger) -> None:
    """Every combination of filters gives what filtering all entries by hand gives."""
    for trader, day in product((TRADER, "bank-orb", None), (DAY, TOMORROW, None)):
        await ledger.append(*(draft(body, trader=trader, day=day) for body in ZOO[:3]))
    everything = await ledger.entries()
    assert len(everything) == 27
    choices = product(
        (None, TRADER, "nobody"),
        (None, TOMORROW),
        ((), ("bot_stopped",), ("bot_started", "command_started"), ("day_closed",)),
        (0, 13),
        (None, 0, 2),
    )
    for trader, day, kinds, after, newest in choices:
        matching = _filtered(everything, kinds, after, trader=trader, day=day)
        expected = matching if newest is None else matching[max(0, len(matching) - newest) :]
        found = await ledger.entries(trader=trader, day=day, kinds=kinds, after=after, newest=newest)
        assert found == tuple(expected), (trader, day, kinds, after, newest)


def _filtered(entries: tuple[Entry, ...], kinds: tuple[str, ...], after: int, **fields: object) -> list[Entry]:
    found = [entry for entry in entries if entry.seq > after and (not kinds or entry.body.kind in kinds)]
    return [entry for entry in found if all(value in (None, getattr(entry, name)) for name, value in fields.items())]


async def test_samples_are_read_back_in_order_of_time(ledger: Ledger) -> None:
    """A hole filled later stands where it belongs; other traders and days are not mixed in."""
    late, early = sample(5), sample(1, source=Source.PROMETHEUS)
    await ledger.store_samples(TRADER, DAY, [late])
    await ledger.store_samples(TRADER, DAY, [early])
    await ledger.store_samples(TRADER, TOMORROW, [sample(2)])
    await ledger.store_samples("bank-orb", DAY, [sample(3)])
    await ledger.store_samples(TRADER, DAY, [])
    assert await ledger.samples(TRADER, DAY) == (early, late)


async def test_odd_numbers_survive_in_samples(ledger: Ledger) -> None:
    """NaN, the infinities and the last digit of a float are evidence as well."""
    odd = [sample(n, value) for n, value in enumerate((float("nan"), float("inf"), -float("inf"), 0.1 + 0.2, 1e300))]
    await ledger.store_samples(TRADER, DAY, odd)
    assert _exactly(await ledger.samples(TRADER, DAY)) == _exactly(odd)


def _exactly(samples: tuple[Sample, ...] | list[Sample]) -> list[str]:
    return [repr(sample) for sample in samples]


async def test_a_sample_is_stored_once(ledger: Ledger) -> None:
    """Who could not tell whether samples were stored stores them again; what differs in anything is another sample."""
    first, odd = sample(1), sample(2, float("nan"))
    await ledger.store_samples(TRADER, DAY, [first, odd])
    await ledger.store_samples(TRADER, DAY, [first, odd, sample(3), sample(3)])
    others = (sample(1, 2.0), sample(1, source=Source.PROMETHEUS))
    await ledger.store_samples(TRADER, DAY, others)
    await ledger.store_samples(TRADER, TOMORROW, [first])
    await ledger.store_samples("bank-orb", DAY, [first])
    assert _exactly(await ledger.samples(TRADER, DAY)) == _exactly((first, *others, odd, sample(3)))
    assert await ledger.samples(TRADER, TOMORROW) == await ledger.samples("bank-orb", DAY) == (first,)


async def test_a_seal_covers_what_was_stored_since_the_last_one(ledger: Ledger) -> None:
    """Seals follow each other without a gap, and what is not there is not sealed."""
    assert await ledger.seal_samples(AT, TRADER, DAY) is None
    first, second, third = sample(9), sample(1, float("nan")), sample(2)
    await ledger.store_samples(TRADER, DAY, [first])
    await ledger.store_samples("bank-orb", DAY, [sample(4)])
    await ledger.store_samples(TRADER, DAY, [second])
    seal = await ledger.seal_samples(AT, TRADER, DAY)
    assert seal is not None
    assert seal.body == SamplesSealed(first=1, last=3, count=2, digest=digest_samples([first, second]))
    assert (seal.trader, seal.day, seal.at) == (TRADER, DAY, AT)
    assert await ledger.seal_samples(AT, TRADER, DAY) is None
    await ledger.store_samples(TRADER, DAY, [third])
    again = await ledger.seal_samples(AT, TRADER, DAY)
    assert again is not None
    assert again.body == SamplesSealed(first=4, last=4, count=1, digest=digest_samples([third]))
    assert (await ledger.verify()).entries == 2


async def test_a_message_that_was_sent_before_it_was_queued_is_not_unsent(ledger: Ledger) -> None:
    """What stands in the channel already is not said again."""
    await ledger.append(sent("a"))
    await ledger.append(queued("a"))
    assert await ledger.unsent() == ()


async def test_what_is_settled_within_its_own_append_awaits_nothing(ledger: Ledger) -> None:
    """Intent and outcome, message and its being sent may come in one transaction."""
    await ledger.append(intent(), outcome(1), queued("a"), sent("a"))
    assert (await ledger.dangling(AT), await ledger.unsent()) == ((), ())


async def test_closed_days_are_what_counts_of_the_records(ledger: Ledger) -> None:
    """The oldest session comes first, in whatever order they were closed; other traders' days are their own."""
    lapsed = record(DAY, Verdict.INCONCLUSIVE).model_copy(update={"lapsed": True, "provenance": Provenance()})
    closed = {day: record(day) for day in (TOMORROW, date(2026, 11, 20))} | {DAY: lapsed}
    for day, each in closed.items():
        assert len(await ledger.closed_days(TRADER)) == list(closed).index(day)
        await ledger.append(draft(DayClosed(record=each), day=day))
    await ledger.append(draft(DayClosed(record=record(TOMORROW)), day=TOMORROW, trader="bank-orb"))
    found = await ledger.closed_days(TRADER)
    records = [closed[day] for day in sorted(closed)]
    assert [[getattr(each, name) for name in ClosedDay.model_fields] for each in records] == [
        [*dict(each).values()] for each in found
    ]
    assert streak(found, Policy()) == streak(records, Policy())


async def test_days_of_a_kind_are_those_that_have_one(ledger: Ledger) -> None:
    """Each day once, of this trader and this kind only."""
    ended = BotStopped(reason="a")
    for day in (DAY, TOMORROW, TOMORROW, None):
        await ledger.append(draft(ended, day=day))
    await ledger.append(draft(ended, trader="bank-orb", day=date(2026, 11, 25)))
    assert await ledger.days_of(TRADER, "bot_stopped") == {DAY, TOMORROW}
    assert await ledger.days_of(TRADER, "bot_started") == frozenset()


async def test_the_samples_of_one_day_are_verified_alone(ledger: Ledger) -> None:
    """The whole chain is walked in any case, also for a day that has no seal."""
    await ledger.store_samples(TRADER, DAY, [sample(0)])
    await ledger.seal_samples(AT, TRADER, DAY)
    await ledger.append(draft(BotStopped(reason="a")))
    whole = Verification(2, await ledger.head())
    assert await ledger.verify((TRADER, DAY)) == await ledger.verify((TRADER, TOMORROW)) == whole


async def test_a_retired_day_has_no_samples_and_still_verifies(ledger: Ledger) -> None:
    """What an entry says of it stands in the chain; the seal stays, and other days and traders keep their samples."""
    await ledger.store_samples(TRADER, DAY, [sample(0), sample(1)])
    await ledger.seal_samples(AT, TRADER, DAY)
    await ledger.store_samples(TRADER, DAY, [sample(2)])
    await ledger.store_samples(TRADER, TOMORROW, [sample(3)])
    await ledger.store_samples("bank-orb", DAY, [sample(4)])
    retired = await ledger.retire_samples(AT, TRADER, DAY)
    assert retired is not None
    assert retired.body == SamplesRetired(last=3, count=3)
    assert (retired.trader, retired.day, retired.at) == (TRADER, DAY, AT)
    assert await ledger.samples(TRADER, DAY) == await ledger.samples(TRADER, DAY, sealed_by=2) == ()
    assert await ledger.samples(TRADER, TOMORROW) == (sample(3),)
    assert await ledger.samples("bank-orb", DAY) == (sample(4),)
    assert await ledger.verify() == Verification(2, await ledger.head())
    assert await ledger.verify((TRADER, DAY)) == Verification(2, await ledger.head())


async def test_what_is_not_there_is_not_retired(ledger: Ledger) -> None:
    """A second time there is nothing left, and nothing more to say."""
    assert await ledger.retire_samples(AT, TRADER, DAY) is None
    await ledger.store_samples(TRADER, DAY, [sample()])
    assert await ledger.retire_samples(AT, TRADER, DAY) is not None
    assert await ledger.retire_samples(AT, TRADER, DAY) is None
    assert (await ledger.head()).seq == 1


async def test_samples_after_a_retirement_are_sealed_and_verified_like_any(ledger: Ledger) -> None:
    """Their numbers go on where the retired ones ended."""
    await ledger.store_samples(TRADER, DAY, [sample(0), sample(1)])
    await ledger.retire_samples(AT, TRADER, DAY)
    await ledger.store_samples(TRADER, DAY, [sample(2)])
    seal = await ledger.seal_samples(AT, TRADER, DAY)
    assert seal is not None
    assert seal.body == SamplesSealed(first=3, last=3, count=1, digest=digest_samples([sample(2)]))
    assert await ledger.samples(TRADER, DAY, sealed_by=seal.seq) == (sample(2),)
    assert (await ledger.verify()).broken_at is None


async def test_the_days_with_samples_are_listed_oldest_first(ledger: Ledger) -> None:
    """Of every trader, up to a date that is left out itself; a retired day is on the list no more."""
    assert await ledger.sample_days(TOMORROW) == ()
    yesterday, third = DAY - timedelta(days=1), DAY + timedelta(days=3)
    for trader, day in product((TRADER, "bank-orb", "zebra"), (third, DAY, yesterday)):
        if (trader, day) != ("zebra", yesterday):
            await ledger.store_samples(trader, day, [sample(0), sample(1)])
    assert await ledger.sample_days(yesterday) == ()
    assert await ledger.sample_days(DAY) == (("bank-orb", yesterday), (TRADER, yesterday))
    await ledger.retire_samples(AT, TRADER, yesterday)
    assert await ledger.sample_days(third) == (
        ("bank-orb", yesterday),
        ("bank-orb", DAY),
        (TRADER, DAY),
        ("zebra", DAY),
    )


async def test_a_closed_ledger_says_so(ledger: Ledger) -> None:
    """After its close a ledger refuses to be used; closing again is fine."""
    await ledger.close()
    await ledger.close()
    with pytest.raises(LedgerBroken, match="closed"):
        await ledger.append(draft(BotStopped(reason="late")))
    with pytest.raises(LedgerBroken, match="closed"):
        await ledger.head()


@pytest.mark.parametrize(
    "asked",
    [{}, {"trader": TRADER, "day": DAY}, {"kinds": ("bot_stopped",)}, {"trader": TRADER, "kinds": ("bot_stopped",)}],
)
async def test_entries_are_read_a_page_at_a_time_from_the_end(ledger: Ledger, asked: dict[str, Any]) -> None:
    """What is below a number, whatever is asked for: each entry comes once, however many pages it takes."""
    await ledger.append(*(draft(BotStopped(reason=str(number))) for number in range(8)))
    seen: list[int] = []
    while page := await ledger.entries(**asked, before=seen[0] if seen else None, newest=3):
        seen[:0] = [entry.seq for entry in page]
    assert seen == [1, 2, 3, 4, 5, 6, 7, 8]
