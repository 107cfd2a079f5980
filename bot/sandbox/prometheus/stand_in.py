"""The stand-in's life: it scrapes the trader, evaluates the rules, and answers from what it has stored."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AsyncExitStack, contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import aiohttp
from aiohttp import web
from prometheus_client.parser import text_string_to_metric_families

from bot.sandbox import wallclock
from bot.sandbox.prometheus.api import application
from bot.sandbox.prometheus.rules import Group, load_groups
from bot.sandbox.prometheus.series import Labels, SeriesStore, labels_of

HOST = "127.0.0.1"
SCRAPE_TIMEOUT_SECONDS = 2.0


class PrometheusStandIn:
    """An HTTP server on the loopback that runs between `__aenter__` and `__aexit__`.

    Args:
        target_url: base URL of the trader, whose `/metrics` is scraped as job `trader`.
        rules_file: alerting rules; those of the form `selector OP number` are evaluated.
        scrape_interval: seconds.
        evaluation_interval: seconds, for rule groups that name none.
        port: 0 takes a free one.
    """

    def __init__(
        self,
        target_url: str,
        rules_file: Path,
        *,
        scrape_interval: float = 0.5,
        evaluation_interval: float = 0.5,
        port: int = 0,
    ) -> None:
        self._target_url = target_url.rstrip("/")
        self._target = {"job": "trader", "instance": urlsplit(target_url).netloc}
        self._rules_file = rules_file
        self._scrape_interval = scrape_interval
        self._evaluation_interval = evaluation_interval
        self._port = port
        self._started_at = wallclock.unix()
        self._is_away = False
        self._store = SeriesStore()
        self._groups: list[Group] = []
        self._stack = AsyncExitStack()
        self.url = ""

    async def __aenter__(self) -> Self:
        """Load the rules, begin to serve, scrape and evaluate.

        Raises:
            OSError: the rules file cannot be read, or the port is taken.
            ValueError: the rules file is none the stand-in can load.
        """
        self._groups = load_groups(self._rules_file, interval_seconds=self._evaluation_interval)
        async with self._stack:
            runner = web.AppRunner(application(self._store, self._groups))
            self._stack.push_async_callback(runner.cleanup)
            await runner.setup()
            await web.TCPSite(runner, HOST, self._port).start()
            self.url = f"http://{HOST}:{runner.addresses[0][1]}"
            timeout = aiohttp.ClientTimeout(total=SCRAPE_TIMEOUT_SECONDS)
            session = await self._stack.enter_async_context(aiohttp.ClientSession(timeout=timeout))
            self._repeat(self._scrape_interval, lambda: self._scrape(session), lambda _missed: None)
            for group in self._groups:
                self._repeat_group(group)
            self._stack = self._stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    @contextmanager
    def away(self) -> Iterator[None]:
        """Neither scrape nor evaluate until the block ends; then it is as one that was started anew."""
        self._is_away = True
        try:
            yield
        finally:
            self._is_away = False
            self._started_at = wallclock.unix()

    def _repeat(
        self, seconds: float, step: Callable[[], Coroutine[Any, Any, None]], missed: Callable[[int], None]
    ) -> None:
        async def unless_away() -> None:
            if not self._is_away:
                await step()

        task = asyncio.create_task(_at_fixed_rate(seconds, unless_away, missed))
        self._stack.push_async_callback(_end, task)

    def _repeat_group(self, group: Group) -> None:
        async def step() -> None:
            group.evaluate(self._store, wallclock.unix())

        def missed(times: int) -> None:
            group.missed += times

        self._repeat(group.interval_seconds, step, missed)

    async def _scrape(self, session: aiohttp.ClientSession) -> None:
        at = wallclock.unix()
        batch, up = {}, 0.0
        with suppress(aiohttp.ClientError, TimeoutError, ValueError):  # told by `up`, as a Prometheus tells it
            batch, up = await self._read(session), 1.0
        read = dict.fromkeys(("scrape_samples_scraped", "scrape_samples_post_metric_relabeling"), float(len(batch)))
        told = {labels_of(name, self._target): value for name, value in {"up": up, **read}.items()}
        self._store.write("trader", at, {**batch, **told})
        self._store.write("prometheus", at, self._about_itself())

    async def _read(self, session: aiohttp.ClientSession) -> dict[Labels, float]:
        headers = {"Accept": "text/plain;version=0.0.4"}
        async with session.get(f"{self._target_url}/metrics", headers=headers) as answer:
            answer.raise_for_status()
            text = await answer.text()
        return {
            labels_of(sample.name, {**sample.labels, **self._target}): float(sample.value)
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }

    def _about_itself(self) -> dict[Labels, float]:
        itself = {"job": "prometheus", "instance": urlsplit(self.url).netloc}
        about = {
            labels_of("up", itself): 1.0,
            labels_of("process_start_time_seconds", itself): self._started_at,
        }
        for group in self._groups:
            labels = {**itself, "rule_group": group.label}
            about[labels_of("prometheus_rule_evaluation_failures_total", labels)] = group.failures
            about[labels_of("prometheus_rule_group_iterations_missed_total", labels)] = group.missed
            about[labels_of("prometheus_rule_group_iterations_total", labels)] = group.iterations
        return about


async def _at_fixed_rate(
    seconds: float, step: Callable[[], Coroutine[Any, Any, None]], missed: Callable[[int], None]
) -> None:
    loop = asyncio.get_running_loop()
    due = loop.time()
    while True:
        await step()
        overrun = int((loop.time() - due) // seconds)
        missed(overrun)
        due += (overrun + 1) * seconds
        await asyncio.sleep(due - loop.time())


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
