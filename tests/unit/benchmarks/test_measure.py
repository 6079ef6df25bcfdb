"""What is measured of commands and processes, and how two series are compared."""

import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from benchmarks.measure import CommandFailedError, Contender, Run, command_table, interleave, ratio, run
from benchmarks.processes import Processes

POSITIVE = st.floats(min_value=0.001, max_value=1000)


def python(script: str, name: str = "python", **environment: str) -> Contender:
    """Return a command that runs a script."""
    return Contender(name=name, arguments=[sys.executable, "-c", script], directory=Path.cwd(), environment=environment)


class TestRatio:
    """Round by round."""

    def test_is_the_median_of_the_rounds_ratios_and_not_the_ratio_of_medians(self) -> None:
        compared = ratio([1, 20, 4], [1, 10, 8])
        assert (compared.median, compared.low, compared.high) == (1, 0.5, 2)
        assert str(compared) == "1.00 (0.50 to 2.00)"

    @given(st.lists(st.tuples(POSITIVE, POSITIVE), min_size=1))
    def test_lies_between_its_lowest_and_its_highest(self, pairs: list[tuple[float, float]]) -> None:
        values, references = zip(*pairs, strict=True)
        compared = ratio(values, references)
        assert compared.low <= compared.median <= compared.high

    @given(st.lists(POSITIVE, min_size=1), POSITIVE)
    def test_does_not_see_what_slows_a_whole_round_down(self, references: list[float], share: float) -> None:
        compared = ratio([share * each for each in references], references)
        assert compared.low == pytest.approx(share)
        assert compared.high == pytest.approx(share)

    @pytest.mark.parametrize(("values", "references"), [([], []), ([1.0], [1.0, 2.0])])
    def test_needs_two_series_of_one_length(self, values: list[float], references: list[float]) -> None:
        with pytest.raises(ValueError, match="must be of the same length and not empty"):
            ratio(values, references)


class TestRun:
    """One command."""

    def test_counts_the_cpu_and_the_memory_of_descendants(self) -> None:
        child = (
            "import time; held = bytearray(60_000_000); end = time.process_time() + 0.1\n"
            "while time.process_time() < end: pass"
        )
        taken = run(python(f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"), interval=0.02)
        assert taken.wall > 0.1
        assert taken.cpu > 0.1
        assert taken.memory > 60e6

    def test_passes_the_environment_on(self) -> None:
        run(python("import os, sys; sys.exit(os.environ['ANSWER'] != '42')", ANSWER="42"))

    def test_that_fails_says_which_and_why(self) -> None:
        with pytest.raises(CommandFailedError, match=r"broken: exit status 3: no luck"):
            run(python("import sys; print('no luck'); sys.exit(3)", name="broken"))


def test_commands_run_in_turn_and_every_other_round_the_other_way_round(tmp_path: Path) -> None:
    log = tmp_path / "log"
    commands = [python(f"open({str(log)!r}, 'a').write({name!r})", name=name) for name in "AB"]
    results = interleave(commands, runs=2)
    assert log.read_text() == "BAABBA"
    assert {name: len(taken) for name, taken in results.items()} == {"A": 2, "B": 2}


def test_a_table_shows_medians_and_ratios() -> None:
    results = {"old": [Run(4, 3, 200e6), Run(4, 3, 200e6)], "new": [Run(1, 1.5, 50e6), Run(1, 1.5, 50e6)]}
    console = Console(width=200)
    with console.capture() as capture:
        console.print(command_table("Synth", results, reference="old"))
    (row,) = (line for line in capture.get().splitlines() if "new" in line)
    cells = [cell.strip() for cell in row.split("│")[1:-1]]
    assert cells == [
        "new", "1.00 s", "0.25 (0.25 to 0.25)", "1.50 s", "0.50 (0.50 to 0.50)", "50 MB", "0.25 (0.25 to 0.25)",
    ]  # fmt: skip


class TestProcesses:
    """A tree, as /proc tells of it."""

    @pytest.fixture
    def proc(self, tmp_path: Path) -> Path:
        for pid, parent, name in (
            (1, 0, "init"),
            (10, 1, "node (main) x"),
            (11, 10, "child"),
            (12, 11, "gone"),
            (20, 1, "other"),
        ):
            (tmp_path / str(pid)).mkdir()
            fields = ["S", str(parent), *["0"] * 9, "150", "50", *["0"] * 30]
            (tmp_path / str(pid) / "stat").write_text(f"{pid} ({name}) {' '.join(fields)}\n")
            if name != "gone":
                (tmp_path / str(pid) / "smaps_rollup").write_text("Rss:   9 kB\nPss:    2 kB\nPss_Anon: 1 kB\n")
        (tmp_path / "self").mkdir()
        return tmp_path

    def test_holds_all_descendants_and_nobody_else(self, proc: Path) -> None:
        assert {each.name for each in Processes(proc).below(10)} == {"node (main) x", "child", "gone"}

    def test_counts_shared_memory_by_its_share_and_nothing_for_who_is_gone(self, proc: Path) -> None:
        assert {each.pid: each.memory() for each in Processes(proc).below(10)} == {10: 2048, 11: 2048, 12: 0}

    def test_adds_user_and_system_time(self, proc: Path) -> None:
        (other,) = Processes(proc).below(20)
        assert other.cpu == pytest.approx(2.0)  # at the usual 100 ticks a second

    def test_of_nobody_is_empty(self, proc: Path) -> None:
        assert Processes(proc).below(99) == []
