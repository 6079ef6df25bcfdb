"""WebSockets that are open when their region goes down: nothing gets through any more, and they do not survive it."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from ministack import app

from emulator.apigateway.data_plane import serving
from emulator.connections import Address, Connections
from emulator.faults import ActiveFaults, Mode
from emulator.outage import RequestFaults
from tests.unit.emulator.time_machine import TimeMachine

OHIO = "us-east-2"
CLIENT, SERVER = ("127.0.0.1", 50_000), ("127.0.1.2", 443)


class Recorded(Connections):
    """Connections that only note what is reset."""

    def __init__(self) -> None:
        super().__init__()
        self.was_reset: list[tuple[Address, Address]] = []

    def reset(self, client: Address, server: Address) -> None:
        self.was_reset.append((client, server))


class Echo:
    """A WebSocket API that says everything again, and a client of it in us-east-2."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.faults, self.connections = ActiveFaults(), Recorded()
        self.outage = RequestFaults(faults=self.faults, clock=TimeMachine(), connections=self.connections)
        self.heard: list[str] = []
        self.taken: list[str] = []
        self._said: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        monkeypatch.setattr(app, "app", self._echo)

    async def _echo(self, _: Any, receive: Callable[..., Any], send: Callable[..., Any]) -> None:
        while (message := await receive())["type"] == "websocket.receive":
            self.taken.append(message["text"])
            await send({"type": "websocket.send", "text": message["text"]})

    async def _send(self, message: dict[str, Any]) -> None:
        self.heard.append(message["text"])

    async def say(self, text: str) -> None:
        """Say something, and let everybody do what they do about it."""
        await self._said.put({"type": "websocket.receive", "text": text})
        await self.settle()

    async def settle(self) -> None:
        self.outage.apply()
        for _ in range(20):
            await asyncio.sleep(0)

    def run(self, story: Callable[[], Any]) -> None:
        """Let a story happen while the WebSocket is open, then close it."""

        async def tell() -> None:
            serving.set(OHIO)
            scope = {"type": "websocket", "client": CLIENT, "server": SERVER}
            open_socket = asyncio.create_task(self.outage.serve(scope, self._said.get, self._send))
            await self.settle()
            await story()
            await self._said.put({"type": "websocket.disconnect"})
            await asyncio.wait_for(open_socket, 1)

        asyncio.run(tell())


@pytest.fixture
def echo(monkeypatch: pytest.MonkeyPatch) -> Echo:
    return Echo(monkeypatch)


def test_while_the_region_runs_it_is_served(echo: Echo) -> None:
    async def story() -> None:
        await echo.say("one")
        echo.faults.inject("region-down", region="us-east-1")
        await echo.say("two")

    echo.run(story)
    assert (echo.heard, echo.connections.was_reset) == (["one", "two"], [])


def test_where_it_hangs_nothing_gets_through_until_it_is_cut(echo: Echo) -> None:
    async def story() -> None:
        await echo.say("one")
        fault = echo.faults.inject("region-down", region=OHIO, mode="hang")
        await echo.say("two")
        await echo.say("three")
        assert not echo.connections.was_reset
        echo.faults.heal(fault.id)
        await echo.settle()

    echo.run(story)
    assert (echo.taken, echo.heard) == (["one"], ["one"])
    assert echo.connections.was_reset == [(CLIENT, SERVER)]


def test_where_it_refuses_it_is_cut_at_once(echo: Echo) -> None:
    async def story() -> None:
        echo.faults.inject("region-down", region=OHIO)
        await echo.settle()
        assert echo.connections.was_reset == [(CLIENT, SERVER)]

    echo.run(story)


class Counted(Connections):
    """Connections that only note which address's are broken."""

    def __init__(self) -> None:
        super().__init__()
        self.broken: list[str] = []

    def reset_all(self, server_host: str) -> None:
        self.broken.append(server_host)


@pytest.mark.parametrize(
    ("modes", "broken"),
    [
        (["up", "up"], [0, 0]),
        (["refuse", "up", "up"], [1, 1, 1]),
        (["hang", "hang", "up", "up"], [0, 0, 1, 1]),
        (["hang", "refuse", "up"], [0, 1, 1]),
    ],
)
def test_idle_connections_break_at_once_or_when_the_region_returns(modes: list[Mode], broken: list[int]) -> None:
    connections, seen = Counted(), []
    for mode in modes:
        connections.apply({"127.0.1.1": "up", "127.0.1.2": mode})
        seen.append(len(connections.broken))
    assert seen == broken
    assert set(connections.broken) <= {"127.0.1.2"}
