"""`dr drill show`: what it says of evidence that is as it was, and of evidence that is not."""

import json
from pathlib import Path

import pytest

from operations.cli import app as command_line
from tests.unit.operations.evidence.test_folder import written


def without_its_beginning(directory: Path) -> Path:
    """Return the evidence of a drill whose log was tampered with."""
    written(directory)
    path = directory / "events.jsonl"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[1:]))
    return directory


def show(directory: Path, *arguments: str) -> int:
    return command_line.main(["drill", "show", str(directory), *arguments])


def test_sound_evidence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written(tmp_path)
    assert show(tmp_path, "-o", "json") == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["passed"], document["differences"], document["follows"]) == (True, [], True)


def test_differences_are_part_of_the_document(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert show(without_its_beginning(tmp_path), "-o", "json") == 1
    document = json.loads(capsys.readouterr().out)
    assert document["differences"] == [{"file": "events.jsonl", "how": "was changed"}]
    assert document["follows"] is False


def test_people_read_them_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert show(without_its_beginning(tmp_path)) == 1
    first, second, *_ = capsys.readouterr().out.splitlines()
    assert (first, second) == ("events.jsonl was changed", "the verdict does not follow from the events")


def test_what_is_no_evidence_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert show(tmp_path) == 1
    shown = capsys.readouterr()
    assert (shown.out, shown.err.count("\n")) == ("", 1)
