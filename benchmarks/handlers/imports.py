"""`./run benchmarks.handlers.imports`: what plain boto3 and the payment function import before they answer."""

import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table

from benchmarks.handlers.candidates import FLOOR, Candidate, candidates
from benchmarks.handlers.world import BenchmarkWorld, prepared
from contract.environment import Function

_PARTS = ("boto3", "s3transfer", "botocore", "urllib3", "aws_lambda_powertools", "contract", "handlers")
_SHOWN = (FLOOR, Function.PAYMENT_API)


def main() -> None:
    """Print modules and milliseconds by package; a module's own time, without what it imports in turn."""
    table = Table(title="Imports until the handler is ready: modules, and ms of their own", title_justify="left")
    table.add_column("package")
    for name in _SHOWN:
        table.add_column(name, justify="right")
    with tempfile.TemporaryDirectory() as directory, prepared(Path(directory)) as world:
        profiles = [list(_imports(world, each)) for each in candidates(world) if each.name in _SHOWN]
    for part in (*_PARTS, "everything else", "all"):
        chosen = [[each for each in profile if _belongs(each[0], part)] for profile in profiles]
        table.add_row(part, *(f"{len(each)}, {sum(ms for _, ms in each):.0f} ms" for each in chosen))
    Console().print(table)


def _imports(world: BenchmarkWorld, candidate: Candidate) -> Iterator[tuple[str, float]]:
    """Yield each module with its own import time in milliseconds, as `python -X importtime` tells."""
    command = [each.format(answers=2) for each in candidate.command]
    interpreter, *arguments = command
    ended = subprocess.run(
        [interpreter, "-X", "importtime", *arguments],
        env=world.environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )
    for line in ended.stderr.splitlines():
        match line.removeprefix("import time:").split("|"):
            case [own, _, module] if own.strip().isdecimal():
                yield module.strip(), int(own) / 1000
            case _:
                pass  # a header, or what the program itself prints


def _belongs(module: str, part: str) -> bool:
    package = module.partition(".")[0]
    return part == "all" or (package not in _PARTS if part == "everything else" else package == part)


if __name__ == "__main__":
    typer.run(main)
