"""The trader client against real HTTP over loopback, odd answers included."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import httpx
import pytest

from bot.adapters.paper_guard import PaperGuard
from bot.adapters.timeouts import Timeouts
from bot.adapters.trader import HttpTrader
from bot.domain.metrics import Metrics
from bot.errors import BadAnswer, BurninError, ConfigurationError, TraderUnreachable
from tests.support.http_server import HttpServer, Received, answer, answer_json, http_server

LEADER = "# TYPE trader_is_leader gauge\ntrader_is_leader 1\n"
TIMEOUTS = Timeouts(scrape=timedelta(seconds=1), status=timedelta(seconds=1), positions=timedelta(seconds=1))
SHORT = Timeouts(scrape=timedelta(milliseconds=100), flatten=timedelta(milliseconds=100))
GUARD = PaperGuard()
Build = Callable[..., HttpTrader]


@pytest.fixture
async def server() -> AsyncIterator[HttpServer]:
    """A server that knows no path yet."""
    async with http_server() as running:
        yield running


@pytest.fixture
async def trader(server: HttpServer) -> AsyncIterator[Build]:
    """Build traders that talk to the server."""
    async with httpx.AsyncClient(trust_env=False) as client:

        def build(url: str = "", guard: PaperGuard | None = GUARD, timeouts: Timeouts = TIMEOUTS) -> HttpTrader:
            return HttpTrader(
                url or server.url,
                headers={"Authorization": "Bearer t0ken"},
                roles=Metrics().roles(),
                guard=guard,
                client=client,
                timeouts=timeouts,
            )

        yield build


async def test_scrape_reads_the_roles(server: HttpServer, trader: Build) -> None:
    """A scrape asks for the text format with the configured headers and returns readings."""
    server.replies["/metrics"] = answer(LEADER)
    assert (await trader().scrape())["leader"].only == 1.0
    assert server.received[0].headers["authorization"] == "Bearer t0ken"
    assert "openmetrics" not in server.received[0].headers["accept"]


@pytest.mark.parametrize("path", ["/desk/one", "/desk/one/"])
async def test_base_url_may_have_a_path(server: HttpServer, trader: Build, path: str) -> None:
    """Endpoints are found below the base URL, with a slash at its end or without."""
    server.replies["/desk/one/positions"] = answer_json({"count": 0})
    assert await trader(server.url + path).positions() == 0


async def test_five_megabytes_of_metrics_are_read(server: HttpServer, trader: Build) -> None:
    """A large exposition is read like a small one."""
    server.replies["/metrics"] = answer("".join(f'other{{n="{n:060}"}} 1\n' for n in range(72_000)) + LEADER)
    assert (await trader(timeouts=Timeouts()).scrape())["leader"].only == 1.0


async def test_oversized_metrics_are_refused(server: HttpServer, trader: Build) -> None:
    """More than 16 MiB is not read to its end."""
    server.replies["/metrics"] = answer(b"# x\n" * (4 * 2**20 + 1))
    with pytest.raises(BadAnswer, match="more than 16 MiB"):
        await trader(timeouts=Timeouts(scrape=timedelta(seconds=20))).scrape()


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (answer("boom\ntrace", status=500), "/metrics answered 500 (boom); look into the log"),
        (answer("", status=404), "/metrics answered 404; check that the url"),
        (answer("", status=302, headers="Location: http://elsewhere/\r\n"), "redirects to http://elsewhere/"),
        (answer("<html>", content_type="text/html"), "HTML came instead of metrics"),
        (answer(b"\xff\xfe\n"), "not UTF-8"),
        (answer(LEADER).replace(b"Content-Length: 4", b"Content-Length: 9"), "was cut off after"),
        (answer(LEADER + "trader_scan_ticks_total 12"), "cut off in the line 'trader_scan_ticks_total 12'"),
        (answer(b"\x1f\x8b nonsense", headers="Content-Encoding: gzip\r\n"), "was cut off"),
    ],
)
async def test_unusable_answers_are_one_sentence(server: HttpServer, trader: Build, reply: bytes, words: str) -> None:
    """Whatever is wrong with an answer, the error says it in one line, with the url."""
    server.replies["/metrics"] = reply
    with pytest.raises(BadAnswer) as refused:
        await trader().scrape()
    assert words in str(refused.value)
    assert server.url in str(refused.value)
    assert "\n" not in str(refused.value)


async def test_a_closed_port_is_unreachable(trader: Build) -> None:
    """Nobody listening is said as such, and the password of the url is not."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://user:s3cret@127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(TraderUnreachable, match="cannot be connected to") as refused:
            await trader(url).scrape()
    assert "s3cret" not in str(refused.value)


async def test_an_answer_cut_before_it_begins_is_unreachable(server: HttpServer, trader: Build) -> None:
    """A connection that closes without a word is no answer."""
    server.replies["/metrics"] = b""
    with pytest.raises(TraderUnreachable, match="did not answer"):
        await trader().scrape()


async def test_a_slow_answer_is_given_up(server: HttpServer, trader: Build) -> None:
    """The whole call is limited, not each of its parts."""
    released = asyncio.Event()

    async def late(_: Received) -> bytes:
        await released.wait()
        return answer(LEADER)

    server.replies["/metrics"] = late
    with pytest.raises(TraderUnreachable, match="did not answer within 100 ms"):
        await trader(timeouts=SHORT).scrape()
    released.set()


@pytest.mark.parametrize("url", ["localhost:8000", "http://localhost:port"])
def test_what_is_no_url_is_a_configuration_error(trader: Build, url: str) -> None:
    """A url that cannot be asked is refused at once."""
    with pytest.raises(ConfigurationError, match="http://host:port"):
        trader(url)


@pytest.mark.parametrize(
    ("said", "count"),
    [({"count": 2}, 2), ([], 0), ([{}, {}], 2), ({"positions": [{}]}, 1), ({"count": 0, "positions": []}, 0)],
)
async def test_positions_have_several_shapes(server: HttpServer, trader: Build, said: object, count: int) -> None:
    """A count, a list and a list in an object are all understood."""
    server.replies["/positions"] = answer_json(said)
    assert await trader().positions() == count


@pytest.mark.parametrize("said", [{}, {"count": "2"}, {"count": True}, {"count": -1}, {"count": None}, 3, "x", None])
async def test_other_positions_are_refused(server: HttpServer, trader: Build, said: object) -> None:
    """What says no count is a bad answer, never zero positions."""
    server.replies["/positions"] = answer_json(said)
    with pytest.raises(BadAnswer, match="not a count and not a list"):
        await trader().positions()


@pytest.mark.parametrize("body", ["<html>", '{"count": ', "[" * 100_000])
async def test_positions_must_be_json(server: HttpServer, trader: Build, body: str) -> None:
    """HTML, cut-off and absurdly nested text is a bad answer."""
    server.replies["/positions"] = answer(body)
    with pytest.raises(BadAnswer, match="instead of JSON"):
        await trader().positions()


async def test_flatten_posts_its_reason(server: HttpServer, trader: Build) -> None:
    """The reason is sent as JSON, and the answer is handed back."""
    server.replies["/flatten"] = answer_json({"accepted": True})
    flattened = await trader().flatten("paper_burnin")
    assert (flattened.status, json.loads(flattened.text)) == (200, {"accepted": True})
    assert server.received[0].method == "POST"
    assert server.received[0].headers["content-type"] == "application/json"
    assert json.loads(server.received[0].body) == {"reason": "paper_burnin"}


async def test_an_error_from_flatten_is_an_answer(server: HttpServer, trader: Build) -> None:
    """A refused flatten is reported with its status, so that positions are polled all the same."""
    server.replies["/flatten"] = answer("no", status=500)
    assert (await trader().flatten("x")).status == 500


async def test_not_ready_is_an_answer(server: HttpServer, trader: Build) -> None:
    """A 503 with a JSON object is an answer: not ready, whatever its words; its status is added unless it names one."""
    server.replies["/ready"] = answer_json({"ready": False}, status=503)
    assert await trader().ready() == {"ready": False, "status": 503}
    server.replies["/ready"] = answer_json({"status": "warming"}, status=503)
    assert await trader().ready() == {"status": "warming", "ready": False}


@pytest.mark.parametrize(
    "reply", [answer("down", status=503), answer_json({}, status=500), answer("ok"), answer_json([])]
)
async def test_ready_must_be_an_object(server: HttpServer, trader: Build, reply: bytes) -> None:
    """Anything but a JSON object is a bad answer."""
    server.replies["/ready"] = reply
    with pytest.raises(BadAnswer):
        await trader().ready()


async def test_supervisor_answers_an_object(server: HttpServer, trader: Build) -> None:
    """The supervisor's object is handed on; a NaN in it, which is no JSON, becomes text."""
    server.replies["/debug/supervisor/status"] = answer('{"lag": NaN}')
    assert await trader().supervisor() == {"lag": "NaN"}


async def test_paper_mode_asks_the_configured_endpoint(server: HttpServer, trader: Build) -> None:
    """The guard's own endpoint decides."""
    server.replies["/mode"] = answer_json({"broker": {"paper": True}})
    mode = await trader(guard=PaperGuard(endpoint="/mode", field="broker.paper", equals=True)).paper_mode()
    assert mode.paper


@pytest.mark.parametrize("reply", [answer("<html>"), answer("x", status=500), answer_json(["paper"])])
async def test_unreadable_mode_is_not_paper(server: HttpServer, trader: Build, reply: bytes) -> None:
    """The guard fails closed."""
    server.replies["/ready"] = reply
    mode = await trader().paper_mode()
    assert not mode.paper
    assert mode.words


async def test_switched_off_guard_asks_nothing(server: HttpServer, trader: Build) -> None:
    """Without a guard the trader is not asked, and the words say that the guard is off."""
    mode = await trader(guard=None).paper_mode()
    assert mode.paper
    assert mode.words == "the paper guard is switched off in the configuration"
    assert server.received == []


Call = Callable[[HttpTrader], Awaitable[object]]


@pytest.mark.parametrize(
    "call",
    [
        lambda one: one.scrape(),
        lambda one: one.ready(),
        lambda one: one.supervisor(),
        lambda one: one.positions(),
        lambda one: one.paper_mode(),
        lambda one: one.flatten("x"),
    ],
)
async def test_every_call_says_when_the_trader_is_down(trader: Build, call: Call) -> None:
    """No call lets a library's own error out."""
    with pytest.raises(BurninError):
        await call(trader("http://127.0.0.1:1"))
