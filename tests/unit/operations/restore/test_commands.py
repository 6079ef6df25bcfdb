"""`dr restore`: from the plan to the proof, with what is typed, agreed, interrupted and taken up again."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from operations.cli import app as command_line
from operations.restore.records import RestoreState, latest_record
from tests.unit.operations.cli.sessions import opened
from tests.unit.operations.reconcile.world import NOW, PRIMARY
from tests.unit.operations.restore.payments import paid
from tests.unit.operations.restore.world import MOMENT, SIDE, RestoreWorld, item_of

TO = f"{datetime.fromtimestamp(MOMENT, UTC):%Y-%m-%dT%H:%M:%SZ}"
LATER = MOMENT + 1800.0
Run = Callable[..., int]


@pytest.fixture
def damaged(world: RestoreWorld) -> RestoreWorld:
    """A world in which one payment was removed, and one was made up."""
    world.remove("before")
    world.put(item_of(paid("invented", at=LATER)), at=LATER)
    return world


@pytest.fixture
def run(damaged: RestoreWorld, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    def call(*arguments: str, by: str = "ann", yes: bool = True) -> int:
        opened(monkeypatch, aws=damaged, clock=damaged.clock, operator=by)
        more = ["--yes"] if yes else []
        return command_line.main(["restore", *arguments, "--journals", str(tmp_path), *more])

    return call


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What people type at prompts, in turn."""
    answers: list[str] = []
    monkeypatch.setattr("typer.prompt", lambda *_, **__: answers.pop(0))
    return answers


def digest(tmp_path: Path) -> str:
    record = latest_record(tmp_path / "dev" / "restores")
    assert record is not None
    return str(record.compared["digest"])


def state(tmp_path: Path) -> RestoreState:
    record = latest_record(tmp_path / "dev" / "restores")
    assert record is not None
    return record.state


def test_two_people_mend_it_and_prove_it(
    run: Run, damaged: RestoreWorld, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("plan", "--to", TO) == 1
    shown = capsys.readouterr().out
    assert "1 deleted since" in shown
    assert "1 added, and sent by nobody" in shown
    assert run("agree", "--digest", digest(tmp_path), by="bob") == 0
    assert run("repair", "--digest", digest(tmp_path)[:12]) == 0
    assert "2 repaired" in capsys.readouterr().out
    damaged.replicate()
    assert damaged.live == damaged.tables[PRIMARY].restorable
    assert run("finish") == 0
    assert f"Nothing is left to repair: the side table {SIDE} is removed" in " ".join(capsys.readouterr().out.split())
    assert damaged.tables[PRIMARY].side_tables == {}
    assert state(tmp_path) is RestoreState.FINISHED


def test_one_person_types_the_digest(run: Run, tmp_path: Path, typed: list[str]) -> None:
    run("plan", "--to", TO)
    typed += ["0123456789ab", digest(tmp_path)[:12]]
    assert run("repair", "--digest", digest(tmp_path)) == 2
    assert state(tmp_path) is RestoreState.COMPARED
    assert run("repair", "--digest", digest(tmp_path)) == 0


def test_who_proposed_cannot_be_the_second_person(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run("plan", "--to", TO)
    assert run("agree", "--digest", digest(tmp_path)) == 2
    assert "a second person must agree" in capsys.readouterr().err


@pytest.mark.parametrize("given", ["0" * 64, "abc", ""])
def test_another_digest_is_refused(run: Run, given: str, capsys: pytest.CaptureFixture[str]) -> None:
    run("plan", "--to", TO)
    assert run("repair", "--digest", given) == 2
    assert "--digest must be the proposal's, at least its first 12 digits" in capsys.readouterr().err


def test_new_plan_voids_the_agreement(run: Run, damaged: RestoreWorld, tmp_path: Path) -> None:
    run("plan", "--to", TO)
    agreed = digest(tmp_path)
    run("agree", "--digest", agreed, by="bob")
    damaged.put(item_of(paid("invented-too", at=LATER)), at=LATER)
    damaged.clock.now += 1
    run("plan", "--to", TO)
    assert digest(tmp_path) != agreed
    assert state(tmp_path) is RestoreState.COMPARED
    assert run("repair", "--digest", agreed) == 2


def test_interrupted_repairs_are_resumed(
    run: Run, damaged: RestoreWorld, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run("plan", "--to", TO)
    run("agree", "--digest", digest(tmp_path), by="bob")

    def press() -> None:
        if damaged.tables[PRIMARY].writes == 1:
            raise KeyboardInterrupt

    damaged.tables[PRIMARY].before_write = press
    assert run("repair", "--digest", digest(tmp_path)) == 130
    assert "Interrupted after 1 repairs. Next: `dr restore resume" in capsys.readouterr().out
    assert run("status") == 0
    damaged.tables[PRIMARY].before_write = lambda: None
    damaged.clock.now += 1
    assert run("resume") == 0
    assert "1 repaired" in capsys.readouterr().out
    assert state(tmp_path) is RestoreState.REPAIRED


def test_side_table_that_was_deleted_meanwhile_is_restored_again(
    run: Run, damaged: RestoreWorld, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tables = damaged.tables[PRIMARY]
    tables.looks = 5
    damaged.clock.on_sleep = tables.side_tables.clear
    assert run("plan", "--to", TO) == 1
    assert "is gone: its restore failed, or somebody deleted it" in capsys.readouterr().err
    assert state(tmp_path) is RestoreState.PLANNED
    damaged.clock.on_sleep = lambda: None
    assert run("resume") == 1
    assert state(tmp_path) is RestoreState.COMPARED


def test_finish_leaves_the_side_table_while_something_is_left(run: Run, damaged: RestoreWorld) -> None:
    run("plan", "--to", TO)
    assert run("finish") == 1
    assert list(damaged.tables[PRIMARY].side_tables) == [SIDE]
    assert run("finish", "--abandon") == 0
    assert damaged.tables[PRIMARY].side_tables == {}


def test_one_restore_at_a_time(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    run("plan", "--to", TO)
    assert run("plan", "--to", f"{datetime.fromtimestamp(MOMENT + 60, UTC):%Y-%m-%dT%H:%M:%SZ}") == 2
    assert "one restore at a time" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("plan",), "either --to or --from-export must say what to restore"),
        (("plan", "--to", "noon"), "--to must be a moment"),
        (("plan", "--to", "2126-01-01"), "--to must be in the past, 2026-"),
        (("plan", "--to", "2026-01-01"), "--to must be restorable, 2026-"),
        (("repair", "--digest", "0" * 12), "no restore is under way"),
        (("resume",), "no restore is under way"),
        (("finish",), "no restore is under way"),
    ],
)
def test_bad_input_is_one_line_and_changes_nothing(
    run: Run, damaged: RestoreWorld, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str
) -> None:
    before = dict(damaged.live)
    assert run(*arguments) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("dr: ")
    assert said in line
    assert (damaged.live, damaged.tables[PRIMARY].side_tables) == (before, {})


def test_status_says_what_is_next(
    run: Run, tmp_path: Path, damaged: RestoreWorld, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("status") == 0
    assert "No restore was planned on this machine" in capsys.readouterr().out
    run("plan", "--to", TO)
    capsys.readouterr()
    assert run("status", "-o", "json") == 0
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert (document["state"], document["repairs"], document["sideTable"]) == ("compared", 2, SIDE)
    assert document["plannedBy"].endswith("(ann)")
    assert damaged.clock.now > NOW


def test_trail_that_was_changed_is_refused(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run("plan", "--to", TO)
    (trail,) = tmp_path.rglob("trail.jsonl")
    trail.write_text(trail.read_text().replace("(ann)", "(eve)"))
    assert run("status") == 1
    assert "line 1 of the audit trail" in capsys.readouterr().err
