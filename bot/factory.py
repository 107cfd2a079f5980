"""The only place where objects are put together: settings in, a desk out.

What a short command may never need (psycopg, pandas, the exposition parser) is loaded by the adapter that uses it.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

import httpx
from pydantic import SecretStr

from bot.adapters.calendars import ExchangeCalendar, SessionList
from bot.adapters.clock import SystemClock
from bot.adapters.scripts import ArgvRunner, ArgvSpec
from bot.adapters.sqlite_ledger import SqliteLedger
from bot.adapters.trader import HttpTrader, TraderTimeouts
from bot.desk import Desk, TraderDesk
from bot.domain.evidence import ReconcileRun
from bot.ports import Calendar, MetricsHistory, OrderBook, OrderRow
from bot.settings import CalendarSettings, ScriptSettings, Settings, TraderSettings


@asynccontextmanager
async def open_desk(settings: Settings) -> AsyncIterator[Desk]:
    """Open the ledger and every trader's ports, for as long as the context lasts.

    Raises:
        LedgerBroken: the ledger cannot be opened.
        ConfigurationError: something configured cannot be used.
    """
    ledger = await SqliteLedger.open(settings.ledger_path)
    try:
        async with httpx.AsyncClient(trust_env=False) as client:
            clock, cache = SystemClock(), settings.ledger_path.parent
            traders = {trader.name: _trader(trader, client, clock, cache) for trader in settings.traders}
            yield Desk(traders=traders, ledger=ledger, clock=clock)
    finally:
        await ledger.close()


def _trader(settings: TraderSettings, client: httpx.AsyncClient, clock: SystemClock, cache: Path) -> TraderDesk:
    timeouts = settings.timeouts
    return TraderDesk(
        name=settings.name,
        channel=settings.channel,
        policy=settings.policy,
        metrics=settings.metrics,
        plan=settings.drill,
        trader=HttpTrader(
            settings.url,
            headers=_revealed(settings.headers),
            roles=settings.metrics.roles(),
            guard=settings.paper_guard,
            client=client,
            timeouts=TraderTimeouts(**timeouts.model_dump(include=set(TraderTimeouts.model_fields))),
        ),
        calendar=_calendar(settings.calendar, cache),
        runner=ArgvRunner({name: _script(script) for name, script in settings.commands.configured().items()}),
        order_book=_order_book(settings, clock),
        history=_history(settings, client),
    )


def _calendar(settings: CalendarSettings, cache: Path) -> Calendar:
    if settings.code:
        return ExchangeCalendar(settings.code, cache)
    return SessionList(settings.timezone, settings.sessions)


class _OrderBookWhenAsked:
    """An order book that is made when it is first asked for: most commands never are, and psycopg loads slowly."""

    def __init__(self, make: Callable[[], OrderBook]) -> None:
        self._make = make
        self._made: OrderBook | None = None

    async def recent_orders(self, since: datetime) -> tuple[OrderRow, ...]:
        return await self._book().recent_orders(since)

    async def reconcile(self, opened: datetime, closed: datetime) -> ReconcileRun:
        return await self._book().reconcile(opened, closed)

    async def describe(self) -> str:
        return await self._book().describe()

    def _book(self) -> OrderBook:
        self._made = self._made or self._make()
        return self._made


def _order_book(settings: TraderSettings, clock: SystemClock) -> OrderBook | None:
    if settings.database is None:
        return None
    url = settings.database.get_secret_value()

    def make() -> OrderBook:
        from bot.adapters.order_book import PostgresOrderBook  # noqa: PLC0415 - see the class above

        return PostgresOrderBook(
            url, clock=clock, checks_folder=settings.reconcile_dir, statement_timeout=settings.timeouts.database
        )

    return _OrderBookWhenAsked(make)


def _history(settings: TraderSettings, client: httpx.AsyncClient) -> MetricsHistory | None:
    if settings.prometheus is None or settings.rules_file is None:
        return None  # without rules to hold it to, a silent Prometheus proves nothing
    from bot.adapters.prometheus import PrometheusHistory  # noqa: PLC0415 - a desk may have none
    from bot.adapters.prometheus_api import PrometheusTimeouts  # noqa: PLC0415

    return PrometheusHistory(
        settings.prometheus.url,
        rules_file=settings.rules_file,
        headers=_revealed(settings.prometheus.headers),
        client=client,
        timeouts=PrometheusTimeouts(connect=settings.timeouts.connect, answer=settings.timeouts.prometheus),
    )


def _script(settings: ScriptSettings) -> ArgvSpec:
    return ArgvSpec(argv=settings.argv, cwd=settings.cwd, timeout=settings.timeout, env=_revealed(settings.env))


def _revealed(secrets: Mapping[str, SecretStr]) -> dict[str, str]:
    return {name: secret.get_secret_value() for name, secret in secrets.items()}
