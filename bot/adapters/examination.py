"""All that `burnin verify` asks a stored ledger: chain, samples, what is counted from them, and what protects it."""

from dataclasses import dataclass

from bot.adapters.ledger_guards import unguarded
from bot.adapters.recounting import recounted
from bot.adapters.verification import OpenReader, verified
from bot.ports import Verification


@dataclass(frozen=True, slots=True)
class Examination:
    """What was found: of the chain where it first breaks, else what does not follow in it, and what is unprotected."""

    chain: Verification
    problems: tuple[tuple[int, str], ...] = ()  # with the entry's number
    unguarded: tuple[str, ...] = ()


def examined(open_reader: OpenReader, dialect: str) -> Examination:
    """Verify a ledger.

    Raises:
        LedgerBroken: it cannot be read.
    """
    chain = verified(open_reader, None, readers=2 if dialect else 1)
    with open_reader() as read:
        missing = unguarded(read, dialect)
        if chain.broken_at is not None:
            return Examination(chain, ((chain.broken_at, chain.problem),), tuple(missing))
        misfits = recounted(read, chain.head.seq)
    told = tuple((misfit.seq, f"entry {misfit.seq}: {misfit.problem}") for misfit in misfits)
    return Examination(chain, told, tuple(missing))
