"""Prometheus's HTTP API as far as the bot asks for it, in the JSON shapes of the real one."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from aiohttp import web

from bot.sandbox import wallclock
from bot.sandbox.prometheus.promql import UnspokenError, number_text, parse_selector
from bot.sandbox.prometheus.rules import Alert, Group, Rule
from bot.sandbox.prometheus.series import SeriesStore

NEVER = "0001-01-01T00:00:00Z"
BUILD = {
    "version": "stand-in",
    "revision": "sandbox",
    "branch": "sandbox",
    "buildUser": "burnin",
    "buildDate": "",
    "goVersion": "",
}


def application(store: SeriesStore, groups: Sequence[Group]) -> web.Application:
    """Return the aiohttp application that answers from these samples and rules."""
    api = _Api(store, groups)
    app = web.Application()
    app.add_routes(
        [
            web.get("/-/ready", api.ready),
            web.get("/-/healthy", api.healthy),
            web.get("/api/v1/query", api.query),
            web.post("/api/v1/query", api.query),
            web.get("/api/v1/rules", api.rules),
            web.get("/api/v1/alerts", api.alerts),
            web.get("/api/v1/status/buildinfo", api.buildinfo),
            web.route("*", "/api/v1/{rest:.*}", api.unspoken),
        ]
    )
    return app


class _Api:
    def __init__(self, store: SeriesStore, groups: Sequence[Group]) -> None:
        self._store = store
        self._groups = groups

    async def ready(self, _request: web.Request) -> web.Response:
        return web.Response(text="Prometheus Server is Ready.\n")

    async def healthy(self, _request: web.Request) -> web.Response:
        return web.Response(text="Prometheus Server is Healthy.\n")

    async def query(self, request: web.Request) -> web.Response:
        asked = {**request.query, **await request.post()}
        moment = str(asked.get("time") or wallclock.unix())
        try:
            at = _time(moment)
        except ValueError:
            return _bad_data(f'invalid parameter "time": cannot parse "{moment}" to a valid timestamp')
        try:
            return _success(self._answer(str(asked.get("query", "")), at))
        except UnspokenError as error:
            return _bad_data(f'invalid parameter "query": {error}')

    def _answer(self, query: str, at: float) -> dict[str, Any]:
        if query.strip() == "time()":
            return {"resultType": "scalar", "result": [at, number_text(at)]}
        selector = parse_selector(query)
        if selector.seconds is None:
            # An instant answer bears the time that was asked for, not that of the sample.
            vector = [
                {"metric": labels, "value": [at, number_text(value)]}
                for labels, (_, value) in self._store.instant(selector, at)
            ]
            return {"resultType": "vector", "result": vector}
        matrix = [
            {"metric": labels, "values": [[t, number_text(value)] for t, value in samples]}
            for labels, samples in self._store.window(selector, at, selector.seconds)
        ]
        return {"resultType": "matrix", "result": matrix}

    async def rules(self, request: web.Request) -> web.Response:
        kind = request.query.get("type", "alert")
        if kind not in ("alert", "record"):
            return _bad_data(f'invalid parameter "type": not supported value "{kind}"')
        return _success({"groups": [_group(group, alerting=kind == "alert") for group in self._groups]})

    async def alerts(self, _request: web.Request) -> web.Response:
        rules = [rule for group in self._groups for rule in group.rules]
        return _success({"alerts": [_alert(alert) for rule in rules for alert in rule.alerts.values()]})

    async def buildinfo(self, _request: web.Request) -> web.Response:
        return _success(BUILD)

    async def unspoken(self, request: web.Request) -> web.Response:
        return _bad_data(f"the sandbox's Prometheus stand-in does not serve {request.path}; ask a real Prometheus")


def _group(group: Group, *, alerting: bool) -> dict[str, Any]:
    return {
        "name": group.name,
        "file": group.file,
        "rules": [_rule(rule) for rule in group.rules] if alerting else [],
        "interval": group.interval_seconds,
        "limit": 0,
        "evaluationTime": group.evaluation_seconds,
        "lastEvaluation": _instant(group.evaluated_at),
    }


def _rule(rule: Rule) -> dict[str, Any]:
    told = {
        "state": rule.state,
        "name": rule.text.alert,
        "query": rule.query,
        "duration": rule.hold_seconds,
        "keepFiringFor": 0,
        "labels": rule.text.labels,
        "annotations": rule.text.annotations,
        "alerts": [_alert(alert) for alert in rule.alerts.values()],
        "health": rule.health,
        "evaluationTime": rule.evaluation_seconds,
        "lastEvaluation": _instant(rule.evaluated_at),
        "type": "alerting",
    }
    return told | ({"lastError": rule.problem} if rule.health == "err" else {})


def _alert(alert: Alert) -> dict[str, Any]:
    return {
        "labels": alert.labels,
        "annotations": alert.annotations,
        "state": alert.state,
        "activeAt": _instant(alert.active_at),
        "value": _with_exponent(alert.value),
    }


def _with_exponent(value: float) -> str:
    # Alerts alone have their value written this way: 1 is "1e+00".
    plain = number_text(value)
    if plain in ("NaN", "+Inf", "-Inf"):
        return plain
    digits, exponent = f"{Decimal(plain).normalize():e}".split("e")
    return f"{digits}e{exponent[0]}{exponent[1:]:0>2}"


def _time(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(text)
    return moment.timestamp()


def _instant(at: float | None) -> str:
    return NEVER if at is None else datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z")


def _success(data: dict[str, Any]) -> web.Response:
    return web.json_response({"status": "success", "data": data})


def _bad_data(sentence: str) -> web.Response:
    return web.json_response({"status": "error", "errorType": "bad_data", "error": sentence}, status=400)
