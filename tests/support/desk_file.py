"""A configuration file for tests of the command line and of doctor, with a trader that answers as it is told to."""

import json
from pathlib import Path
from typing import Any

METRICS = """\
# TYPE trader_is_leader gauge
trader_is_leader 1
# TYPE trader_marketdata_heartbeat_seconds gauge
trader_marketdata_heartbeat_seconds 0.5
# TYPE trader_order_stream_heartbeat_seconds gauge
trader_order_stream_heartbeat_seconds 0.5
# TYPE trader_scan_heartbeat_seconds gauge
trader_scan_heartbeat_seconds 0.5
# TYPE trader_scan_ticks_total counter
trader_scan_ticks_total 100
# TYPE trader_orders_placed_total counter
trader_orders_placed_total 3
# TYPE trader_oco_children_created_total counter
trader_oco_children_created_total 6
# TYPE trader_build_info gauge
trader_build_info{revision="1.4.2"} 1
"""


def write_desk(folder: Path, url: str = "http://127.0.0.1:9", **trader: Any) -> Path:
    """Write a configuration with one trader; JSON is YAML too. The calendar lists one session long past."""
    past = {"date": "2026-01-05", "open": "2026-01-05T03:45:00Z", "close": "2026-01-05T10:00:00Z"}
    calendar = {"timezone": "Asia/Kolkata", "sessions": [past]}
    content = {
        "ledger": f"sqlite:///{folder}/burnin.db",
        "traders": [{"name": "nifty-orb", "url": url, "calendar": calendar, **trader}],
    }
    path = folder / "burnin.yaml"
    path.write_text(json.dumps(content), encoding="utf-8")
    return path
