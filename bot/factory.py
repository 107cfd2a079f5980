"""The only place where objects are put together: settings in, a desk out.

What a short command may never need (psycopg, pandas, the exposition parser) is loaded by the adapter that uses it.
"""

import os
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from pydantic import SecretStr

from bot.adapters.calendars import ExchangeCalendar, SessionList
from bot.adapters.clock import SystemClock
from bot.adapters.run_lock import FileLease
from bot.adapters.scripts import ArgvRunner
from bot.adapters.sqlite_ledger import SqliteLedger
from bot.configuration.ledger_address import LedgerAddress, SqliteAddress
from bot.desk import Desk, TraderDesk
from bot.ports import AlertSource, Calendar, Lease, MetricsHistory, OrderBook, Signatory, Trader
from bot.settings import CalendarSettings, Settings, SigningSettings, TraderSettings

if TYPE_CHECKING:
    import ssl

    import httpx

    from bot.adapters.postgres_ledger import PostgresLedger

MakeClient = Callable[[], "httpx.AsyncClient"]


@asynccontextmanager
async def open_desk(settings: Settings) -> AsyncIterator[Desk]:
    """Open the ledger and every trader's ports, for as long as the context lasts.

    Raises:
        LedgerBroken: the ledger cannot be opened.
        ConfigurationError: something configured cannot be used.
    """
    async with AsyncExitStack() as stack:
        ledger = await open_ledger(settings.ledger)
        stack.push_async_callback(ledger.close)
        client = _clients_in(stack)
        clock, folder = SystemClock(), settings.state_folder
        traders = {trader.name: _trader_desk(trader, client, clock, folder) for trader in settings.traders}
        yield Desk(
            traders=traders,
            ledger=ledger,
            clock=clock,
            signatory=_signatory(settings.signing),
            void_expires=settings.void_expires,
        )


async def open_ledger(address: LedgerAddress) -> "SqliteLedger | PostgresLedger":
    """Open the ledger at an address; its tables are made where they are missing. Whoever opens it closes it.

    Raises:
        LedgerBroken: it cannot be opened, or a newer burnin made it.
    """
    if isinstance(address, SqliteAddress):
        return await SqliteLedger.open(address.path)
    from bot.adapters.postgres_ledger import PostgresLedger  # noqa: PLC0415 - a ledger in a file needs no psycopg

    return await PostgresLedger.open(address)


@asynccontextmanager
async def open_lease(address: LedgerAddress) -> AsyncIterator[Lease]:
    """Have the lease of a ledger to take, for as long as the context lasts. Whoever takes it releases it before that.

    That of a SQLite file is taken at once: nobody stands by for it, and a second bot is refused before it has begun
    anything.

    Raises:
        Refused: another bot runs on this SQLite file.
        LedgerBroken: the file's lock cannot be written.
    """
    if isinstance(address, SqliteAddress):
        alone = FileLease(address.path)
        await alone.take()
        try:
            yield alone
        finally:
            await alone.release()
        return
    from bot.adapters.lease_row import LeaseRow  # noqa: PLC0415 - a ledger in a file needs no psycopg
    from bot.adapters.postgres_lease import postgres_lease  # noqa: PLC0415 - see above

    holder = f"{socket.gethostname()}:{os.getpid()}"
    row = LeaseRow(address.url.get_secret_value(), place=str(address), holder=holder)
    async with postgres_lease(row, SystemClock()) as lease:
        yield lease


class _WhenAsked:
    """A port that is made when it is first asked something: most commands ask few, and what speaks loads slowly."""

    def __init__(self, make: Callable[[], object]) -> None:
        self._make = cache(make)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._make(), name)

    def made(self) -> object:
        """Return what is behind it, made now if it was not made before."""
        return self._make()


def make_ports(desk: Desk) -> None:
    """Make what would be made when it is first asked something: who stands by has the time to load it."""
    ports = [
        port
        for trader in desk.traders.values()
        for port in (trader.trader, trader.order_book, trader.history, trader.alerts)
    ]
    for port in (desk.signatory, *ports):
        if isinstance(port, _WhenAsked):
            port.made()


def _clients_in(stack: AsyncExitStack) -> MakeClient:
    """Return what makes a connection pool, closed with the stack.

    Each host gets its own: no host uses another's connections, and a pool looks at all of its own at every request.
    """

    @cache
    def trusted() -> "ssl.SSLContext":
        import httpx  # noqa: PLC0415 - a command that only reads the ledger needs no HTTP

        return httpx.create_ssl_context(trust_env=False)

    def client() -> "httpx.AsyncClient":
        import httpx  # noqa: PLC0415 - see above

        made = httpx.AsyncClient(trust_env=False, verify=trusted())
        stack.push_async_callback(made.aclose)
        return made

    return client


def _trader_desk(settings: TraderSettings, client: MakeClient, clock: SystemClock, folder: Path) -> TraderDesk:
    return TraderDesk(
        name=settings.name,
        channel=settings.channel,
        policy=settings.policy,
        metrics=settings.metrics,
        plan=settings.drill,
        trader=cast("Trader", _WhenAsked(lambda: _trader(settings, client()))),
        calendar=_calendar(settings.calendar, folder),
        runner=ArgvRunner(settings.commands.configured(), clock),
        order_book=_order_book(settings, clock),
        history=_history(settings, client, clock),
        alerts=_alerts(settings, client, clock),
        environment=settings.environment or ("paper" if settings.paper_guard else "unguarded"),
        calendar_name=settings.calendar.code or "listed",
    )


def _trader(settings: TraderSettings, client: "httpx.AsyncClient") -> Trader:
    from bot.adapters.trader import HttpTrader  # noqa: PLC0415 - see _WhenAsked

    return HttpTrader(
        settings.url,
        headers=_revealed(settings.headers),
        roles=settings.metrics.roles(),
        guard=settings.paper_guard,
        client=client,
        timeouts=settings.timeouts,
    )


def _calendar(settings: CalendarSettings, folder: Path) -> Calendar:
    if settings.code:
        return ExchangeCalendar(settings.code, folder)
    return SessionList(settings.timezone, settings.sessions)


def _order_book(settings: TraderSettings, clock: SystemClock) -> OrderBook | None:
    if settings.database is None:
        return None
    url = settings.database.get_secret_value()

    def make() -> OrderBook:
        from bot.adapters.order_book import PostgresOrderBook  # noqa: PLC0415 - see _WhenAsked

        return PostgresOrderBook(
            url, clock=clock, checks_folder=settings.reconcile_dir, statement_timeout=settings.timeouts.database
        )

    return cast("OrderBook", _WhenAsked(make))


def _history(settings: TraderSettings, client: MakeClient, clock: SystemClock) -> MetricsHistory | None:
    prometheus = settings.prometheus
    if prometheus is None:
        return None

    def make() -> MetricsHistory:
        from bot.adapters.prometheus_samples import PrometheusSamples  # noqa: PLC0415 - see _WhenAsked

        return PrometheusSamples(
            prometheus.url,
            headers=_revealed(prometheus.headers),
            roles=settings.metrics.roles(),
            select=prometheus.select,
            clock=clock,
            client=client(),
            timeouts=settings.timeouts,
        )

    return cast("MetricsHistory", _WhenAsked(make))


def _alerts(settings: TraderSettings, client: MakeClient, clock: SystemClock) -> AlertSource | None:
    prometheus, rules_file = settings.prometheus, settings.rules_file
    if prometheus is None or rules_file is None:
        return None  # without rules to hold it to, a silent Prometheus proves nothing

    def make() -> AlertSource:
        from bot.adapters.prometheus_alerts import PrometheusAlerts  # noqa: PLC0415 - see _WhenAsked

        return PrometheusAlerts(
            prometheus.url,
            rules_file=rules_file,
            headers=_revealed(prometheus.headers),
            clock=clock,
            client=client(),
            external_labels=prometheus.external_labels,
            metrics=prometheus.metrics,
            timeouts=settings.timeouts,
        )

    return cast("AlertSource", _WhenAsked(make))


def _signatory(settings: SigningSettings) -> Signatory:
    """Return who signs; the key is looked for when something is to be signed, so that a desk opens without one."""

    def make() -> Signatory:
        from bot.adapters.signing_key import SigningKey  # noqa: PLC0415 - see _WhenAsked

        return SigningKey(settings.key, settings.public_key)

    return cast("Signatory", _WhenAsked(make))


def _revealed(secrets: Mapping[str, SecretStr]) -> dict[str, str]:
    return {name: secret.get_secret_value() for name, secret in secrets.items()}
