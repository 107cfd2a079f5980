"""The self-test at a session's open: it is told while there is time to mend what the gate is blind to.

Every close runs it again. Here nothing waits for it, and what goes wrong with it is in the log.
"""

import logging

from bot.desk import Desk, TraderDesk
from bot.domain.entry import SelfTested
from bot.domain.notice import CommandDone
from bot.domain.people import BOT
from bot.domain.value import epoch_us
from bot.domain.verdict import Verdict
from bot.errors import LedgerError
from bot.selftest.self_test import report_of, self_test
from bot.services.day_drafts import DayDrafts
from bot.services.scheduled import scheduled

log = logging.getLogger(__name__)


async def prove_gate(desk: Desk, trader: TraderDesk, drafts: DayDrafts) -> None:
    """Run the self-test and record it; say so in the day's thread where it did not find what it planted."""
    try:
        async with scheduled(desk, "selftest", trader.name) as act:
            run = await self_test(desk, trader)
            report = report_of(trader.name, run)
            told = CommandDone(actor=BOT, command=report.kind, report=report)
            saying = drafts.saying(told, f"selftest:{trader.name}:{epoch_us(run.at)}")
            words = () if report.verdict is Verdict.PASS else (saying,)
            act.drafts = (drafts.of(SelfTested(run=run)), *words)
            act.verdict, act.detail = report.verdict, report.detail
    except LedgerError as error:
        log.warning("the self-test of %s at the open is not recorded: %s", trader.name, error)
    except Exception:  # an edge: the watch goes on, and a day without a self-test proves nothing
        log.exception("the self-test of %s at the open broke off", trader.name)
