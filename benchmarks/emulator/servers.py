"""Plain MiniStack and the emulator, each in a process of its own, with the same settings."""

import contextlib
import http.client
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.processes import Processes
from emulator import Emulator, running
from emulator.configuration import ministack_environment

PLAIN, EMULATOR = "plain MiniStack", "the emulator"

_START_SECONDS = 60
_STOP_SECONDS = 15


@dataclass(frozen=True)
class Server:
    """A running server of the AWS API."""

    name: str
    port: int
    pid: int
    start_seconds: float  # from the process's start to the first answer
    emulator: Emulator | None = None

    @property
    def endpoint_url(self) -> str:
        """The AWS API of all regions."""
        return f"http://127.0.0.1:{self.port}"

    def cpu(self, *, workers: bool = True) -> float:
        """Return the seconds of CPU that it has used, with its functions' workers that live, or without."""
        return sum(each.cpu for each in Processes().below(self.pid) if workers or each.pid == self.pid)

    def memory(self, *, workers: bool = False) -> int:
        """Return the bytes it holds, those of its functions' workers included or not."""
        tree = Processes().below(self.pid)
        return sum(each.memory() for each in tree if workers or each.pid == self.pid)

    def settle(self) -> None:
        """Wait until what was written has arrived in all regions; plain MiniStack copies within the request."""
        while self.emulator and _under_way(self.emulator):
            time.sleep(0.2)


def _under_way(emulator: Emulator) -> bool:
    links = emulator.status()["replication"].values()
    return any(kind["pending"] for link in links for kind in link.values())


@contextlib.contextmanager
def emulated() -> Iterator[Server]:
    """Run the emulator."""
    started = time.perf_counter()
    with running() as emulator:
        port = int(emulator.endpoint_url.rpartition(":")[2])
        yield Server(EMULATOR, port, emulator.process_id, time.perf_counter() - started, emulator)


@contextlib.contextmanager
def plain(directory: Path) -> Iterator[Server]:
    """Run MiniStack with what the emulator sets, and nothing of the emulator.

    Raises:
        TimeoutError: It did not answer within a minute.
    """
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings = ministack_environment(directory, f"http://127.0.0.1:{port}", "ERROR")
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-c", "from ministack.app import main; main()"],
        env={**settings, "BIND_HOST": "127.0.0.1"},
        cwd=directory,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for_answer(port)
        yield Server(PLAIN, port, process.pid, time.perf_counter() - started)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for_answer(port: int) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError, http.client.HTTPException):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/_ministack/health")
            connection.getresponse().read()
            return
        time.sleep(0.02)
    raise TimeoutError("MiniStack did not answer within a minute")
