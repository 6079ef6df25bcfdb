"""The table of what drills measured."""

from pathlib import Path

import pytest
from rich.console import Console

from benchmarks.drills import table
from operations.drills.events import AnyEvent, ReplicaCheck
from operations.drills.scenario import load
from operations.evidence import folder
from tests.unit.operations.drills.logs import region_loss
from tests.unit.operations.evidence.test_folder import PROVENANCE


def cells(directory: Path, events: list[AnyEvent]) -> list[str]:
    """Return the row of a drill with these events, left in a directory."""
    (directory / "events.jsonl").write_text("\n".join(each.model_dump_json() for each in events) + "\n")
    folder.write(directory, scenario=load("region-loss"), provenance=PROVENANCE)
    console = Console(width=200)
    with console.capture() as printed:
        console.print(table([folder.read(directory)]))
    row = printed.get().strip().splitlines()[-1]
    return [cell.strip() for cell in row.strip("|").split("|")]


def test_it_says_what_the_evidence_says(tmp_path: Path) -> None:
    scenario, rto, shut, rpo, *rest = cells(tmp_path, list(region_loss()))
    measured = folder.read(tmp_path).judgement.measurements
    assert measured.recovery is not None
    assert (scenario, rto, shut, rpo) == (
        "region-loss",
        f"{measured.recovery.seconds:.1f} s (110)",
        f"{measured.shut_seconds:.1f} s",
        f"{measured.rpo_seconds:.1f} s (5)",
    )
    assert rest == [str(measured.missing_at_takeover), "0", "0", "passed"]


def test_what_was_not_measured_is_no_number(tmp_path: Path) -> None:
    row = cells(tmp_path, [each for each in region_loss() if not isinstance(each, ReplicaCheck)])
    assert row[3:6] == ["not measured (5)", "not measured", "not measured"]
    assert row[-1] == "FAILED"


def test_changed_evidence_has_not_passed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = folder.read

    def changed(directory: Path) -> folder.Evidence:
        (directory / "report.html").write_text("better")
        return whole(directory)

    monkeypatch.setattr(folder, "read", changed)
    assert cells(tmp_path, list(region_loss()))[-1] == "FAILED"
