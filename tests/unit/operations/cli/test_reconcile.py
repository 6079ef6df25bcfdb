"""`dr reconcile`: what it prints, and mistakes that end it."""

import json
from pathlib import Path

import pytest

from operations.cli import app as command_line
from tests.unit.operations.cli.sessions import opened
from tests.unit.operations.plans.topologies import topology
from tests.unit.operations.reconcile.world import World, stored


def reconcile(patch: pytest.MonkeyPatch, *arguments: str) -> int:
    world = World()
    world.hold(stored("paid"))
    opened(patch, aws=world, clock=world.clock)
    patch.setattr("operations.cli.status.read_topology", lambda *_: topology())
    patch.setattr("operations.cli.reconcile.who", lambda _: "tests")
    return command_line.main(["reconcile", *arguments])


def test_json_is_one_document_with_the_topology_before_and_after(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert reconcile(monkeypatch, "-o", "json", "--audit", str(tmp_path / "trail.jsonl")) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["clean"]
    assert document["before"]["environment"] == document["after"]["environment"] == "dev"


@pytest.mark.parametrize("option", ["--audit", "--accepted"])
@pytest.mark.parametrize("content", [b"\xff", None], ids=["no text", "a directory"])
def test_a_file_that_cannot_be_used_is_one_line(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    option: str,
    content: bytes | None,
) -> None:
    path = tmp_path / "file"
    if content is None:
        path.mkdir()
    else:
        path.write_bytes(content)
    assert reconcile(monkeypatch, "-o", "json", option, str(path)) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.splitlines()[-1].startswith(f"dr: {option} must be a")
