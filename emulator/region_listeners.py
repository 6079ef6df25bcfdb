"""The regions' data plane listeners, which faults close: really closed, or open with nobody who answers."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Callable, Mapping
from typing import Any, Final

from hypercorn.app_wrappers import ASGIWrapper
from hypercorn.asyncio.tcp_server import TCPServer
from hypercorn.asyncio.worker_context import WorkerContext
from hypercorn.config import Config

from emulator.faults import Mode

GRACE_SECONDS: Final = 1
"""How long connections may take once the doors close for good."""


class Doors:
    """Listeners by name, all serving one ASGI application with hypercorn's connections.

    A door is `up`; or it `refuse`s: the socket listens no more, so that connecting fails; or it `hang`s: the kernel
    still completes connections into the backlog, and nobody takes them from there. Its port stays the emulator's own.
    """

    def __init__(
        self,
        name: str,
        listeners: Mapping[str, socket.socket],
        *,
        application: Any,  # noqa: ANN401 — any ASGI application
        configuration: Config,
        tls: ssl.SSLContext | None = None,
        mode_of: Callable[[str], Mode] = lambda _: "up",
    ) -> None:
        self.name = name
        self._listeners = listeners
        self._application: Any = ASGIWrapper(application)
        self._configuration = configuration
        self._tls = tls
        self._mode_of = mode_of
        self._applying = asyncio.Lock()
        self._servers: dict[str, asyncio.Server] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._context = WorkerContext(None)

    async def run(self) -> None:
        """Open every door, and close them all when cancelled."""
        try:
            await self.apply()
            await asyncio.get_running_loop().create_future()  # until it is cancelled
        finally:
            await self._close()

    async def apply(self) -> None:
        """Bring every door into its mode."""
        async with self._applying:
            for name, listener in self._listeners.items():
                mode = self._mode_of(name)
                if mode == "up":
                    if name not in self._servers:
                        self._servers[name] = await self._open(listener)
                    continue
                server = self._servers.pop(name, None)
                if server is not None:
                    server.close()
                if mode == "hang":
                    listener.listen()
                elif listener.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
                    # Linux: it listens no more, and stays bound. One that is shut down twice would, once it listens
                    # again, hand out connections that are shut down as well.
                    with contextlib.suppress(OSError):
                        listener.shutdown(socket.SHUT_RD)

    async def _open(self, listener: socket.socket) -> asyncio.Server:
        # The server closes what it listens on; the original keeps the port.
        tls: Any = {"ssl": self._tls, "ssl_handshake_timeout": self._configuration.ssl_handshake_timeout}
        return await asyncio.start_server(
            self._serve, sock=listener.dup(), backlog=self._configuration.backlog, **(tls if self._tls else {})
        )

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        loop = asyncio.get_running_loop()
        await TCPServer(self._application, loop, self._configuration, self._context, {}, reader, writer)

    async def _close(self) -> None:
        await self._context.terminated.set()  # idle connections end
        for server in self._servers.values():
            server.close()
        if self._tasks:
            _, unfinished = await asyncio.wait(self._tasks, timeout=GRACE_SECONDS)
            for task in unfinished:
                task.cancel()
