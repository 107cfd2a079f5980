"""The bot's own HTTP over loopback, on a real ledger."""

import asyncio
import json
from base64 import b64decode
from collections.abc import Mapping
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from securesystemslib.dsse import Envelope

from bot.adapters.sqlite_ledger import SqliteLedger
from bot.certifying import countersign, issue
from bot.desk import Desk
from bot.domain.day import Provenance
from bot.domain.entry import DayClosed
from bot.domain.people import BOT, INSIDE
from bot.domain.standing import ClearanceGranted, ClearanceRevoked
from bot.domain.streak import Streak
from bot.errors import ConfigurationError, LedgerBroken
from bot.factory import open_desk
from bot.health import HealthReading
from bot.http import own_http
from bot.own_metrics import BotMetrics
from bot.settings import Settings
from tests.support.certified import OwnKey, cleared_room, made_void, no_key
from tests.support.drafts import DAY, TRADER, draft, record


class Parts:
    """Health as a test sets it."""

    def __init__(self) -> None:
        self.now: dict[str, HealthReading] = {"watch": HealthReading(ok=True, values={"last_scrape_age_seconds": 0.5})}

    def readings(self) -> Mapping[str, HealthReading]:
        """Return what the test has set."""
        return self.now


class Served:
    """A running server with what it reads from."""

    def __init__(self, client: httpx.AsyncClient, desk: Desk, parts: Parts, metrics: BotMetrics, port: int) -> None:
        self.client, self.desk, self.parts, self.metrics, self.port = client, desk, parts, metrics, port


@pytest.fixture
async def served(tmp_path: Path):  # type: ignore[no-untyped-def]  # an async generator fixture
    """Serve a desk with one trader."""
    trader = {"name": TRADER, "url": "http://127.0.0.1:9", "policy": {"excluded": {"alerts": "no Prometheus"}}}
    settings = Settings.model_validate({"ledger": f"sqlite:///{tmp_path}/b.db", "traders": [trader]})
    parts, metrics = Parts(), BotMetrics()
    async with AsyncExitStack() as stack:
        desk = await stack.enter_async_context(open_desk(settings))
        port = await stack.enter_async_context(own_http("127.0.0.1", 0, desk=desk, health=parts, metrics=metrics))
        client = await stack.enter_async_context(httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}"))
        yield Served(client, desk, parts, metrics, port)


async def test_alive_answers_whatever_the_parts_say(served: Served) -> None:
    """A sick part is no reason to kill the process."""
    served.parts.now = {"slack": HealthReading(ok=False)}
    assert (await served.client.get("/healthz")).status_code == 200


async def test_ready_tells_every_part(served: Served) -> None:
    """Ready is 200 while every part is well and 503 once one is not, with its words and numbers."""
    answer = await served.client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["parts"]["ledger"] == {"ok": True, "detail": "", "entries": 0.0}
    served.parts.now["slack"] = HealthReading(ok=False, detail="no frame lately", values={"last_frame_age_seconds": 99})
    answer = await served.client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["ready"] is False
    assert answer.json()["parts"]["slack"] == {"ok": False, "detail": "no frame lately", "last_frame_age_seconds": 99}


async def test_a_ledger_that_is_gone_is_not_ready(served: Served) -> None:
    """Without its ledger the bot is alive and not ready; numbers are still served, clearances are not."""
    await served.desk.ledger.close()
    with pytest.raises(LedgerBroken):
        await served.desk.ledger.head()
    assert (await served.client.get("/healthz")).status_code == 200
    assert (await served.client.get("/readyz")).status_code == 503
    assert (await served.client.get("/metrics")).status_code == 200
    assert (await served.client.get(f"/clearance/{TRADER}")).status_code == 503


async def test_metrics_count_and_measure(served: Served) -> None:
    """The numbers hold this process's counters, each part's state, and the ledger's standings."""
    served.metrics.sampled(TRADER)
    served.metrics.missed(TRADER)
    served.metrics.breached(TRADER, "leader")
    served.metrics.commanded("check", "done")
    await served.desk.ledger.append(draft(DayClosed(record=record())))
    text = (await served.client.get("/metrics")).text
    for line in (
        f'burnin_samples_total{{trader="{TRADER}"}} 1.0',
        f'burnin_samples_missed_total{{trader="{TRADER}"}} 1.0',
        f'burnin_breaches_total{{criterion="leader",trader="{TRADER}"}} 1.0',
        'burnin_commands_total{command="check",outcome="done"} 1.0',
        'burnin_ready{part="ledger"} 1.0',
        'burnin_part_value{name="last_scrape_age_seconds",part="watch"} 0.5',
        "burnin_ledger_entries 1.0",
        "burnin_messages_unsent 0.0",
        f'burnin_streak_days{{trader="{TRADER}"}} 1.0',
        f'burnin_cleared{{trader="{TRADER}"}} 0.0',
    ):
        assert line in text


async def test_metrics_tell_the_lease(served: Served) -> None:
    """Whether this bot acts, and under which number, is there to be alerted on; a bot that stands by is well."""
    served.parts.now["lease"] = HealthReading(ok=True, detail="standby", values={"held": 0})
    text = (await served.client.get("/metrics")).text
    assert "burnin_lease_held 0.0\n" in text
    assert "burnin_lease_epoch 0.0\n" in text
    served.parts.now["lease"] = HealthReading(ok=True, detail="held, epoch 7", values={"held": 1, "epoch": 7})
    text = (await served.client.get("/metrics")).text
    assert "burnin_lease_held 1.0\n" in text
    assert "burnin_lease_epoch 7.0\n" in text
    assert (await served.client.get("/readyz")).json()["parts"]["lease"]["detail"] == "held, epoch 7"


async def test_a_clearance_is_told_until_it_is_revoked(served: Served) -> None:
    """A pipeline sees cleared only while the ledger's clearance stands, and what was left out of it."""
    path = f"/clearance/{TRADER}"
    assert (await served.client.get(path)).json()["cleared"] is False
    streak = Streak(passed=3, required=3, cleared=True, days=(DAY,))
    granted = ClearanceGranted(streak=streak, provenance=Provenance(build="1.4.2"))
    await served.desk.ledger.append(draft(granted))
    told = (await served.client.get(path)).json()
    assert (told["cleared"], told["build"], told["days"]) == (True, "1.4.2", [str(DAY)])
    assert told["excluded"] == {"alerts": "no Prometheus"}
    at = datetime(2026, 11, 24, tzinfo=UTC)
    await served.desk.ledger.append(draft(ClearanceRevoked(why="a new build"), at=at))
    assert (await served.client.get(path)).json()["cleared"] is False


async def test_a_clearance_comes_with_its_certificate(tmp_path: Path) -> None:
    """With every signature, while the clearance stands; afterwards it is on the signed list. Without a key: neither."""
    key, ben = OwnKey(), OwnKey()
    async with AsyncExitStack() as stack:
        ledger = await SqliteLedger.open(tmp_path / "b.db")
        stack.push_async_callback(ledger.close)
        room = await cleared_room(ledger, key=key)
        http = own_http("127.0.0.1", 0, desk=room.desk, health=Parts(), metrics=BotMetrics())
        client = httpx.AsyncClient(base_url=f"http://127.0.0.1:{await stack.enter_async_context(http)}")
        await stack.enter_async_context(client)

        async def told() -> tuple[Any, Any]:
            answer = (await client.get("/clearance/orb")).json()
            return answer["certificate"], answer["revocations"]

        certificate, listed = await told()
        assert (certificate, revoked_in(listed)) == (None, [])
        await issue(room.desk, room.trader_desk, BOT, INSIDE)
        await countersign(room.desk, room.trader_desk, ben, BOT, INSIDE)
        certificate, listed = await told()
        Envelope.from_dict(certificate).verify([key.public, ben.public], 2)
        assert revoked_in(listed) == []
        await made_void(room, 1)
        key.broken = [no_key()]
        assert await told() == (None, None)
        certificate, listed = await told()
        assert (certificate, len(revoked_in(listed))) == (None, 1)


def revoked_in(listed: Any) -> Any:
    """Return what a signed list names."""
    return json.loads(b64decode(listed["payload"]))["revoked"]


async def test_an_unknown_trader_is_not_found(served: Served) -> None:
    """A name that is not configured is 404 and never a clearance."""
    answer = await served.client.get("/clearance/nifty")
    assert answer.status_code == 404
    assert TRADER in answer.json()["error"]


async def test_a_port_in_use_is_said_in_words(served: Served) -> None:
    """A second bot on the same port is told so."""
    with pytest.raises(ConfigurationError, match=rf"cannot listen on 127\.0\.0\.1:{served.port}"):
        async with (
            asyncio.timeout(5),
            own_http("127.0.0.1", served.port, desk=served.desk, health=served.parts, metrics=served.metrics),
        ):
            pass
