"""Every open connection, so that a fault can break one: hypercorn gives an application no way to do it.

Those that are idle for too long end as in hypercorn, which starts and cancels two tasks for that with every request.
"""

import asyncio
import contextlib
import socket
import struct
import time
from asyncio import StreamWriter
from collections.abc import Awaitable, Callable, Mapping

from hypercorn.asyncio.tcp_server import TCPServer
from hypercorn.events import Updated

from emulator.faults import Mode
from emulator.patching import Theirs, wrap

Address = tuple[str, int]

_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Connections:
    """The connections of hypercorn's servers by their two ends."""

    def __init__(self) -> None:
        self._writers: dict[tuple[Address, Address], StreamWriter] = {}
        self._hanging: set[str] = set()

    def install(self) -> None:
        """Notice every connection from now on."""
        wrap(TCPServer, "run", self._noticed)
        wrap(TCPServer, "_read_data", _ends_with_its_client)
        wrap(TCPServer, "protocol_send", noting_when_idle)
        wrap(TCPServer, "_idle_timeout", ends_when_idle)

    def report(self) -> dict[str, int]:
        """Return how many there are."""
        return {"open": len(self._writers)}

    def reset(self, client: Address, server: Address) -> None:
        """Break one connection without an answer: the client sees it reset."""
        writer = self._writers.get((client, server))
        if writer is not None:
            _reset(writer)

    def apply(self, modes: Mapping[str, Mode]) -> None:
        """Break what is open to addresses that refuse now, or that return: after hanging, they remember nobody."""
        for host, mode in modes.items():
            if mode == "refuse" or (mode == "up" and host in self._hanging):
                self.reset_all(host)
        self._hanging = {host for host, mode in modes.items() if mode == "hang"}

    def reset_all(self, server_host: str) -> None:
        """Break every connection to an address of this machine."""
        for (_, server), writer in list(self._writers.items()):
            if server[0] == server_host:
                _reset(writer)

    def _noticed(self, original: Callable[[Theirs], Awaitable[None]]) -> Callable[[Theirs], Awaitable[None]]:
        async def run(connection: Theirs) -> None:
            writer: StreamWriter = connection.writer
            ends = (writer.get_extra_info("peername"), writer.get_extra_info("sockname"))
            self._writers[ends] = writer
            try:
                await original(connection)
            finally:
                self._writers.pop(ends, None)

        return run


def noting_when_idle(original: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    """Note since when a connection is idle; None while it is not."""

    async def send(connection: Theirs, event: Theirs) -> None:
        if isinstance(event, Updated):
            connection.emulator_idle_since = time.monotonic() if event.idle else None
        else:
            await original(connection, event)

    return send


def ends_when_idle(_original: Callable[[Theirs], Awaitable[None]]) -> Callable[[Theirs], Awaitable[None]]:
    """End a connection that has been idle for as long as it may be, or is so when the server ends."""

    async def wait(connection: Theirs) -> None:
        most, terminated, began = connection.config.keep_alive_timeout, connection.context.terminated, time.monotonic()
        while not terminated.is_set():
            since = getattr(connection, "emulator_idle_since", began)
            left = most if since is None else since + most - time.monotonic()
            if left <= 0:
                break
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await terminated.wait()
        if getattr(connection, "emulator_idle_since", began) is not None:  # one that is not ends with its request
            await asyncio.shield(connection._initiate_server_close())  # noqa: SLF001

    return wait


def _ends_with_its_client(original: Callable[[Theirs], Awaitable[None]]) -> Callable[[Theirs], Awaitable[None]]:
    """Forget a connection once its client has closed it: hypercorn keeps it, TLS and all, as long as an idle one."""

    async def read(connection: Theirs) -> None:
        await original(connection)
        await connection.idle_task.stop()

    return read


def _reset(writer: StreamWriter) -> None:
    try:
        connection = writer.get_extra_info("socket")
    except AttributeError:  # a TLS transport that was closed twice has forgotten its connection
        return
    if connection is not None:  # else it is closed already
        with contextlib.suppress(OSError):  # the client was faster
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        writer.transport.abort()
