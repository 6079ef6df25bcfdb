"""`./run benchmarks.synth`: what synth costs, beside the ordinary import, and how it grows."""

import shutil
import statistics
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from importlib import metadata
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from benchmarks.measure import CommandFailedError, Contender, Run, command_table, interleave, show
from benchmarks.synth import commands
from benchmarks.synth.plan import plan_table


class SynthSection(StrEnum):
    """What can be measured."""

    APP = "app"
    PARTS = "parts"
    CDKTF = "cdktf"
    ENVIRONMENTS = "environments"
    REGIONS = "regions"
    PLAN = "plan"


def main(
    sections: Annotated[
        list[SynthSection] | None, typer.Argument(help="what to measure; everything by default")
    ] = None,
    runs: Annotated[int, typer.Option(min=1, help="interleaved runs of each command")] = 7,
) -> None:
    """Measure and print a table a section."""
    with tempfile.TemporaryDirectory() as directory:
        tables = [
            table
            for section in sections or SynthSection
            for table in _measure(section, runs, Path(directory) / section)
        ]
    versions = {name: metadata.version(name) for name in ("cdktf", "cdktf-cdktf-provider-aws", "jsii")}
    show(*tables, versions={**versions, "node": _output("node", "--version")})


def _measure(section: SynthSection, runs: int, out: Path) -> Iterator[Table]:
    match section:
        case SynthSection.APP:
            results = interleave(commands.app(out), runs=runs)
            table = command_table("Synth", results, reference=commands.ORDINARY)
            table.caption = f"{commands.synthesized(out / commands.FAST)[1]} resources"
            yield table
        case SynthSection.PARTS:
            yield command_table(
                "Parts of the fast synth", interleave(commands.parts(out), runs=runs), reference=commands.FAST
            )
        case SynthSection.CDKTF:
            yield command_table(
                "`cdktf synth`", interleave(commands.cdktf(out), runs=runs), reference=commands.ORDINARY
            )
        case SynthSection.ENVIRONMENTS:
            yield _growth([commands.many(count, section, out) for count in (1, 5, 20)], runs, out)
        case SynthSection.REGIONS:
            yield _growth([commands.many(count, "pairs of regions", out) for count in (1, 2, 3)], runs, out)
        case SynthSection.PLAN:
            yield plan_table(out, runs=runs)


def _growth(compared: Sequence[Contender], runs: int, out: Path) -> Table:
    """Return a row a size, and what each more costs."""
    results = interleave(compared, runs=runs)
    table = Table(title=f"Growth (median of {runs} interleaved runs)")
    for heading in ("in one run", "wall", "CPU", "peak memory", "JSON"):
        table.add_column(heading, justify="right")
    medians = [_medians(results, each, commands.synthesized(out / each.name)[0]) for each in compared]
    for each, row in zip(compared, medians, strict=True):
        table.add_row(each.name, *_cells(row))
    first, last = compared[0].name.split()[0], compared[-1].name.split()[0]
    more = int(last) - int(first)
    slope = [(most - least) / more for most, least in zip(medians[-1], medians[0], strict=True)]
    table.add_section()
    table.add_row("each more", *_cells(slope))
    return table


def _medians(results: Mapping[str, Sequence[Run]], command: Contender, size: int) -> list[float]:
    taken = results[command.name]
    figures = ([each.wall for each in taken], [each.cpu for each in taken], [each.memory for each in taken])
    return [*(statistics.median(each) for each in figures), size]


def _cells(row: Sequence[float]) -> list[str]:
    wall, cpu, memory, size = row
    return [f"{wall:.2f} s", f"{cpu:.2f} s", f"{memory / 1e6:.0f} MB", f"{size / 1e3:.0f} kB"]


def _output(*command: str) -> str:
    if shutil.which(command[0]) is None:
        return "absent"
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


if __name__ == "__main__":
    try:
        typer.run(main)
    except CommandFailedError as error:
        raise SystemExit(str(error)) from None
