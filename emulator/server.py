"""Runs the gateway under hypercorn on sockets that are bound already, until it is told to stop."""

import asyncio
import logging
import os
import resource
import shutil
import signal
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypercorn.asyncio import serve as hypercorn_serve
from hypercorn.config import Config, Sockets

from emulator.certificates import Certificates
from emulator.listeners import Listeners

_GRACE_SECONDS = 5
"""How long requests in flight may take once the emulator is told to stop."""


class _Configuration(Config):
    """Hypercorn with sockets and TLS of the emulator's own."""

    def __init__(self, listeners: Listeners, certificates: Certificates) -> None:
        super().__init__()
        self._listeners = listeners
        self._certificates = certificates
        self.loglevel = "WARNING"
        # Longer than clients keep an idle connection (Go: 90 s): a server that closes first may close on a request,
        # whose sender then cannot know whether it was served. No longer, because hypercorn notices only then that a
        # client has closed.
        self.keep_alive_timeout = 120
        self.keep_alive_max_requests = 1_000_000_000
        self.graceful_timeout = 1
        self.certfile = self.keyfile = "issued"  # only says that there is TLS

    def create_sockets(self) -> Sockets:
        return Sockets(list(self._listeners.data_plane), [self._listeners.api], [])

    def create_ssl_context(self) -> ssl.SSLContext:
        return self._certificates.server_context()


def serve(listeners: Listeners, certificates: Certificates, *, directory: Path, ready: Callable[[], None]) -> None:
    """Serve until SIGINT or SIGTERM, then end the workers; the directory is the caller's to remove."""
    # MiniStack reads its settings while it is imported: not before the environment is ready.
    from emulator import single_write, workers
    from emulator.gateway import Gateway

    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    single_write.install()
    gateway: Any = Gateway(
        directory=directory,
        ca_file=certificates.ca_file,
        data_plane_port=listeners.data_plane_port,
        ready=ready,
    )

    def leave_at_once() -> None:
        workers.stop()
        shutil.rmtree(directory, ignore_errors=True)
        os._exit(0)

    async def run() -> None:
        stopping = asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(_report_unless_client_fault)

        def stop() -> None:
            stopping.set()
            # Python ≥ 3.12 waits for clients that keep their connection, and threads wait for functions: not for ever.
            loop.call_later(_GRACE_SECONDS, leave_at_once)

        for each in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(each, stop)
        await hypercorn_serve(gateway, _Configuration(listeners, certificates), shutdown_trigger=stopping.wait)
        # What MiniStack's threads still try to do without workers is of no interest any more.
        logging.disable(logging.CRITICAL)
        await asyncio.to_thread(workers.stop)

    try:
        asyncio.run(run())
    finally:
        workers.stop()


def _report_unless_client_fault(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """A client that breaks off is no fault of the emulator's, nor is a connection that ends with the emulator."""
    if not isinstance(context.get("exception"), ssl.SSLError | ConnectionError | asyncio.CancelledError):
        loop.default_exception_handler(context)
