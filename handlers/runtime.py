"""What the entry points share: their environment, read when first needed, the clock, and work beside an invocation."""

import _thread
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple, Protocol

from contract.environment import Variable


class Context(Protocol):
    """What the functions use of Lambda's context object."""

    aws_request_id: str
    function_version: str
    """Which version of the function runs."""

    def get_remaining_time_in_millis(self) -> int:
        """Return for how many milliseconds the function may still run."""


class EnvironmentVariableError(RuntimeError):
    """An environment variable that the function needs is missing or empty, or has a value it cannot have."""


@dataclass(frozen=True)
class Clock:
    """The time; tests bring their own."""

    monotonic: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep

    def now(self) -> "Moment":
        """Return the present moment by both clocks."""
        return Moment(self.monotonic(), self.wall())

    def timestamp(self) -> str:
        """Return the wall clock's time as ISO 8601 in UTC with milliseconds."""
        return timestamp(self.wall())


class Moment(NamedTuple):
    """A moment by both clocks: Lambda freezes functions, and a monotonic clock may stand still meanwhile."""

    monotonic: float
    wall: float

    def is_within(self, seconds: float, now: "Moment") -> bool:
        """Return whether both clocks say that at most so many seconds have passed, and neither went back."""
        return 0 <= now.monotonic - self.monotonic <= seconds and 0 <= now.wall - self.wall <= seconds

    def seconds_until(self, now: "Moment") -> float:
        """Return the seconds that have passed by the slower clock; 0 if one went back."""
        return max(0.0, min(now.monotonic - self.monotonic, now.wall - self.wall))


Background = Callable[[Callable[[], None]], None]
"""Runs something beside the work; a simulation brings its own."""

_BEFORE_BACKGROUND_SECONDS = 0.002


def in_background(work: Callable[[], None]) -> None:
    """Run `work` in a thread of its own a moment later, when the caller has most likely answered.

    `threading.Thread.start` would wait until the thread runs, which every payment's answer would pay for.
    """

    def run() -> None:
        time.sleep(_BEFORE_BACKGROUND_SECONDS)
        work()

    _thread.start_new_thread(run, ())


def timestamp(seconds: float) -> str:
    """Return seconds since the epoch as ISO 8601 in UTC with milliseconds, `2026-01-31T12:00:00.000Z`."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def variable(name: Variable) -> str:
    """Read an environment variable.

    Raises:
        EnvironmentVariableError: It is missing or empty.
    """
    value = os.environ.get(name, "")
    if not value:
        raise EnvironmentVariableError(f"environment variable {name} is not set")
    return value


def flag(name: Variable) -> bool:
    """Read an environment variable that is "true" or "false".

    Raises:
        EnvironmentVariableError: It is missing or anything else.
    """
    value = variable(name)
    if value not in {"true", "false"}:
        raise EnvironmentVariableError(f'environment variable {name} must be "true" or "false"')
    return value == "true"


def peer_of(region: str) -> str:
    """Return the other one of the two regions.

    Raises:
        EnvironmentVariableError: `region` is neither of them.
    """
    primary, standby = variable(Variable.PRIMARY_REGION), variable(Variable.STANDBY_REGION)
    if region not in {primary, standby}:
        raise EnvironmentVariableError(
            f"{Variable.REGION} is {region}, which is neither {Variable.PRIMARY_REGION} nor {Variable.STANDBY_REGION}"
        )
    return standby if region == primary else primary


def prepare(build: Callable[[], object]) -> None:
    """Build an entry point's context while Lambda initialises it, where it has a full CPU; anywhere else do nothing.

    It may read what the first request needs: the read has a connection to make, and a request has no time for one.
    Health checkers give an answer 2 s, cold start included (FACTS 2.1).
    """
    if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
        build()
