"""The paper trader's HTTP face: the endpoints a real trader has, and those by which the sandbox drives it."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict

import psycopg
from aiohttp import web
from prometheus_client.exposition import choose_encoder
from pydantic import BaseModel, ConfigDict, ValidationError

from bot.sandbox.trader.desk import PaperDesk
from bot.sandbox.trader.faults import Faults, UnknownFaultError
from bot.sandbox.trader.gauges import Gauges
from bot.sandbox.trader.orders import Plan
from bot.sandbox.trader.supervisor import Supervisor

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class FlattenRequest(BaseModel):
    """Why all positions are to be closed."""

    model_config = ConfigDict(frozen=True)
    reason: str


class FaultRequest(BaseModel):
    """Which fault is to be switched, and to what."""

    model_config = ConfigDict(frozen=True)
    name: str
    active: bool = True


class Endpoints:
    """One method an endpoint.

    Args:
        build: the revision `/ready` tells.
    """

    def __init__(self, *, build: str, gauges: Gauges, desk: PaperDesk, faults: Faults, supervisor: Supervisor) -> None:
        self._build = build
        self._gauges = gauges
        self._desk = desk
        self._faults = faults
        self._supervisor = supervisor

    def application(self) -> web.Application:
        """Return the aiohttp application that serves them."""
        app = web.Application(middlewares=[_failures_as_json])
        app.add_routes(
            [
                web.get("/metrics", self.metrics),
                web.get("/ready", self.ready),
                web.get("/debug/supervisor/status", self.supervisor_status),
                web.get("/positions", self.positions),
                web.post("/flatten", self.flatten),
                web.post("/plan", self.plan),
                web.get("/sandbox/faults", self.list_faults),
                web.post("/sandbox/fault", self.switch_fault),
            ]
        )
        return app

    async def metrics(self, request: web.Request) -> web.Response:
        """Answer every metric in the format the scraper prefers."""
        encode, content_type = choose_encoder(request.headers.get("Accept", ""))
        return web.Response(body=encode(self._gauges.registry), headers={"Content-Type": content_type})

    async def ready(self, _request: web.Request) -> web.Response:
        """Answer readiness, mode and build."""
        return web.json_response({"ready": True, "mode": "paper", "build": self._build})

    async def supervisor_status(self, _request: web.Request) -> web.Response:
        """Answer the background tasks and their states."""
        tasks = [{"name": name, "state": state} for name, state in self._supervisor.states().items()]
        return web.json_response({"tasks": tasks})

    async def positions(self, _request: web.Request) -> web.Response:
        """Answer the open positions and their number."""
        positions = [asdict(position) for position in self._desk.positions]
        return web.json_response({"count": len(positions), "positions": positions})

    async def flatten(self, request: web.Request) -> web.Response:
        """Begin to close all positions and answer at once, as a trader does."""
        asked = FlattenRequest.model_validate_json(await request.read())
        self._supervisor.start("flatten", self._desk.flatten())
        closing = len(self._desk.positions)
        return web.json_response({"accepted": True, "reason": asked.reason, "closing": closing})

    async def plan(self, request: web.Request) -> web.Response:
        """Place a plan and answer the id of its entry order."""
        plan = Plan.model_validate_json(await request.read())
        position = await self._desk.place(plan)
        return web.json_response({"order_id": position.order_id})

    async def list_faults(self, _request: web.Request) -> web.Response:
        """Answer every fault and whether it is active."""
        return web.json_response(self._faults.listing())

    async def switch_fault(self, request: web.Request) -> web.Response:
        """Switch one fault and answer all of them."""
        asked = FaultRequest.model_validate_json(await request.read())
        await self._faults.switch(asked.name, active=asked.active)
        return web.json_response(self._faults.listing())


@web.middleware
async def _failures_as_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "body"
        return _refusal(422, f"{where}: {first['msg']}")
    except UnknownFaultError as error:
        return _refusal(404, str(error))
    except psycopg.Error as error:
        return _refusal(503, f"the orders database did not answer: {error}")


def _refusal(status: int, sentence: str) -> web.Response:
    return web.json_response({"error": sentence}, status=status)
