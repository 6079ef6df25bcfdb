"""Runs commands side by side and compares them: wall time, CPU and peak memory of the whole process tree.

Two commands that run one after the other meet different machines: neighbours, caches, frequency. So runs are
interleaved (A B A B …), each round gives one ratio, and the median of the ratios is what is quoted; the spread says how
far to trust it.
"""

import os
import platform
import statistics
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.processes import Processes


@dataclass(frozen=True, kw_only=True)
class Contender:
    """One side of a comparison."""

    name: str
    arguments: Sequence[str]
    directory: Path
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Run:
    """What one run of a command took."""

    wall: float  # seconds
    cpu: float  # seconds of the process and of all its descendants
    memory: float  # bytes at the peak, of the whole tree; pages that processes share count once
    processes: Mapping[str, int] = field(default_factory=dict)  # most at once, by name


class CommandFailedError(Exception):
    """A command that was to be measured failed; the text ends in what it printed."""


def run(command: Contender, *, interval: float = 0.05) -> Run:
    """Run a command once; the tree's memory is looked at every `interval` seconds.

    Raises:
        CommandFailedError: It exited with another status than 0.
    """
    started = time.perf_counter()
    process = subprocess.Popen(
        list(command.arguments),
        cwd=command.directory,
        env={**os.environ, **command.environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    watch = _Watch(process.pid, interval)
    with watch:
        output = process.stdout.read() if process.stdout else ""
        _, status, usage = os.wait4(process.pid, 0)  # the usage includes every descendant that was waited for
        wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise CommandFailedError(f"{command.name}: exit status {process.returncode}: {output[-2000:]}")
    return Run(wall, usage.ru_utime + usage.ru_stime, watch.memory, watch.processes)


def interleave(commands: Sequence[Contender], *, runs: int, warm_up: int = 1) -> dict[str, list[Run]]:
    """Run the commands in turn, `runs` times each after the warm-up, every other round in reverse order."""
    results: dict[str, list[Run]] = {command.name: [] for command in commands}
    for number in range(-warm_up, runs):
        for command in commands if number % 2 == 0 else reversed(commands):
            result = run(command)
            if number >= 0:
                results[command.name].append(result)
    return results


@dataclass(frozen=True)
class Ratio:
    """How one side compares with the other, round by round."""

    median: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.median:.2f} ({self.low:.2f} to {self.high:.2f})"


def ratio(values: Sequence[float], references: Sequence[float]) -> Ratio:
    """Compare two series, round by round.

    Raises:
        ValueError: They are empty, or of different lengths.
    """
    if not values or len(values) != len(references):
        raise ValueError(
            f"`values` and `references` must be of the same length and not empty, got {len(values)}, {len(references)}"
        )
    ratios = [value / reference for value, reference in zip(values, references, strict=True)]
    return Ratio(statistics.median(ratios), min(ratios), max(ratios))


def command_table(title: str, results: Mapping[str, Sequence[Run]], *, reference: str) -> Table:
    """Return a table of medians, and of ratios to the reference with their lowest and highest."""
    runs = len(results[reference])
    table = Table(title=f"{title} (median of {runs} interleaved runs; ratios to “{reference}”, lowest to highest)")
    table.add_column("")
    for heading in ("wall", "ratio", "CPU", "ratio", "peak memory", "ratio"):
        table.add_column(heading, justify="right")
    for name, taken in results.items():
        cells = []
        for figure, unit in ((_wall, "s"), (_cpu, "s"), (_memory, "MB")):
            values = [figure(each) for each in taken]
            cells.append(f"{statistics.median(values):.{0 if unit == 'MB' else 2}f} {unit}")
            references = [figure(each) for each in results[reference]]
            cells.append("1" if name == reference else str(ratio(values, references)))
        table.add_row(name, *cells)
    return table


def _wall(each: Run) -> float:
    return each.wall


def _cpu(each: Run) -> float:
    return each.cpu


def _memory(each: Run) -> float:
    return each.memory / 1e6


def show(*tables: Table, versions: Mapping[str, str]) -> None:
    """Print tables, and below them the machine and the versions that they hold for."""
    console = Console(width=None if Console().is_terminal else 140)
    for table in tables:
        console.print(table)
    about = {
        "cores": str(os.cpu_count()),
        "machine": platform.machine(),
        "Python": platform.python_version(),
        **versions,
    }
    console.print(", ".join(f"{name} {value}" for name, value in about.items()))


class _Watch:
    """Follows a process tree in a thread of its own while the process runs."""

    def __init__(self, pid: int, interval: float) -> None:
        self.memory = 0.0
        self.processes: dict[str, int] = {}
        self._tree = Processes()
        self._pid = pid
        self._interval = interval
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._follow, daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _follow(self) -> None:
        while True:
            tree = self._tree.below(self._pid)
            self.memory = max(self.memory, sum(each.memory() for each in tree))
            names = [each.name for each in tree]
            for name in set(names):
                self.processes[name] = max(self.processes.get(name, 0), names.count(name))
            if self._ended.wait(self._interval):
                return
