"""The emulator for tests and demos: a process of its own, started and stopped by a context manager."""

import contextlib
import os
import shlex
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Timer

from emulator.regions import ADDRESSES

READY = "# Ready."
"""The last line of the announcement; whoever starts the emulator waits for it."""

_START_SECONDS = 60
_STOP_SECONDS = 10

_ROOT = Path(__file__).resolve().parent.parent


class StartError(RuntimeError):
    """The emulator did not come up; the message holds what it said."""


@dataclass(frozen=True)
class Emulator:
    """Where a running emulator is reached, and what to export for it."""

    environment: Mapping[str, str]
    """For Terraform, boto3 and the project's commands: `AWS_ENDPOINT_URL`, credentials, `DR_AWS_ENDPOINT_URL` …"""
    process_id: int

    @property
    def endpoint_url(self) -> str:
        """The AWS API of all regions."""
        return self.environment["AWS_ENDPOINT_URL"]

    @property
    def ca_file(self) -> str:
        """The certificate authority that data plane clients trust."""
        return self.environment["EMULATOR_CA_FILE"]

    @property
    def data_plane_port(self) -> int:
        """The port of every region's data plane."""
        return int(self.environment["EMULATOR_DATA_PLANE_PORT"])

    @property
    def addresses(self) -> Mapping[str, str]:
        """The address of each region's data plane."""
        return ADDRESSES


@contextlib.contextmanager
def running(*, port: int = 0, data_plane_port: int = 0, log_level: str = "ERROR") -> Iterator[Emulator]:
    """Run an emulator, on free ports unless told otherwise, until the block ends.

    Raises:
        StartError: It did not start, or not in time.
    """
    command = [sys.executable, "-m", "emulator", "--port", str(port), "--data-plane-port", str(data_plane_port)]
    with tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(  # noqa: S603 — this project's own command
            [*command, "--log-level", log_level],
            cwd=_ROOT,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            stderr=errors if log_level == "ERROR" else None,
            text=True,
            start_new_session=True,  # Ctrl-C reaches the test run first, which then stops the emulator
        )
        try:
            environment = _announced(process)
            if environment is None:
                process.wait(_STOP_SECONDS)
                errors.seek(0)
                raise StartError(f"the emulator did not start: {errors.read().strip() or 'it said nothing'}")
            yield Emulator(environment, process.pid)
        finally:
            _stop(process)


def _announced(process: subprocess.Popen[str]) -> dict[str, str] | None:
    """Read the exports up to the ready line; None when the process ends before."""
    if process.stdout is None:
        return None
    too_late = Timer(_START_SECONDS, process.kill)
    too_late.start()
    environment: dict[str, str] = {}
    try:
        for line in process.stdout:
            match shlex.split(line, comments=True):
                case ["export", assignment]:
                    name, _, value = assignment.partition("=")
                    environment[name] = value
            if line.strip() == READY:
                return environment
    finally:
        too_late.cancel()
    return None


def _stop(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    finally:
        if process.stdout is not None:
            process.stdout.close()
