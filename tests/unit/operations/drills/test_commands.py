"""What the commands are given that a drill starts, and what of their messages a drill tells."""

from pathlib import Path

import pytest
from rich.console import Console

from operations.cli.drill import command_options
from operations.drills.commands import Commands, said_last
from operations.execution.display import MoveDisplay
from operations.execution.move import Account, MoveOutcome
from operations.plans.plan import Obstacle, Purpose, Refusal
from tests.unit.operations.cli.sessions import session
from tests.unit.operations.plans.topologies import SITE


@pytest.mark.parametrize("role", [None, "site", "arn:aws:iam::123456789012:role/drills"])
def test_they_act_with_the_rights_of_the_drill(role: str | None, tmp_path: Path) -> None:
    options = command_options(session(role=role), tmp_path / "outputs.json")
    given = dict(zip(options[::2], options[1::2], strict=True))
    assert given.get("--role") == role
    assert given["--environment"] == "dev"
    assert given["--operator"] == "tests"


@pytest.mark.parametrize(
    ("arguments", "operator", "journals"),
    [
        (("failback", "--yes"), None, "own"),
        (("release", "start", "--yes"), None, "own"),
        (("failback", "--yes"), 2, "commands/journals-2"),
        (("release", "abort"), None, None),  # it has no such option
    ],
)
def test_each_keeps_its_journal_in_the_drills_folder(
    arguments: tuple[str, ...],
    operator: int | None,
    journals: str | None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "operations.py").write_text("import sys\nprint(*sys.argv[1:])\n")
    monkeypatch.setattr("operations.drills.commands.ROOT", tmp_path)
    commands = Commands(tmp_path / "commands", ("--output", "json"), tmp_path / "own")
    process, messages = commands.start(arguments, operator=operator)
    assert process.wait() == 0
    given = [] if journals is None else ["--journals", str(tmp_path / journals)]
    said = messages.with_suffix(".out").read_text().split()
    assert said == [*arguments, "--output", "json", *given]


@pytest.fixture
def messages(tmp_path: Path) -> Path:
    """The file that a command writes to."""
    return tmp_path / "01-failback.err"


def test_failure_is_reported_by_the_last_line(messages: Path) -> None:
    messages.write_text("dev\ndr: no\n\n", encoding="utf-8")
    assert said_last(messages) == "dr: no"


def test_refusal_is_reported_with_all_reasons(messages: Path) -> None:
    obstacles = (Obstacle("the queue must be empty", "3", "wait"), Obstacle("DNS must answer", "nothing", "repair it"))
    with messages.open("w", encoding="utf-8") as file:
        file.write("dev\n")
        refusal = Refusal(Purpose.FAILBACK, "dev", obstacles)
        MoveDisplay(Console(file=file, soft_wrap=True), SITE).refusal(refusal, obstacles)
    assert said_last(messages) == "the queue must be empty: 3; wait; DNS must answer: nothing; repair it"


def test_overtaken_move_is_reported_by_its_author_and_not_by_its_journal(messages: Path) -> None:
    with messages.open("w", encoding="utf-8") as file:
        display = MoveDisplay(Console(file=file, soft_wrap=True), SITE)
        account = Account(MoveOutcome.OVERTAKEN, error="me began to open us-east-2")
        display.outcome(account, purpose=Purpose.SWITCHOVER, journal="/journals/1.jsonl")
    assert said_last(messages) == "overtaken: me began to open us-east-2"


def test_command_without_output_is_reported(messages: Path) -> None:
    messages.touch()
    assert said_last(messages) == "it said nothing"


def test_a_restore_has_no_reason_and_may_be_agreed_to_by_somebody_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "operations.py").write_text("import sys\nprint(*sys.argv[1:])\n")
    monkeypatch.setattr("operations.drills.commands.ROOT", tmp_path)
    options = ("--output", "json", "--reason", "drill", "--operator", "first")
    process, messages = Commands(tmp_path / "commands", options).start(("restore", "agree", "--operator", "second"))
    assert process.wait() == 0
    assert messages.with_suffix(".out").read_text().split() == [
        *("restore", "agree", "--operator", "second", "--output", "json")
    ]
