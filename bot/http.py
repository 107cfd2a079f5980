"""The bot's own HTTP: is it alive, is it ready, its numbers, and a trader's clearance for a pipeline to ask for."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from bot.certifying import certificates_of, revocations
from bot.clearance import standing_clearance
from bot.daybook import record_of, standing_streak
from bot.desk import Desk, TraderDesk
from bot.domain.clearance import Clearance
from bot.domain.results import StreakCount
from bot.domain.value import JsonObject
from bot.errors import BurninError, ConfigurationError, NoSigningKey
from bot.health import Health, HealthReading
from bot.own_metrics import BotMetrics
from bot.parts import parts_of

_PROMETHEUS_TEXT = "text/plain; version=0.0.4; charset=utf-8"


@asynccontextmanager
async def own_http(host: str, port: int, *, desk: Desk, health: Health, metrics: BotMetrics) -> AsyncIterator[int]:
    """Serve for as long as the context lasts; yield the port, which the system chooses where 0 is asked for.

    Raises:
        ConfigurationError: nothing can listen there.
    """
    runner = web.AppRunner(_app(OwnPages(desk, health, metrics)), access_log=None)
    await runner.setup()
    try:
        await _listen(runner, host, port)
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


async def _listen(runner: web.AppRunner, host: str, port: int) -> None:
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        raise ConfigurationError(
            f"http: cannot listen on {host}:{port}: {error.strerror}. Is a bot running already? Else set http.port."
        ) from error


def _app(pages: "OwnPages") -> web.Application:
    app = web.Application()
    app.router.add_get("/healthz", pages.alive)
    app.router.add_get("/readyz", pages.ready)
    app.router.add_get("/metrics", pages.metrics)
    app.router.add_get("/clearance/{trader}", pages.clearance)
    return app


class OwnPages:
    """The handlers, with what they read from."""

    def __init__(self, desk: Desk, health: Health, metrics: BotMetrics) -> None:
        self._desk = desk
        self._health = health
        self._metrics = metrics

    async def alive(self, _: web.Request) -> web.Response:
        """Answer at all: the process lives and its loop turns."""
        return web.json_response({"alive": True})

    async def ready(self, _: web.Request) -> web.Response:
        """Tell each part's state; 503 where one is not well."""
        parts = await parts_of(self._desk, self._health)
        ready = all(reading.ok for reading in parts.values())
        body = {"ready": ready, "parts": {name: _part(reading) for name, reading in parts.items()}}
        return web.json_response(body, status=200 if ready else 503)

    async def metrics(self, _: web.Request) -> web.Response:
        """Tell the bot's own numbers to a Prometheus."""
        parts = await parts_of(self._desk, self._health)
        if lease := parts.get("lease"):
            self._metrics.lease_is(held=bool(lease.values["held"]), epoch=lease.values.get("epoch", 0))
        if parts["ledger"].ok:
            await self._read_ledger()
        return web.Response(body=self._metrics.exposition(parts), headers={"Content-Type": _PROMETHEUS_TEXT})

    async def clearance(self, request: web.Request) -> web.Response:
        """Tell whether a trader is cleared for canary LIVE, from the ledger; 503 where that cannot be read."""
        name = request.match_info["trader"]
        trader = self._desk.traders.get(name)
        if trader is None:
            names = ", ".join(self._desk.traders)
            return web.json_response({"error": f"No trader is called {name!r}; there are {names}."}, status=404)
        try:
            return web.json_response(await self._standing(trader))
        except BurninError as error:
            return web.json_response({"error": str(error)}, status=503)

    async def _read_ledger(self) -> None:
        head, unsent = await self._desk.ledger.head(), await self._desk.ledger.unsent()
        self._metrics.ledger_is(entries=head.seq, unsent=len(unsent))
        standings = []
        for trader in self._desk.traders.values():
            counted = await standing_streak(self._desk, trader)
            standings.append((trader.name, await standing_clearance(self._desk, trader) is not None, counted.passed))
        self._metrics.standings_are(standings)

    async def _standing(self, trader: TraderDesk) -> JsonObject:
        granted, counted = await standing_clearance(self._desk, trader), await standing_streak(self._desk, trader)
        return {
            "trader": trader.name,
            "cleared": granted is not None,
            "streak": StreakCount.of(granted.streak if granted else counted).to_json(),
            "days": [str(day) for day in granted.streak.days] if granted else [],
            "void": [str(day) for day in granted.streak.void] if granted else [],
            "build": granted.provenance.build if granted else "",
            "signed": granted.signed.to_json() if granted and granted.signed else None,
            "excluded": await self._excluded(trader, granted),
            "why": "" if granted else counted.why,
            "head": (await self._desk.ledger.head()).hash,
            "certificate": await self._certificate(trader, granted),
            "revocations": await self._revocations(trader),
        }

    async def _certificate(self, trader: TraderDesk, granted: Clearance | None) -> JsonObject | None:
        """Return the newest certificate of the clearance that stands, with every signature."""
        found = await certificates_of(self._desk, trader)
        return next((each.envelope for each in reversed(found) if granted and each.granted == granted.entry), None)

    async def _revocations(self, trader: TraderDesk) -> JsonObject | None:
        """Return the signed list of revoked certificates; None where nothing can be signed."""
        try:
            return await revocations(self._desk, trader)
        except NoSigningKey:
            return None

    async def _excluded(self, trader: TraderDesk, granted: Clearance | None) -> JsonObject:
        """Return what the clearance's last day left out; without a clearance, what the policy leaves out now."""
        last = await record_of(self._desk, trader, granted.streak.days[-1]) if granted else None
        return dict(last.excluded if last else trader.policy.excluded)


def _part(reading: HealthReading) -> JsonObject:
    return {"ok": reading.ok, "detail": reading.detail, **reading.values}
