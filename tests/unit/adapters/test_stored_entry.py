"""How samples stand in a table: the digest that is sealed knows everything about them."""

from collections.abc import Iterable
from datetime import timedelta, timezone

from bot.adapters.stored_entry import StoredSample, digest_rows, sample_columns
from bot.domain.policy import Policy
from bot.domain.sample import Sample, Source
from tests.support.evidence import clean_samples, gauge, session_of
from tests.support.memory_ledger import digest_samples


def _digest(samples: Iterable[Sample]) -> str:
    return digest_rows(StoredSample(id=number, **sample_columns(one)) for number, one in enumerate(samples))  # type: ignore[arg-type]


def test_the_digest_of_samples_knows_time_source_value_and_order() -> None:
    """Whatever is changed in stored samples changes their digest; the zone a time is written in does not."""
    samples = clean_samples(session_of(600), Policy())[:3]
    first = samples[0]
    india = Sample(first.at.astimezone(timezone(timedelta(hours=5.5))), first.readings)
    later = Sample(first.at + timedelta(microseconds=1), first.readings)
    elsewhere = Sample(first.at, first.readings, Source.PROMETHEUS)
    other = Sample(first.at, {**first.readings, "leader": gauge(0.0)})
    assert _digest([india, *samples[1:]]) == _digest(samples) == digest_samples(samples)
    changed = [_digest([odd, *samples[1:]]) for odd in (later, elsewhere, other)]
    assert len({_digest(samples), _digest(samples[::-1]), *changed}) == 5
