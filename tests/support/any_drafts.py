"""Drafts of any content, for property tests of what a ledger keeps."""

from hypothesis import strategies as st

from bot.domain.entry import BotStopped, CommandFinished, CommandStarted, Draft, WatchRecovered
from bot.domain.value import from_epoch_us
from tests.support.drafts import ASHA, IN_CHANNEL

TEXT = st.text(max_size=20)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(-1e15, 1e15)  # beyond 2**53 a JSON number without a type is read back as an integer
    | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)
_TIMES = st.integers(0, 4 * 10**15).map(from_epoch_us)
_SECONDS = st.floats(allow_nan=False, allow_infinity=False)
_BODIES = (
    st.builds(BotStopped, reason=TEXT)
    | st.builds(CommandStarted, command=TEXT, args=st.dictionaries(TEXT, JSON, max_size=3), expires_at=_TIMES)
    # No outcome stands before its intent, so none may name one that comes later.
    | st.builds(CommandFinished, started=st.integers(100, 199), command=TEXT, outcome=st.just("done"), seconds=_SECONDS)
    | st.builds(WatchRecovered, criterion=TEXT, at=_TIMES, seconds=_SECONDS, detail=TEXT)
)
DRAFTS = st.builds(
    Draft,
    at=_TIMES,
    body=_BODIES,
    actor=st.just(ASHA),
    origin=st.just(IN_CHANNEL),
    trader=st.none() | TEXT,
    day=st.none() | st.dates(),
)
