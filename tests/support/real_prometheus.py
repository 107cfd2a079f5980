"""A real Prometheus for the tests, in a folder of its own: it can be stopped, killed and started again on its port."""

import asyncio
import os
import shutil
import signal
import socket
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import httpx
import pytest
import yaml

_PATIENCE: Final = 30.0  # seconds that a start or an end may take on a busy machine


def program(name: str = "prometheus") -> str:
    """Return the path of an installed program; skip the test where there is none, but never in CI."""
    found = shutil.which(name)
    if found is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"no {name} is installed here")
    return str(found)


class RealPrometheus:
    """A Prometheus that scrapes itself and its targets, and evaluates its rules, every second.

    Args:
        folder: where its configuration, its log and its data live; data that lie in `data` already are served.
        targets: the URL to scrape by job; `/metrics` is asked for.
        rules: the rules it loads, by file name; may be changed between starts.
    """

    def __init__(
        self, folder: Path, *, targets: Mapping[str, str] | None = None, rules: Mapping[str, str] | None = None
    ) -> None:
        self.folder, self.rules = folder, dict(rules or {})
        self._targets = dict(targets or {})
        self._process: asyncio.subprocess.Process | None = None
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._address = f"127.0.0.1:{free.getsockname()[1]}"

    @property
    def url(self) -> str:
        """Where it answers; the same after every start."""
        return f"http://{self._address}"

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Start it and wait until it is ready to answer."""
        self._configure()
        argv = [
            program(),
            "--config.file=prometheus.yml",
            "--storage.tsdb.path=data",
            "--storage.tsdb.retention.time=100y",
            f"--web.listen-address={self._address}",
        ]
        with (self.folder / "log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(*argv, cwd=self.folder, stdout=log, stderr=log)
        async with asyncio.timeout(_PATIENCE), httpx.AsyncClient(base_url=self.url, trust_env=False) as client:
            while not await self._ready(client):  # noqa: ASYNC110 - another process tells no event
                await asyncio.sleep(0.05)

    async def settled(self) -> None:
        """Wait until it has scraped every target and evaluated every rule; it first scrapes seconds after its start."""
        async with asyncio.timeout(_PATIENCE), httpx.AsyncClient(base_url=self.url, trust_env=False) as client:
            while "unknown" in await self._healths(client):  # noqa: ASYNC110 - another process tells no event
                await asyncio.sleep(0.1)

    async def stop(self) -> None:
        """End it in good order; it has written all it knows when this returns."""
        await self._end(signal.SIGTERM)

    async def kill(self) -> None:
        """End it as a crash would."""
        await self._end(signal.SIGKILL)

    async def _end(self, sign: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            process.send_signal(sign)
            await asyncio.wait_for(process.wait(), _PATIENCE)

    def _configure(self) -> None:
        for name, text in self.rules.items():
            (self.folder / name).write_text(text, encoding="utf-8")
        jobs = {"prometheus": self._address} | {job: url.removeprefix("http://") for job, url in self._targets.items()}
        content = {
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
            "rule_files": sorted(self.rules),
            "scrape_configs": [
                {"job_name": job, "static_configs": [{"targets": [address]}]} for job, address in jobs.items()
            ],
        }
        (self.folder / "prometheus.yml").write_text(yaml.safe_dump(content), encoding="utf-8")

    async def _healths(self, client: httpx.AsyncClient) -> set[str]:
        targets = (await client.get("/api/v1/targets")).json()["data"]["activeTargets"]
        groups = (await client.get("/api/v1/rules")).json()["data"]["groups"]
        of_rules = {rule["health"] for group in groups for rule in group["rules"]}
        return {target["health"] for target in targets} | of_rules if targets else {"unknown"}

    async def _ready(self, client: httpx.AsyncClient) -> bool:
        assert self._process is not None
        if self._process.returncode is not None:
            pytest.fail(f"Prometheus ended at its start: {(self.folder / 'log').read_text('utf-8')[-2000:]}")
        try:
            return (await client.get("/-/ready")).is_success
        except httpx.TransportError:
            return False
