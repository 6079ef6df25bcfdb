"""Runs the gateway under hypercorn on sockets that are bound already, until it is told to stop."""

import asyncio
import logging
import os
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
        self.keep_alive_timeout = 75
        self.graceful_timeout = 1
        self.certfile = self.keyfile = "issued"  # only says that there is TLS

    def create_sockets(self) -> Sockets:
        return Sockets(list(self._listeners.data_plane), [self._listeners.api], [])

    def create_ssl_context(self) -> ssl.SSLContext:
        return self._certificates.server_context()


def serve(listeners: Listeners, certificates: Certificates, *, directory: Path, ready: Callable[[], None]) -> None:
    """Serve until SIGINT or SIGTERM, then end the workers and remove the directory."""
    # MiniStack reads its settings while it is imported: not before the environment is ready.
    from emulator import workers
    from emulator.gateway import Gateway

    gateway = Gateway(
        directory=directory,
        ca_file=certificates.ca_file,
        data_plane_port=listeners.data_plane_port,
        ready=ready,
    )

    def clean_up() -> None:
        workers.stop()
        shutil.rmtree(directory, ignore_errors=True)

    async def run() -> None:
        stopping = asyncio.Event()
        loop = asyncio.get_running_loop()

        def stop() -> None:
            stopping.set()
            # Python ≥ 3.12 waits for clients that keep their connection, and threads wait for functions: not for ever.
            loop.call_later(_GRACE_SECONDS, _leave_at_once, clean_up)

        for each in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(each, stop)
        application: Any = gateway
        await hypercorn_serve(application, _Configuration(listeners, certificates), shutdown_trigger=stopping.wait)
        await asyncio.to_thread(workers.stop)

    try:
        asyncio.run(run())
    finally:
        # What MiniStack's threads still try to do is of no interest any more.
        logging.disable(logging.CRITICAL)
        clean_up()


def _leave_at_once(clean_up: Callable[[], None]) -> None:
    clean_up()
    os._exit(0)
