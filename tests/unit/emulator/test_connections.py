"""Connections that nobody uses end, and those in use do not."""

import asyncio
from types import SimpleNamespace

import pytest
from hypercorn.events import Closed, Event, Updated

from emulator.connections import ends_when_idle, noting_when_idle


class Connection(SimpleNamespace):
    """As much of hypercorn's connection as is used."""

    def __init__(self, keep_alive_timeout: float = 3600) -> None:
        super().__init__(
            config=SimpleNamespace(keep_alive_timeout=keep_alive_timeout),
            context=SimpleNamespace(terminated=asyncio.Event()),
        )
        self.closed = asyncio.Event()
        self.sent: list[Event] = []

    async def _initiate_server_close(self) -> None:
        self.closed.set()


async def send(connection: Connection, event: Event) -> None:
    """Send an event to the client."""

    async def original(_: Connection, event: Event) -> None:
        connection.sent.append(event)

    await noting_when_idle(original)(connection, event)


async def wait(connection: Connection) -> None:
    """Wait as the server does for a connection's end by idleness."""
    await ends_when_idle(wait)(connection)


def test_what_is_no_update_is_sent() -> None:
    connection = Connection()
    asyncio.run(send(connection, Closed()))
    assert connection.sent == [Closed()]


def test_a_connection_that_is_never_used_ends() -> None:
    connection = Connection(keep_alive_timeout=0.01)
    asyncio.run(wait(connection))
    assert connection.closed.is_set()


def test_a_connection_ends_once_it_is_idle_again() -> None:
    async def scenario() -> None:
        connection = Connection(keep_alive_timeout=0.01)
        await send(connection, Updated(idle=False))
        waiting = asyncio.ensure_future(wait(connection))
        await asyncio.sleep(0.05)
        assert not connection.closed.is_set()
        await send(connection, Updated(idle=True))
        await waiting
        assert connection.closed.is_set()
        assert connection.sent == []

    asyncio.run(scenario())


@pytest.mark.parametrize("idle", [True, False])
def test_only_idle_connections_end_with_the_server(*, idle: bool) -> None:
    async def scenario() -> None:
        connection = Connection()
        await send(connection, Updated(idle=idle))
        waiting = asyncio.ensure_future(wait(connection))
        await asyncio.sleep(0)
        connection.context.terminated.set()
        await waiting
        assert connection.closed.is_set() is idle

    asyncio.run(scenario())
