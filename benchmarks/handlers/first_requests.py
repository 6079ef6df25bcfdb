"""`./run benchmarks.handlers.first_requests`: what the first payment of a cold payment function is answered.

With the writer read while the function initialises, and without. As in the second after a failover, several functions
start at once on few CPUs. The emulator's endpoints have no TLS: on AWS a first connection takes longer.
"""

import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks.handlers.candidates import Candidate, cold_payment_functions
from benchmarks.handlers.process import HandlerProcess
from benchmarks.handlers.world import prepared

console = Console()


def main(
    *,
    rounds: Annotated[int, typer.Option(min=1, help="rounds of starts")] = 10,
    at_once: Annotated[int, typer.Option(min=1, help="functions that start at once")] = 6,
) -> None:
    """Measure and print how often each status was the first answer."""
    with tempfile.TemporaryDirectory() as directory, prepared(Path(directory)) as world:
        contenders = list(cold_payment_functions(world))
        answers: dict[str, Counter[int]] = {each.name: Counter() for each in contenders}
        waits: dict[str, list[float]] = {each.name: [] for each in contenders}
        with ThreadPoolExecutor(at_once) as starters:
            for _ in track(range(rounds), "first requests", console=console):
                for each in contenders:
                    for status, seconds in starters.map(_first, [(each, world.environment)] * at_once):
                        answers[each.name][status] += 1
                        waits[each.name].append(seconds)
    console.print(_table(answers, waits))


def _first(start: tuple[Candidate, dict[str, str]]) -> tuple[int, float]:
    candidate, environment = start
    with HandlerProcess(candidate, environment) as process:
        return process.first_answer()


def _table(answers: dict[str, Counter[int]], waits: dict[str, list[float]]) -> Table:
    statuses = sorted({status for counted in answers.values() for status in counted})
    table = Table(
        "payment function", *map(str, statuses), "ms, median", "ms, longest", title="First requests (emulator)"
    )
    for name, counted in answers.items():
        ordered = sorted(waits[name])
        shown = (f"{1000 * ordered[len(ordered) // 2]:.0f}", f"{1000 * ordered[-1]:.0f}")
        table.add_row(name, *(str(counted[status]) for status in statuses), *shown)
    return table


if __name__ == "__main__":
    typer.run(main)
