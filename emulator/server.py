"""Runs the emulator under hypercorn on sockets that are bound already, until it is told to stop."""

import asyncio
import gc
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
from emulator.patching import check_replacements, check_seams, check_versions
from emulator.route53.dns_server import DnsSockets
from emulator.settings import EmulatorSettings

_GRACE_SECONDS = 5
"""How long requests in flight may take once the emulator is told to stop."""

_GARBAGE_THRESHOLDS = (10_000, 20, 20)
"""Python's own are 700, 10 and 10: a request allocates hundreds of objects, few of which are in cycles, and what is
stored is looked through again and again."""


class _Configuration(Config):
    """Hypercorn with the AWS API's socket; the other listeners are parts of the emulator."""

    def __init__(self, listeners: Listeners) -> None:
        super().__init__()
        self._listeners = listeners
        self.loglevel = "WARNING"
        # Longer than clients keep an idle connection (Go: 90 s): a server that closes first may close on a request,
        # whose sender then cannot know whether it was served. No longer, because hypercorn notices only then that a
        # client has closed.
        self.keep_alive_timeout = 120
        self.keep_alive_max_requests = 1_000_000_000
        self.graceful_timeout = 1

    def create_sockets(self) -> Sockets:
        return Sockets([], [self._listeners.api], [])


def serve(
    listeners: Listeners,
    dns: DnsSockets,
    certificates: Certificates,
    *,
    settings: EmulatorSettings,
    directory: Path,
    stop_with: int | None,
    ready: Callable[[], None],
) -> int:
    """Serve until SIGINT or SIGTERM, then end the workers; the directory is the caller's to remove.

    Args:
        listeners: The bound sockets.
        dns: The DNS server's.
        certificates: Who the data plane is.
        settings: How the emulator behaves.
        directory: Where files may be kept.
        stop_with: The file descriptor of a process with which to stop as well.
        ready: Called once everything serves.

    Returns:
        The exit status: 1 when a part of the emulator failed, which ends it as well.

    Raises:
        SeamError: MiniStack is not the one that the emulator was written for.
    """
    # MiniStack reads its settings while it is imported: not before the environment is ready.
    check_versions()
    check_seams()
    from emulator import single_write
    from emulator.assembly import assemble
    from emulator.functions import workers

    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    single_write.install()
    status = 0

    def leave_at_once() -> None:
        logging.disable(logging.CRITICAL)
        workers.stop()
        shutil.rmtree(directory, ignore_errors=True)
        os._exit(status)

    async def run() -> None:
        stopping = asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(_report_unless_client_fault)

        def stop() -> None:
            stopping.set()
            # Python ≥ 3.12 waits for clients that keep their connection, and threads wait for functions: not for ever.
            loop.call_later(_GRACE_SECONDS, leave_at_once)

        def fail() -> None:
            nonlocal status
            status = 1
            stop()

        for each in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(each, stop)
        if stop_with is not None:

            def stop_once() -> None:
                loop.remove_reader(stop_with)
                stop()

            loop.add_reader(stop_with, stop_once)
        configuration = _Configuration(listeners)
        gateway: Any = assemble(
            settings=settings,
            listeners=listeners,
            dns=dns,
            certificates=certificates,
            configuration=configuration,
            directory=directory,
            ready=ready,
            failed=fail,
        )
        check_replacements()
        gc.freeze()  # what is there by now stays
        gc.set_threshold(*_GARBAGE_THRESHOLDS)
        await hypercorn_serve(gateway, configuration, shutdown_trigger=stopping.wait)
        # What MiniStack's threads still try to do without workers is of no interest any more.
        logging.disable(logging.CRITICAL)
        await asyncio.to_thread(workers.stop)

    try:
        asyncio.run(run())
    finally:
        workers.stop()
    return status


def _report_unless_client_fault(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """A client that breaks off is no fault of the emulator's, nor is a connection that ends with the emulator."""
    if not isinstance(context.get("exception"), ssl.SSLError | ConnectionError | asyncio.CancelledError):
        loop.default_exception_handler(context)
