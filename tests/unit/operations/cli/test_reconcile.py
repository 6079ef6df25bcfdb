"""`dr reconcile`: what it prints, and mistakes that end it."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from handlers.runtime import timestamp
from operations.cli import app as command_line
from operations.reconcile.sources import LOGS, TABLES
from tests.unit.operations.cli.sessions import opened
from tests.unit.operations.plans.topologies import topology
from tests.unit.operations.reconcile.world import NOW, STANDBY, World, lines, stored


def reconcile(patch: pytest.MonkeyPatch, *arguments: str, world: World | None = None) -> int:
    if world is None:
        world = World()
        world.hold(stored("paid"))
    opened(patch, aws=world, clock=world.clock)
    patch.setattr("operations.cli.standing.read_topology", lambda *_: topology())
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


class TestAsking:
    """Before anything is changed, a person is told how much, counted over all findings."""

    @pytest.fixture
    def world(self) -> World:
        """A hundred duplicates, and one loss that comes after them; two payments are in no log."""
        world = World()
        for number in range(100):
            payment = stored(f"duplicate-{number}")
            world.hold(payment)
            world.hold(replace(payment, region=STANDBY), *LOGS)
        world.hold(stored("lost"), TABLES[0], *LOGS)
        for number in range(2):
            world.hold(stored(f"unlogged-{number}"), *TABLES)
        return world

    @pytest.mark.parametrize(
        ("options", "question"),
        [
            (["--repair"], "Insert 1 payments into the replicas that miss them?"),
            (["--write-logs", "--reason", "gap"], "Write 2 payments into the logs that miss them?"),
        ],
    )
    @pytest.mark.parametrize("agreed", [True, False])
    def test_it_is_asked_and_only_what_is_agreed_to_is_done(
        self,
        monkeypatch: pytest.MonkeyPatch,
        tmp_path: Path,
        world: World,
        options: list[str],
        question: str,
        *,
        agreed: bool,
    ) -> None:
        asked: list[str] = []

        def confirm(text: str, **_: object) -> bool:
            asked.append(text)
            return agreed

        monkeypatch.setattr("typer.confirm", confirm)
        trail = tmp_path / "trail.jsonl"
        assert reconcile(monkeypatch, "--audit", str(trail), *options, world=world) == 1
        assert asked == [question]
        assert bool(lines(trail, "done")) is agreed

    def test_with_nothing_to_change_nobody_is_asked(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setattr("typer.confirm", lambda *_, **__: pytest.fail("it asked"))
        assert reconcile(monkeypatch, "--audit", str(tmp_path / "trail.jsonl"), "--repair") == 0


def test_a_line_that_no_function_wrote_must_say_why(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert reconcile(monkeypatch, "--write-logs", "--yes") == 2
    assert capsys.readouterr().err == "dr: --write-logs needs --reason: a line that no function wrote must say why\n"


@pytest.mark.parametrize(("options", "began"), [([], "18:30:00"), (["--earlier", "60"], "19:29:00")])
def test_the_period_begins_an_hour_before_the_trouble_was_seen(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, options: list[str], began: str
) -> None:
    trail = tmp_path / "trail.jsonl"
    reconcile(monkeypatch, "--audit", str(trail), "--since", "2026-05-28T19:30", *options)
    assert lines(trail, "started")[0]["since"] == f"2026-05-28T{began}.000Z"


def test_the_losses_of_before_somebody_was_paged_are_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A payment that was acknowledged half an hour before the engineer began."""
    world = World()
    world.hold(stored("paid"))
    world.hold(stored("lost", at=NOW - 1800), TABLES[0], *LOGS)
    began = timestamp(NOW - 60)
    assert reconcile(monkeypatch, "--audit", str(tmp_path / "trail.jsonl"), "--since", began, world=world) == 1


@pytest.mark.parametrize("lag", ["nan", "inf", "1e12"])
def test_lag_that_is_no_number_of_seconds_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], lag: str
) -> None:
    assert reconcile(monkeypatch, "--lag", lag) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "--lag" in line


def test_reason_that_is_no_text_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert reconcile(monkeypatch, "--write-logs", "--reason", "\udcff", "--yes") == 2
    assert capsys.readouterr().err == "dr: --reason must be text in UTF-8, got '\\udcff'\n"
