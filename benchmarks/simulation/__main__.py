"""`./run benchmarks.simulation`: CPU time and memory of whole seeds, in as many workers as `make simulate` has.

CPU time grows with what else the machine does: a loop that always does the same is timed beside every seed, and its
shortest time says what a seed takes on an undisturbed core.
"""

import gc
import multiprocessing
import os
import statistics
import time
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks.simulation.seed import MeasuredSeed, measured
from simulation.run import FIRST_SEED

console = Console()


def main(
    *,
    seeds: Annotated[int, typer.Option(min=4, help="how many")] = 40,
    first: Annotated[int, typer.Option(help="the first of them")] = FIRST_SEED,
    workers: Annotated[int, typer.Option(min=1, help="interpreters at once")] = os.cpu_count() or 1,
) -> None:
    """Measure and print the table."""
    os.environ["PYTHONHASHSEED"] = "0"  # as `./run simulation`, which its workers inherit
    with multiprocessing.get_context("spawn").Pool(workers, gc.disable) as pool:
        pool.map(measured, range(first, first + workers), chunksize=1)  # loads what later ones find loaded
        began = time.perf_counter()
        numbers = range(first, first + seeds)
        results = list(track(pool.imap_unordered(measured, numbers), "seeds", total=seeds, console=console))
        wall = time.perf_counter() - began
    console.print(_table(results, wall, workers))


def _table(measured: list[MeasuredSeed], wall: float, workers: int) -> Table:
    shortest = min(min(each.loops) for each in measured)
    slowed = [statistics.median(each.loops) / shortest for each in measured]
    undisturbed = [each.cpu / factor for each, factor in zip(measured, slowed, strict=True)]
    half = len(measured) // 2
    table = Table("what", "value", title=f"{len(measured)} seeds in {workers} workers", title_justify="left")
    table.columns[1].justify = "right"
    for what, value in (
        ("CPU s a seed, mean", f"{statistics.mean(each.cpu for each in measured):.2f}"),
        ("CPU s a seed, least and most", _least_and_most([each.cpu for each in measured])),
        ("slowed down by the machine's other work, median", f"{statistics.median(slowed):.2f} x"),
        ("CPU s a seed on an undisturbed core, mean", f"{statistics.mean(undisturbed):.2f}"),
        ("seeds a minute, all workers", f"{60 * len(measured) / wall:.0f}"),
        ("peak MiB a worker after half of the seeds", f"{max(each.peak_mib for each in measured[:half]):.0f}"),
        ("peak MiB a worker after all", f"{max(each.peak_mib for each in measured):.0f}"),
    ):
        table.add_row(what, value)
    return table


def _least_and_most(values: list[float]) -> str:
    return f"{min(values):.2f} to {max(values):.2f}"


if __name__ == "__main__":
    typer.run(main)
