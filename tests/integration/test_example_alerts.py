"""The example alerting rules, tried by promtool: each fires when it must, and not at its limit."""

import json
import subprocess
from pathlib import Path
from typing import Any

from bot.adapters.alert_rules import RulesFile
from tests.support.real_prometheus import program

RULES = Path(__file__).parents[2] / "config" / "alerts.yml"
HEALTHY = {
    'up{job="trader"}': "1x600",
    "trader_is_leader": "1x600",
    "trader_marketdata_heartbeat_seconds": "4.9x600",
    "trader_order_stream_heartbeat_seconds": "4.9x600",
    "trader_scan_heartbeat_seconds": "4.9x600",
    "trader_risk_limit_breached": "0x600",
    "trader_scan_ticks_total": "0+1x600",
    'trader_retries_total{type="token_refresh"}': "0x200 3x400",
    'trader_retries_total{type="rate_limit"}': "0x200 10x400",
}


# What raises each alert, and after how many seconds it fires.
BROKEN = {
    "TraderDown": ('up{job="trader"}', "1x100 0x500", 112),
    "TraderNotScraped": ('up{job="trader"}', "", 12),
    "TraderLeaderLost": ("trader_is_leader", "1x100 0x500", 107),
    "TraderMarketdataHeartbeatHigh": ("trader_marketdata_heartbeat_seconds", "0x100 5x500", 107),
    "TraderOrderStreamHeartbeatHigh": ("trader_order_stream_heartbeat_seconds", "0x100 5x500", 107),
    "TraderScanHeartbeatHigh": ("trader_scan_heartbeat_seconds", "0x100 5x500", 107),
    "TraderRiskLimitBreached": ("trader_risk_limit_breached", "0x100 1x500", 102),
    "TraderScanStalled": ("trader_scan_ticks_total", "0+1x100 100x500", 173),
    "TraderTokenRefreshSpike": ('trader_retries_total{type="token_refresh"}', "0x100 4x500", 102),
    "TraderRateLimited": ('trader_retries_total{type="rate_limit"}', "0x100 11x500", 102),
}


def scenario(series: dict[str, str], wanted: dict[int, str]) -> dict[str, Any]:
    """Return a test of promtool's: these series, and which alert alone fires at which second."""
    return {
        "interval": "1s",
        "input_series": [{"series": name, "values": values} for name, values in series.items() if values],
        "promql_expr_test": [
            {
                "expr": 'count by (alertname) (ALERTS{alertstate="firing"})',
                "eval_time": f"{second}s",
                "exp_samples": [{"labels": f'{{alertname="{alert}"}}', "value": 1}] if alert else [],
            }
            for second, alert in wanted.items()
        ],
    }


def test_each_rule_fires_over_its_limit_only(tmp_path: Path) -> None:
    """A trader at its limits raises nothing; one step over, the one rule fires once its wait is over."""
    tests = [scenario(HEALTHY, dict.fromkeys((30, 201, 250, 480), ""))]
    tests += [scenario(HEALTHY | {name: values}, {second: alert}) for alert, (name, values, second) in BROKEN.items()]
    file = tmp_path / "test.yml"
    file.write_text(json.dumps({"rule_files": [str(RULES)], "evaluation_interval": "1s", "tests": tests}), "utf-8")
    argv = [program("promtool"), "test", "rules", str(file)]
    tried = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert tried.returncode == 0, tried.stdout + tried.stderr


def test_each_rule_is_tried() -> None:
    """A rule that is added to the example is added here."""
    assert {rule.name for rule in RulesFile(RULES).rules()} == BROKEN.keys()
