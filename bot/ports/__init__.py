"""What the use cases need from outside, as protocols. Adapters implement them; tests fake them."""

from bot.ports.announcer import Announcer, Artist, Posted, Press
from bot.ports.ledger import Head, Lease, Ledger, Verification
from bot.ports.signatory import Signatory
from bot.ports.time import Calendar, Clock, Job, Timer
from bot.ports.trader import (
    AlertSource,
    FlattenAnswer,
    Found,
    MetricsHistory,
    OrderBook,
    OrderRow,
    PaperMode,
    Runner,
    Trader,
)

__all__ = [
    "AlertSource",
    "Announcer",
    "Artist",
    "Calendar",
    "Clock",
    "FlattenAnswer",
    "Found",
    "Head",
    "Job",
    "Lease",
    "Ledger",
    "MetricsHistory",
    "OrderBook",
    "OrderRow",
    "PaperMode",
    "Posted",
    "Press",
    "Runner",
    "Signatory",
    "Timer",
    "Trader",
    "Verification",
]
