"""Two bots on one PostgreSQL ledger, in a session, with the sandbox's trader and workspace, and wires to listen to."""

import asyncio
import signal
import socket
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import psycopg
import yaml
from pydantic import SecretStr

from bot.adapters.clock import SystemClock
from bot.configuration.ledger_address import PostgresAddress
from bot.daybook import say
from bot.domain.notice import BotReturned
from bot.domain.session import Session
from bot.factory import open_ledger
from bot.ports import Ledger
from bot.sandbox.configuration import RULES_FILE, TRADER, Addresses, write_configuration
from bot.sandbox.narrator import key_of
from bot.sandbox.postgres import EmbeddedPostgres
from bot.sandbox.processes import SandboxProcess
from bot.sandbox.prometheus import PrometheusStandIn
from bot.sandbox.stage import bot_process, running_trader
from bot.sandbox.timetable import Timetable
from bot.sandbox.workspace import Workspace
from bot.sandbox.workspace.limits import Limits
from bot.sandbox.workspace.state import CHANNEL_ID
from tests.support.wire import Wire

CLOCK = SystemClock()
WriteConfiguration = Callable[[Path, str], Path]
SAYS = b"POST /api/chat."
_READY_WITHIN = 30.0  # seconds
_LONG = Timetable(before_first=timedelta(seconds=0), length=timedelta(hours=2))
_LIMITS = Limits(per_minute={2: 1000, 3: 1000, 4: 1000})  # a bot that starts all the time asks much

# Notes who wrote what, when, and behind which entry: what a deposed bot writes would be seen here.
_NOTE_WRITERS = """
CREATE TABLE writers (
    who text, kind text, behind bigint, at timestamptz DEFAULT clock_timestamp(), read_at timestamptz
);
CREATE FUNCTION note_writer() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO writers (who, kind, behind, read_at)
    SELECT current_setting('application_name'), coalesce(to_jsonb(NEW) ->> 'kind', 'samples'),
           (SELECT coalesce(max(seq), 0) FROM entries),
           CASE to_jsonb(NEW) ->> 'source' WHEN 'bot' THEN to_timestamp((to_jsonb(NEW) ->> 'at_us')::numeric / 1e6) END;
    RETURN NULL;
END $$;
CREATE TRIGGER entries_noted AFTER INSERT ON entries FOR EACH ROW EXECUTE FUNCTION note_writer();
CREATE TRIGGER samples_noted AFTER INSERT ON samples FOR EACH ROW EXECUTE FUNCTION note_writer();
"""


@dataclass(slots=True)
class OneBot:
    """One of the bots, with its wires to the ledger and to Slack."""

    name: str
    process: SandboxProcess
    ledger: Wire
    slack: Wire
    http: httpx.AsyncClient

    async def standing(self) -> str:
        """Return what it says of its lease, or an empty text where it does not answer."""
        try:
            parts = (await self.http.get("/readyz")).json()["parts"]
        except (httpx.HTTPError, ValueError):
            return ""
        return str(parts.get("lease", {}).get("detail", ""))

    async def stands_by(self) -> None:
        """Wait until it stands by."""
        await self._until("standby")

    async def leads(self) -> None:
        """Wait until it leads."""
        await self._until("held")

    def send(self, sign: signal.Signals) -> None:
        """Send it a signal."""
        self.running.send_signal(sign)

    @property
    def running(self) -> asyncio.subprocess.Process:
        """The process itself."""
        process = self.process._process
        assert process is not None
        return process

    async def _until(self, words: str) -> None:
        try:
            async with asyncio.timeout(_READY_WITHIN):
                while not (await self.standing()).startswith(words):  # noqa: ASYNC110 - another process
                    await asyncio.sleep(0.05)
        except TimeoutError:
            told = f"{await self.standing()!r}, not {words}. {self.process.last_words()}"
            raise AssertionError(f"bot {self.name} says {told}") from None


@dataclass(slots=True)
class TwoBots:
    """The bots and what is around them."""

    bots: tuple[OneBot, OneBot]
    workspace: Workspace
    postgres: EmbeddedPostgres
    ledger: Ledger
    ledger_url: str
    session: Session

    async def leader(self) -> tuple[OneBot, OneBot]:
        """Wait until one leads and the other stands by, and return them in this order."""
        async with asyncio.timeout(_READY_WITHIN):
            while True:
                found = [await bot.standing() for bot in self.bots]
                for one, other in ((0, 1), (1, 0)):
                    if found[one].startswith("held") and found[other] == "standby":
                        return self.bots[one], self.bots[other]
                await asyncio.sleep(0.05)

    async def queue(self, *keys: str) -> None:
        """Queue announcements, as the command line would."""
        now, day = CLOCK.now(), self.session.date
        notices = ((key, BotReturned(detail=f"Announcement {key}.")) for key in keys)
        await self.ledger.append(*(say(notice, key=key, trader=TRADER, at=now, day=day) for key, notice in notices))

    async def stop_database(self) -> None:
        """Stop the server, orders and ledger with it."""
        await asyncio.to_thread(self.postgres.__exit__, None, None, None)

    async def start_database(self) -> None:
        """Start it again."""
        await asyncio.to_thread(self.postgres.__enter__)

    def said(self) -> Counter[str]:
        """Count the messages in the channel and its threads by key."""
        everything = self.workspace.desk.log.everything(CHANNEL_ID)
        return Counter(key for message in everything if (key := key_of(message)))

    def told(self, kind: str) -> list[str]:
        """Return the texts of the messages whose key begins so."""
        everything = self.workspace.desk.log.everything(CHANNEL_ID)
        return [str(message["text"]) for message in everything if key_of(message).startswith(kind)]

    def written(self) -> list[tuple[str, str, int, datetime]]:
        """Return who wrote what behind which entry, and when, in order."""
        with psycopg.connect(self.ledger_url) as connection:
            return connection.execute("SELECT who, kind, behind, at FROM writers ORDER BY at").fetchall()

    def first_read(self, bot: str, behind: int) -> datetime | None:
        """Return when a bot itself read the first sample that it has stored behind an entry; None before that."""
        first = "SELECT min(read_at) FROM writers WHERE kind = 'samples' AND who = %s AND behind > %s"
        with psycopg.connect(self.ledger_url) as connection:
            row = connection.execute(first, (bot, behind)).fetchone()
        return row[0] if row else None


@asynccontextmanager
async def two_bots(folder: Path) -> AsyncIterator[TwoBots]:
    """Start everything; one of the bots leads, the other stands by, and the session is open."""
    async with AsyncExitStack() as stack:
        workspace = await stack.enter_async_context(Workspace(limits=_LIMITS))
        postgres = EmbeddedPostgres(folder / "postgres")
        await asyncio.to_thread(stack.enter_context, postgres)
        database = postgres.create_database("trader")
        trader = await stack.enter_async_context(running_trader(folder, database))
        prometheus = await stack.enter_async_context(
            PrometheusStandIn(trader, RULES_FILE, scrape_interval=0.25, evaluation_interval=2.0)
        )
        ledger_url = postgres.create_database("ledger")
        ledger = await open_ledger(PostgresAddress(url=SecretStr(f"{ledger_url}&application_name=test")))
        stack.push_async_callback(ledger.close)
        with psycopg.connect(ledger_url, autocommit=True) as connection:
            connection.execute(_NOTE_WRITERS)
        now = CLOCK.now()
        (session, *_) = _LONG.sessions(now, now.date())

        def write(own: Path, slack: str) -> Path:
            return write_configuration(own, Addresses(slack, trader, database, prometheus.url), [session], _LONG)

        names = (folder / "one", folder / "two")
        bots = [await stack.enter_async_context(_one_bot(own, workspace, ledger_url, write)) for own in names]
        found = TwoBots((bots[0], bots[1]), workspace, postgres, ledger, ledger_url, session)
        await found.leader()
        yield found


@asynccontextmanager
async def _one_bot(
    folder: Path, workspace: Workspace, ledger_url: str, write: WriteConfiguration
) -> AsyncIterator[OneBot]:
    """Run one bot; its folder's name is its own, also in the ledger's database."""
    folder.mkdir()  # noqa: ASYNC240 - a test has nobody to hold up
    to_socket = f"{parse_qs(urlsplit(ledger_url).query)['host'][0]}/.s.PGSQL.5432"
    slack, port = urlsplit(workspace.api_url), _free_port()
    base = f"http://127.0.0.1:{port}"
    async with (
        Wire(lambda: asyncio.open_unix_connection(to_socket)) as to_ledger,
        Wire(lambda: asyncio.open_connection("127.0.0.1", slack.port), (SAYS,), slack.netloc) as to_slack,
        httpx.AsyncClient(base_url=base, timeout=httpx.Timeout(1.0), trust_env=False) as http,
    ):
        options = f"sslmode=disable&gssencmode=disable&application_name={folder.name}"
        ledger = f"postgresql://postgres@127.0.0.1:{to_ledger.port}/ledger?{options}"
        path = write(folder, f"http://127.0.0.1:{to_slack.port}/api/")
        content: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
        content.update(ledger=ledger, http={"host": "127.0.0.1", "port": port})
        path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
        bot = OneBot(folder.name, bot_process(folder, path, workspace), to_ledger, to_slack, http)
        async with bot.process.running():
            try:
                yield bot
            finally:
                with suppress(ProcessLookupError):
                    bot.send(signal.SIGCONT)  # a stopped process takes no other signal
                to_ledger.mend()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
