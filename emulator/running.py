"""The emulator for tests and demos: a process of its own, started and stopped by a context manager."""

import contextlib
import os
import shlex
import signal
import subprocess
import sys
import tempfile
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Timer
from typing import IO, Any

from emulator.control.client import ControlClient, InjectedFault
from emulator.faults import ALL
from emulator.regions import ADDRESSES

READY = "# Ready."
"""The last line of the announcement; whoever starts the emulator waits for it."""

_START_SECONDS = 600
"""A limit for hangs: a start takes seconds, and minutes where many programs start on a slow machine."""

_STOP_SECONDS = 10
_LAST_LINES = 20

_ROOT = Path(__file__).resolve().parent.parent


class StartError(RuntimeError):
    """The emulator did not come up; the message holds what it said."""


class EndedError(RuntimeError):
    """The emulator ended by itself, with an error; the message holds the last that it said."""


class RefusedError(AssertionError):
    """IAM refused what was expected to be allowed."""


@dataclass(frozen=True)
class Emulator:
    """Where a running emulator is reached, and what to export for it."""

    environment: Mapping[str, str]
    """For Terraform, boto3 and the project's commands: `AWS_ENDPOINT_URL`, credentials, `DR_S3_USE_PATH_STYLE` …"""
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
    def dns_port(self) -> int:
        """The port of the DNS server, on 127.0.0.1."""
        return int(self.environment["EMULATOR_DNS_PORT"])

    @property
    def time_scale(self) -> float:
        """How many times faster than real time intervals pass now; `environment` has the scale of the start."""
        return float(self.status()["time_scale"])

    def set_time_scale(self, scale: float) -> None:
        """Let time pass faster or slower from now on, for what waits already as well.

        Raises:
            ValueError: It is no number from 1 to 1000.
        """
        self.control.set_time_scale(scale)

    @property
    def control(self) -> ControlClient:
        """The control interface."""
        return ControlClient(self.environment["EMULATOR_CONTROL_URL"])

    def inject(self, fault: str, /, **values: object) -> InjectedFault:
        """Let something go wrong, as the command `fault list` shows; in a `with` it is healed at the end.

        Raises:
            BadFaultError: There is no such fault, or it cannot have such values.
        """
        return self.control.inject(fault, **values)

    def heal(self, fault: str = ALL) -> None:
        """End a fault by its id, or all of them.

        Raises:
            BadFaultError: No fault has that id.
        """
        self.control.heal(fault)

    def status(self) -> dict[str, Any]:
        """Return the time scale, the faults, the parts that run and what they report."""
        return self.control.status()

    def client(self, service: str, region: str) -> Any:  # noqa: ANN401 — boto3 makes its classes up
        """Return a boto3 client of the account's root."""
        import boto3  # here: the emulator itself, which imports this module too, starts without

        session: Any = boto3.Session(
            aws_access_key_id=self.environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=self.environment["AWS_SECRET_ACCESS_KEY"],
            region_name=region,
        )
        return session.client(service, endpoint_url=self.endpoint_url)

    @contextlib.contextmanager
    def nothing_refused(self) -> Iterator[None]:
        """Make sure that IAM refuses nobody anything while the block runs, functions in the background included.

        Raises:
            RefusedError: It did; the message names who was refused what.
        """
        before = self._refusals()
        yield
        fresh = [refused for refused, count in self._refusals().items() if count > before.get(refused, 0)]
        if fresh:
            raise RefusedError("; ".join(f"{who} was refused {action} on {what}" for who, action, what in fresh))

    def _refusals(self) -> dict[tuple[str, str, str], int]:
        noted = self.status()["refusals"]
        return {(each["principal"], each["action"], each["resource"]): each["count"] for each in noted}

    @property
    def addresses(self) -> Mapping[str, str]:
        """The address of each region's data plane."""
        return ADDRESSES


@contextlib.contextmanager
def running(
    *,
    port: int = 0,
    control_port: int = 0,
    time_scale: float = 1.0,
    replication_lag: float | None = None,
    strong_latency: float | None = None,
    catch_up: float | None = None,
    recovery_delay: float | None = None,
    start_seconds: float = _START_SECONDS,
) -> Iterator[Emulator]:
    """Run an emulator until the block ends, on free ports but for those given.

    The replication's lag is a mean in emulated seconds; 0 lets writes arrive at once. The strong latency is in real
    seconds, the time to catch up in emulated ones, both of tables with multi-Region strong consistency. The recovery
    delay is in emulated seconds, by which the latest restorable moment lies behind. A start that hangs is given up
    after `start_seconds`.

    Raises:
        StartError: It did not start, or not in time.
        EndedError: It has ended with an error meanwhile; an exception of the block's gets a note of it instead.
    """
    options = {
        "--port": port,
        "--data-plane-port": 0,
        "--dns-port": 0,
        "--control-port": control_port,
        "--time-scale": time_scale,
        "--replication-lag": replication_lag,
        "--strong-latency": strong_latency,
        "--catch-up": catch_up,
        "--recovery-delay": recovery_delay,
        "--stop-with": os.getpid(),  # a test run that is killed leaves no emulator behind
    }
    chosen = [text for name, value in options.items() if value is not None for text in (name, str(value))]
    command = [sys.executable, "-X", "faulthandler", "-m", "emulator", *chosen]
    with tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(  # noqa: S603 — this project's own command
            command,
            cwd=_ROOT,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            errors="replace",
            start_new_session=True,  # Ctrl-C reaches the test run first, which then stops the emulator
        )
        try:
            yield _started(process, errors, start_seconds)
        except BaseException as error:
            ended = _stop(process, errors)
            if ended and not isinstance(error, StartError):
                error.add_note(ended)
            raise
        if ended := _stop(process, errors):
            raise EndedError(ended)


def _started(process: subprocess.Popen[str], errors: IO[str], start_seconds: float) -> Emulator:
    environment = _announced(process, start_seconds)
    if environment is None:
        status = process.wait(_STOP_SECONDS)
        errors.seek(0)
        said = errors.read().strip() or f"it said nothing, and ended with status {status}"
        late = f" within {start_seconds:g} s" if status == -signal.SIGABRT else ""
        raise StartError(f"the emulator did not start{late}: {said}")
    return Emulator(environment, process.pid)


def _announced(process: subprocess.Popen[str], start_seconds: float) -> dict[str, str] | None:
    """Read the exports up to the ready line; None when the process ends before, or is ended because it is late.

    `SIGABRT` lets Python's fault handler print where each thread was.
    """
    if process.stdout is None:
        return None
    too_late = Timer(start_seconds, process.send_signal, [signal.SIGABRT])
    too_late.start()
    environment: dict[str, str] = {}
    try:
        for line in process.stdout:
            words = shlex.split(line, comments=True)
            if words[:1] == ["export"]:
                name, _, value = words[1].partition("=")
                environment[name] = value
            if line.strip() == READY:
                return environment
    finally:
        too_late.cancel()
    return None


def _stop(process: subprocess.Popen[str], errors: IO[str]) -> str | None:
    """Stop the emulator; return how it has ended by itself, or was about to, if that was with an error."""
    process.send_signal(signal.SIGTERM)
    try:
        status = process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return None
    finally:
        if process.stdout is not None:
            process.stdout.close()
    if status == 0:
        return None
    errors.seek(0)
    return f"the emulator ended with status {status}: {''.join(deque(errors, _LAST_LINES)).strip()}"
