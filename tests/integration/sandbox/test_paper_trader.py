"""The paper trader as the bot meets it: over HTTP, in its own process, with its orders in PostgreSQL."""

import asyncio
import subprocess
import sys
import time

import psycopg
import pytest
from prometheus_client.parser import text_string_to_metric_families
from psycopg.conninfo import conninfo_to_dict

from bot.sandbox.trader import FAULTS

PLAN = {"symbol": "NIFTY", "side": "LONG", "qty": 50, "strategy": "ORB"}


async def metrics(trader) -> dict[str, float]:
    """Read every sample by its name and the value of its `type` label, if it has one."""
    families = text_string_to_metric_families((await trader.get("/metrics")).raise_for_status().text)
    return {
        s.name + (f":{s.labels['type']}" if "type" in s.labels else ""): s.value for f in families for s in f.samples
    }


async def switch(trader, name: str, *, active: bool = True) -> None:
    """Switch one fault."""
    (await trader.post("/sandbox/fault", json={"name": name, "active": active})).raise_for_status()


def rows(database: str, query: str) -> list[tuple]:
    """Ask the trader's database."""
    with psycopg.connect(database) as connection:
        return connection.execute(query).fetchall()


async def count(trader) -> int:
    """How many positions are open."""
    return (await trader.get("/positions")).json()["count"]


async def test_exports_what_the_protocol_watches(trader):
    """Every gauge and counter of the protocol is there; a retry that never happened is not."""
    read = await metrics(trader)
    assert read["trader_is_leader"] == 1
    for name in ("marketdata", "order_stream", "scan"):
        assert 0 <= read[f"trader_{name}_heartbeat_seconds"] < 5
    assert read["trader_orders_placed_total"] == read["trader_oco_children_created_total"] == 0
    assert read["trader_build_info"] == 1
    assert abs(read["process_start_time_seconds"] - time.time()) < 120
    assert not [name for name in read if name.startswith("trader_retries_total")]


async def test_is_ready_in_paper_mode(trader):
    """Readiness tells mode and build; the supervisor tells its tasks."""
    assert (await trader.get("/ready")).json() == {"ready": True, "mode": "paper", "build": "r1"}
    tasks = (await trader.get("/debug/supervisor/status")).json()["tasks"]
    assert {task["name"] for task in tasks} == {"marketdata", "order_stream", "scan"}
    assert {task["state"] for task in tasks} == {"running"}


async def test_scans_by_itself(trader, eventually):
    """The scan counter rises without anybody asking for it."""
    before = (await metrics(trader))["trader_scan_ticks_total"]

    async def risen() -> bool:
        return (await metrics(trader))["trader_scan_ticks_total"] >= before + 3

    await eventually(risen)


async def test_plan_opens_a_position_and_flatten_closes_it(trader, database, eventually):
    """A plan fills an entry protected by two OCO children; flatten cancels both and leaves no position."""
    order_id = (await trader.post("/plan", json=PLAN)).raise_for_status().json()["order_id"]
    position = {"order_id": order_id, "symbol": "NIFTY", "side": "LONG", "qty": 50, "strategy": "ORB"}
    assert (await trader.get("/positions")).json() == {"count": 1, "positions": [position]}
    read = await metrics(trader)
    assert (read["trader_orders_placed_total"], read["trader_oco_children_created_total"]) == (1, 2)

    flattened = (await trader.post("/flatten", json={"reason": "paper_burnin"})).raise_for_status()
    assert flattened.json() == {"accepted": True, "reason": "paper_burnin", "closing": 1}
    assert await count(trader) == 1  # it answers before it is done

    async def flat() -> bool:
        return await count(trader) == 0

    await eventually(flat)
    orders = rows(database, "SELECT role, status, parent_id, count(oco_group) OVER () FROM orders ORDER BY id")
    assert orders == [
        ("entry", "FILLED", None, 2),
        ("target", "CANCELLED", order_id, 2),
        ("stop", "CANCELLED", order_id, 2),
    ]


@pytest.mark.parametrize(
    ("path", "body", "status", "words"),
    [
        ("/plan", {**PLAN, "qty": 0}, 422, "qty"),
        ("/plan", {**PLAN, "side": "UP"}, 422, "side"),
        ("/flatten", {}, 422, "reason"),
        ("/sandbox/fault", {"name": "gremlin", "active": True}, 404, "leader-flap"),
    ],
)
async def test_refuses_in_words(trader, path, body, status, words):
    """A request it cannot take is refused with a sentence that names what is wrong."""
    answer = await trader.post(path, json=body)
    assert (answer.status_code, words in answer.json()["error"]) == (status, True)


async def test_says_when_its_database_is_gone(trader, postgres, database):
    """A plan that cannot be written is refused, and no position appears."""
    with psycopg.connect(postgres.uri, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {conninfo_to_dict(database)['dbname']} WITH (FORCE)")
    answer = await trader.post("/plan", json=PLAN, timeout=20)
    assert answer.status_code == 503
    assert "database" in answer.json()["error"]
    assert await count(trader) == 0


async def test_leader_flaps_until_told_to_stop(trader, eventually):
    """The fault takes the leader lock away now and then; switched off, the lock is back."""

    async def lost() -> bool:
        return (await metrics(trader))["trader_is_leader"] == 0

    await switch(trader, "leader-flap")
    await eventually(lost)
    await switch(trader, "leader-flap", active=False)
    assert not await lost()


async def test_heartbeat_stalls_until_told_to_stop(trader, eventually):
    """The market data's age grows while the other heartbeats stay young, and recovers."""

    async def ages() -> tuple[float, float]:
        read = await metrics(trader)
        return read["trader_marketdata_heartbeat_seconds"], read["trader_scan_heartbeat_seconds"]

    async def stalled() -> bool:
        marketdata, scan = await ages()
        return marketdata > 1 > scan

    async def recovered() -> bool:
        return (await ages())[0] < 0.5

    await switch(trader, "stalled-heartbeat")
    await eventually(stalled)
    await switch(trader, "stalled-heartbeat", active=False)
    await eventually(recovered)


async def test_flattens_slowly_on_request(trader, eventually):
    """The fault makes a flatten take longer than the two seconds the burn-in allows."""
    await switch(trader, "slow-flatten")
    await trader.post("/plan", json=PLAN)
    await trader.post("/flatten", json={"reason": "test"})
    began = time.monotonic()

    async def flat() -> bool:
        return await count(trader) == 0

    await eventually(flat)
    assert 2 < time.monotonic() - began < 8


async def test_spikes_token_refreshes_once(trader, eventually):
    """The one-shot fault counts twenty retries, and is then off again."""

    async def spiked() -> bool:
        return (await metrics(trader)).get("trader_retries_total:token_refresh") == 20

    await switch(trader, "token-refresh-spike")
    await eventually(spiked)
    faults = (await trader.get("/sandbox/faults")).json()
    assert [fault["name"] for fault in faults] == list(FAULTS)
    assert not any(fault["active"] for fault in faults)


async def test_plants_rows_that_reconcile_must_find(trader, database):
    """The two database faults write an OCO child without parent, and one client_order_id twice."""
    await switch(trader, "orphan-child")
    await switch(trader, "duplicate-id")
    orphan, *twins = rows(database, "SELECT role, parent_id, client_order_id FROM orders ORDER BY id")
    assert orphan[:2] == ("stop", 0)
    assert len(twins) == 2
    assert len(set(twins)) == 1


async def test_reports_a_breached_risk_limit_on_request(trader):
    """The fault on which an alert fires lasts until it is switched off."""
    await switch(trader, "firing-alert")
    assert (await metrics(trader))["trader_risk_limit_breached"] == 1
    await switch(trader, "firing-alert", active=False)
    assert (await metrics(trader))["trader_risk_limit_breached"] == 0


async def test_stops_cleanly_when_told_to(trader_process):
    """SIGTERM ends it with exit code 0."""
    process, _ = trader_process
    process.terminate()
    async with asyncio.timeout(10):
        assert await process.wait() == 0


def test_tells_that_it_has_no_database(tmp_path):
    """Without its database it ends with one sentence that says what to check."""
    uri = f"postgresql://nobody@/none?host={tmp_path}"
    ended = subprocess.run(
        [sys.executable, "-m", "bot.sandbox.trader", "--database", uri],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert ended.returncode == 1
    assert "--database" in ended.stderr.splitlines()[-1]


def injector(*argv: str) -> subprocess.CompletedProcess[str]:
    """Run the injector as a desk would, and wait for its end."""
    plan = ("--symbol", "NIFTY", "--side", "LONG", "--strategy", "ORB")
    command = [sys.executable, "-m", "bot.sandbox.injector", *plan, *argv]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


async def test_injector_prints_the_order_it_placed(trader_process, database):
    """The injector's standard output is the id of the parent order."""
    ended = await asyncio.to_thread(injector, "--url", trader_process[1], "--qty", "25")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert rows(database, "SELECT qty FROM orders WHERE role = 'entry'") == [(25,)]
    assert rows(database, "SELECT id FROM orders WHERE role = 'entry'") == [(int(ended.stdout),)]


async def test_injector_says_what_the_trader_refused(trader_process):
    """A refused plan ends the injector with one sentence and a non-zero exit code."""
    ended = await asyncio.to_thread(injector, "--url", trader_process[1], "--qty", "0")
    assert ended.returncode == 1
    assert "HTTP 422" in ended.stderr


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "ftp://127.0.0.1/"])
def test_injector_says_that_nobody_answers(url):
    """A trader that is not there ends the injector with one sentence and a non-zero exit code."""
    ended = injector("--url", url, "--qty", "50")
    assert (ended.returncode, len(ended.stderr.splitlines())) == (1, 1)
