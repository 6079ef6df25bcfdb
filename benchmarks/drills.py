"""`./run benchmarks.drills [scenario …]`: what drills measure in real time, as a table in Markdown.

Each scenario has an emulator and a deployment of its own, some at once: they wait most of the time. Their folders of
evidence, from which the table is made, and what they printed stay in `evidence/`. Emulator results.
"""

import argparse
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from pathlib import Path

from rich.box import MARKDOWN
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from operations.drills.scenario import load, shipped
from operations.drills.verdict import NOT_MEASURED, seconds
from operations.errors import OperationError
from operations.evidence import folder
from operations.evidence.folder import Evidence

_ROOT = Path(__file__).resolve().parents[1]

PASSED = "passed"
_WIDTH = 200
"""Rows in Markdown must not be broken, whatever the terminal's width."""

console = Console(highlight=False)


class NoEvidenceError(Exception):
    """A drill left no folder; the text says where its messages are."""


def main() -> int:
    """Run the drills and print the table; return 1 if one has not passed."""
    parser = _parser()
    options = parser.parse_args()
    try:
        scenarios = {load(given).name: given for given in options.scenarios or sorted(shipped())}
    except OperationError as error:
        parser.error(str(error))
    if options.at_once < 1:
        parser.error(f"--at-once must be at least 1, got {options.at_once}")
    directory = options.evidence.resolve() / f"{time.strftime('%Y%m%dT%H%M%S', time.gmtime())}-all"
    try:
        drilled = _drilled(scenarios, directory, at_once=options.at_once)
    except KeyboardInterrupt:
        console.print("benchmarks.drills: interrupted; the emulators and everything in them are gone")
        return 130
    Console(width=_WIDTH, highlight=False).print(table(drilled))
    return int([_verdict(each) for each in drilled] != [PASSED] * len(scenarios))


def _drilled(scenarios: Mapping[str, str], directory: Path, *, at_once: int) -> list[Evidence]:
    """Run drills, some at once, and return what they left; Ctrl-C, which they hear as well, begins no other."""
    found: dict[str, Evidence] = {}
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress, ThreadPoolExecutor(at_once) as pool, ExitStack() as left:
        left.callback(pool.shutdown, wait=False, cancel_futures=True)
        task = progress.add_task("drills", total=len(scenarios))
        running = {pool.submit(_drill, given, directory / name): name for name, given in scenarios.items()}
        for ended in as_completed(running):
            name = running[ended]
            try:
                found[name] = ended.result()
                result = _verdict(found[name])
            except (NoEvidenceError, OperationError) as error:
                result = str(error)
            progress.console.print(f"{name}: {result}", markup=False, soft_wrap=True)
            progress.advance(task)
    return [found[name] for name in scenarios if name in found]


def _drill(scenario: str, directory: Path) -> Evidence:
    """Run one drill from nothing, and read what it left."""
    directory.mkdir(parents=True)
    messages = directory / "messages.txt"
    command = [sys.executable, "-m", "sandbox.drill", scenario, "--evidence", str(directory)]
    with messages.open("wb") as output:
        subprocess.run(command, cwd=_ROOT, stdin=subprocess.DEVNULL, stdout=output, stderr=output, check=False)
    left = [path for path in directory.iterdir() if path.is_dir()]
    if not left:
        raise NoEvidenceError(f"it did not begin, see {messages}")
    return folder.read(left[0])


def table(drilled: Sequence[Evidence]) -> Table:
    """Return what was measured, a row a drill; budgets in parentheses."""
    headings = (
        *("RTO (budget)", "no region open", "RPO (budget)"),
        *("missing at takeover", "missing in the end", "duplicates", "verdict"),
    )
    found = Table("scenario", *headings, box=MARKDOWN)
    for each in drilled:
        measured, expected = each.judgement.measurements, each.scenario.expect
        rto = measured.recovery.seconds if measured.recovery else None
        checked = each.scenario.checks_takeover
        rpo = measured.rpo_seconds if checked else measured.at_risk_seconds
        found.add_row(
            each.scenario.name,
            f"{seconds(rto)} ({expected.rto_budget(measured.time_scale):g})",
            seconds(measured.shut_seconds),
            f"{seconds(rpo)} ({expected.rpo_budget(measured.time_scale):g})",
            _count(measured.missing_at_takeover) if checked else "no takeover",
            _count(*measured.missing_after.values(), measured.unlogged),
            _count(measured.duplicates),
            _verdict(each),
        )
    return found


def _verdict(evidence: Evidence) -> str:
    return PASSED if evidence.passed else "FAILED"


def _count(*counts: int | None) -> str:
    known = [count for count in counts if count is not None]
    return NOT_MEASURED if len(known) < len(counts) else str(sum(known))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./run benchmarks.drills", description=__doc__, allow_abbrev=False)
    parser.add_argument("scenarios", nargs="*", metavar="scenario", help="as for `dr drill run` (default: all)")
    parser.add_argument("--at-once", type=int, default=3, help="how many drills run at once (default: 3)")
    parser.add_argument("--evidence", type=Path, default=Path("evidence"), help="where drills leave their folders")
    return parser


if __name__ == "__main__":
    sys.exit(main())
