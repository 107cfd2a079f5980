"""What a network can do to a call and a loopback server cannot be told to do: the trader's client says it in words."""

from collections.abc import AsyncIterator

import httpx
import pytest
import respx

from bot.adapters.trader import HttpTrader
from bot.domain.metrics import Metrics
from bot.errors import TraderUnreachable

URL = "http://trader.test:8000"
FAULTS = [
    httpx.ConnectTimeout("no route"),
    httpx.ReadTimeout("silence"),
    httpx.WriteTimeout("a full pipe"),
    httpx.PoolTimeout("no connection free"),
    httpx.ConnectError("Name or service not known"),
    httpx.ReadError("Connection reset by peer"),
    httpx.WriteError("Broken pipe"),
    httpx.RemoteProtocolError("Server disconnected without sending a response."),
]


@pytest.fixture
async def trader() -> AsyncIterator[HttpTrader]:
    """A trader behind a transport that the test scripts."""
    async with httpx.AsyncClient(trust_env=False) as client:
        yield HttpTrader(URL, headers={}, roles=Metrics().roles(), guard=None, client=client)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: type(fault).__name__)
async def test_every_fault_of_the_transport_is_unreachable_in_words(trader: HttpTrader, fault: Exception) -> None:
    """No fault of the network leaves the client as anything but TraderUnreachable, with the address in its text."""
    with respx.mock:
        respx.get(f"{URL}/metrics").mock(side_effect=fault)
        respx.post(f"{URL}/flatten").mock(side_effect=fault)
        with pytest.raises(TraderUnreachable, match=r"trader\.test:8000/metrics"):
            await trader.scrape()
        with pytest.raises(TraderUnreachable, match=r"trader\.test:8000/flatten"):
            await trader.flatten("paper_burnin")


async def test_a_flatten_is_asked_for_once_whatever_the_network_does(trader: HttpTrader) -> None:
    """A request whose answer was lost is not sent again behind the measuring's back."""
    with respx.mock:
        route = respx.post(f"{URL}/flatten").mock(side_effect=httpx.ReadError("reset"))
        with pytest.raises(TraderUnreachable):
            await trader.flatten("paper_burnin")
    assert route.call_count == 1
