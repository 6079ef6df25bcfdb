"""`./run benchmarks.handlers`: cold starts, warm and paced calls of every function beside a plain handler.

Each round starts every candidate once, one after the other, so that noise meets all alike; warm calls are made in turns
of fifty. Paced calls are payments at a steady rate, beside plain boto3 alone. Reading or writing the control table
takes 15 ms at least. Everything runs on this machine's CPUs against the emulator: the ratios are what carries over, not
the times.
"""

import statistics
import sys
import tempfile
from contextlib import ExitStack
from operator import attrgetter
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks.handlers.candidates import FLOOR, Candidate, candidates
from benchmarks.handlers.paced import pace, paced_table
from benchmarks.handlers.process import Call, HandlerProcess
from benchmarks.handlers.world import prepared
from contract.environment import Function

_TURN = 50
_RATES = (1.0, 45.0)
"""Payments a second: few, and half of what `benchmarks.emulator` shows one client of the whole API to sustain."""

console = Console()


def main(
    *,
    rounds: Annotated[int, typer.Option(min=1, help="cold starts of each")] = 15,
    turns: Annotated[int, typer.Option(min=1, help=f"turns of {_TURN} warm calls of each")] = 10,
    seconds: Annotated[float, typer.Option(min=10, help="how long payments are paced at each rate")] = 120,
    paced_only: Annotated[bool, typer.Option("--paced-only", help="measure nothing else")] = False,
) -> None:
    """Measure and print the tables."""
    with tempfile.TemporaryDirectory() as directory, prepared(Path(directory)) as world:
        measured = list(candidates(world))
        for each in measured:  # the first start of all reads files that no later one has to
            with HandlerProcess(each, world.environment) as process:
                process.call()
        if not paced_only:
            console.print(_cold_table(_cold(measured, world.environment, rounds)))
            console.print(_warm_table(_warm(measured, world.environment, turns)))
        payments = [each for each in measured if each.name in (FLOOR, Function.PAYMENT_API)]
        paced = {
            rate: pace(payments, world.environment, rate=rate, seconds=seconds, console=console) for rate in _RATES
        }
        console.print(paced_table(paced))
        console.print(f"The functions' zip has {world.zip_bytes / 1e6:.2f} MB. Python {sys.version.split()[0]}.")


def _cold(measured: list[Candidate], environment: dict[str, str], rounds: int) -> dict[str, list[Call]]:
    cold: dict[str, list[Call]] = {each.name: [] for each in measured}
    for _ in track(range(rounds), "cold starts", console=console):
        for each in measured:
            with HandlerProcess(each, environment) as process:
                cold[each.name].append(process.call())
    return cold


def _warm(measured: list[Candidate], environment: dict[str, str], turns: int) -> dict[str, list[Call]]:
    calls: dict[str, list[Call]] = {each.name: [] for each in measured}
    with ExitStack() as running:
        processes = {each.name: running.enter_context(HandlerProcess(each, environment)) for each in measured}
        for process in processes.values():
            for _ in range(_TURN):
                process.call()
        for _ in track(range(turns), "warm calls", console=console):
            for name, process in processes.items():
                calls[name] += [process.call() for _ in range(_TURN)]
    return calls


def _cold_table(cold: dict[str, list[Call]]) -> Table:
    table = Table(title="Cold: from the process's start to its first answer (emulator)", title_justify="left")
    for column in ("handler", "ms", "least ms", "CPU ms", "peak MB", "of boto3's ms", "of its CPU"):
        table.add_column(column, justify="left" if column == "handler" else "right")
    floor = next(iter(cold.values()))
    for name, calls in cold.items():
        table.add_row(
            name,
            f"{_median(calls, 'since_start') * 1000:.0f}",
            f"{min(call.since_start for call in calls) * 1000:.0f}",
            f"{_median(calls, 'total_cpu') * 1000:.0f}",
            f"{_median(calls, 'peak_mb'):.0f}",
            f"{_paired(calls, floor, 'since_start'):.2f}",
            f"{_paired(calls, floor, 'total_cpu'):.2f}",
        )
    return table


def _warm_table(warm: dict[str, list[Call]]) -> Table:
    table = Table(title="Warm: one call (emulator)", title_justify="left")
    for column in ("handler", "ms", "p99 ms", "CPU ms", "of boto3's ms", "of its CPU"):
        table.add_column(column, justify="left" if column == "handler" else "right")
    floor = next(iter(warm.values()))
    for name, calls in warm.items():
        table.add_row(
            name,
            f"{_median(calls, 'wall') * 1000:.1f}",
            f"{statistics.quantiles((call.wall for call in calls), n=100)[98] * 1000:.1f}",
            f"{_median(calls, 'cpu') * 1000:.1f}",
            f"{_median(calls, 'wall') / _median(floor, 'wall'):.2f}",
            f"{_median(calls, 'cpu') / _median(floor, 'cpu'):.2f}",
        )
    return table


def _paired(calls: list[Call], floor: list[Call], what: str) -> float:
    """Return the median of the ratios of what ran in the same round."""
    value = attrgetter(what)
    return statistics.median(float(value(a) / value(b)) for a, b in zip(calls, floor, strict=True))


def _median(calls: list[Call], what: str) -> float:
    return statistics.median(float(each) for each in map(attrgetter(what), calls))


if __name__ == "__main__":
    typer.run(main)
