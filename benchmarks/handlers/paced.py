"""Payments at a steady rate: what a payment costs while knowledge of the writer has to be read beside it.

In a tight loop thousands of payments share one read of the control table; at one payment a second each has its own.
"""

import statistics
import time
from contextlib import ExitStack

from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks.handlers.candidates import FLOOR, Candidate
from benchmarks.handlers.process import Call, HandlerProcess

MEDIAN_BUDGET, P99_BUDGET = 1.15, 1.3
"""What a payment may take, as a multiple of plain boto3's put."""

_WARM_UP = 20


def pace(
    measured: list[Candidate], environment: dict[str, str], *, rate: float, seconds: float, console: Console
) -> dict[str, list[Call]]:
    """Return the calls of each candidate, which take turns evenly, each at `rate` calls a second."""
    calls: dict[str, list[Call]] = {each.name: [] for each in measured}
    with ExitStack() as running:
        processes = {each.name: running.enter_context(HandlerProcess(each, environment)) for each in measured}
        for process in processes.values():
            for _ in range(_WARM_UP):
                process.call()
        due = time.monotonic()
        for _ in track(range(int(seconds * rate)), f"{rate:g} a second", console=console):
            for name, process in processes.items():
                due += 1 / rate / len(processes)
                time.sleep(max(0.0, due - time.monotonic()))
                calls[name].append(process.call())
    return calls


def paced_table(measured: dict[float, dict[str, list[Call]]]) -> Table:
    """Return the table of what was measured, by rate."""
    title = f"Paced: one payment (emulator; at most {MEDIAN_BUDGET:g} and {P99_BUDGET:g} x boto3's)"
    table = Table(title=title, title_justify="left")
    for column in ("handler", "a second", "calls", "ms", "p99 ms", "CPU ms", "of boto3's", "of its p99"):
        table.add_column(column, justify="left" if column == "handler" else "right")
    for rate, calls in measured.items():
        floor = calls[FLOOR]
        for name, made in calls.items():
            table.add_row(
                name,
                f"{rate:g}",
                str(len(made)),
                f"{_median(made) * 1000:.2f}",
                f"{_p99(made) * 1000:.1f}",
                f"{statistics.median(call.cpu for call in made) * 1000:.2f}",
                f"{_median(made) / _median(floor):.2f}",
                f"{_p99(made) / _p99(floor):.2f}",
            )
    return table


def _median(calls: list[Call]) -> float:
    return statistics.median(call.wall for call in calls)


def _p99(calls: list[Call]) -> float:
    return statistics.quantiles((call.wall for call in calls), n=100)[98]
