"""The options with which the emulator starts."""

import argparse
import math
import os
from collections.abc import Sequence
from pathlib import Path

from emulator.program import PROGRAM
from emulator.replication.lag import DEFAULT_LAG
from emulator.settings import (
    DEFAULT_CATCH_UP_SECONDS,
    DEFAULT_RECOVERY_DELAY_SECONDS,
    DEFAULT_STRONG_LATENCY_SECONDS,
    time_scale,
)

_DESCRIPTION = "An AWS with two and more regions on this machine."
_MOST_LAG_SECONDS = 3600


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the options; a mistake ends the process with one clear line."""
    parser = argparse.ArgumentParser(
        prog=PROGRAM,
        description=_DESCRIPTION,
        epilog=f"`{PROGRAM} fault --help` shows how to let something go wrong in a running one, "
        f"`{PROGRAM} time-scale 10` lets its time pass faster.",
        allow_abbrev=False,
    )
    parser.add_argument("--host", default="127.0.0.1", help="loopback address of the AWS API (default: %(default)s)")
    parser.add_argument(
        "--port", type=_port, default=4566, help="port of the AWS API, 0 for a free one (default: 4566)"
    )
    parser.add_argument(
        "--data-plane-port",
        type=_port,
        default=8443,
        help="port of the regions' APIs, 0 for a free one (default: %(default)s)",
    )
    parser.add_argument(
        "--dns-port", type=_port, default=5353, help="port of the DNS server, 0 for a free one (default: %(default)s)"
    )
    parser.add_argument(
        "--control-port",
        type=_port,
        default=0,
        help="port where faults are injected and healed (default: a free one)",
    )
    parser.add_argument(
        "--time-scale",
        type=_time_scale,
        default=1.0,
        help="how many times faster than real ones intervals, TTLs, periods, schedules and lags pass (default: 1)",
    )
    parser.add_argument(
        "--replication-lag",
        type=_lag,
        default=DEFAULT_LAG.mean_seconds,
        help="mean seconds that a write takes to another region, give or take a third (default: %(default)s)",
    )
    parser.add_argument(
        "--strong-latency",
        type=_lag,
        default=DEFAULT_STRONG_LATENCY_SECONDS,
        help="real seconds that a strongly consistent read or write across regions takes at least "
        "(default: %(default)s)",
    )
    parser.add_argument(
        "--catch-up",
        type=_lag,
        default=DEFAULT_CATCH_UP_SECONDS,
        help="seconds in which a strongly consistent replica catches up after it was isolated (default: %(default)s)",
    )
    parser.add_argument(
        "--recovery-delay",
        type=_lag,
        default=DEFAULT_RECOVERY_DELAY_SECONDS,
        help="seconds by which the latest moment that a table can be restored to lies behind (default: %(default)s)",
    )
    parser.add_argument("--seed", type=int, default=0, help="repeats what is left to chance (default: %(default)s)")
    parser.add_argument(
        "--stop-with", type=_process, metavar="PID", help="stop when that process ends, however it ends"
    )
    parser.add_argument("--data-dir", type=_directory, help="where to keep files while it runs (default: the system's)")
    parser.add_argument(
        "--log-level",
        default="ERROR",
        choices=["DEBUG", "INFO", "WARNING", "ERROR"],
        help="what MiniStack logs to standard error (default: %(default)s)",
    )
    return parser.parse_args(arguments)


def _port(text: str) -> int:
    port = int(text) if text.isdecimal() else -1
    if not 0 <= port <= 65535:  # noqa: PLR2004 — the highest TCP port
        raise argparse.ArgumentTypeError(f"a port is a number from 0 to 65535, got {text}")
    return port


def _process(text: str) -> int:
    try:
        return os.pidfd_open(int(text))
    except (ValueError, OSError, OverflowError) as error:
        raise argparse.ArgumentTypeError(f"{text} is no process that runs") from error


def _time_scale(text: str) -> float:
    try:
        return time_scale(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _lag(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds <= _MOST_LAG_SECONDS:
        raise argparse.ArgumentTypeError(f"a lag is a number of seconds from 0 to {_MOST_LAG_SECONDS}, got {text}")
    return seconds


def _directory(text: str) -> Path:
    directory = Path(text).absolute()
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise argparse.ArgumentTypeError(f"{text} is no directory to write to: {error.strerror}") from error
    if not os.access(directory, os.W_OK):
        raise argparse.ArgumentTypeError(f"{text} is not writable")
    return directory
