"""How commands end: a status, and one line for every mistake."""

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import pytest
import typer
from botocore.exceptions import NoCredentialsError

from operations.cli import app as command_line
from operations.cli.commands.status import status, verdict
from operations.cli.exit_status import DONE, EPILOGUE, FAILED, INTERRUPTED, REFUSED
from operations.cli.options import OutputFormat
from operations.cli.session import Session
from operations.cli.with_session import with_session
from operations.endpoints import EndpointSettings
from operations.errors import OperationError, OperatorCancelledError, UsageError
from tests.unit.operations.cli.sessions import opened, session

Count = Annotated[int, typer.Option(help="How often.")]


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Options that belong together."""

    loud: Annotated[bool, typer.Option("--loud")] = False
    often: Count = 1


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> typer.Typer:
    """Return an application of its own, for commands that tests add."""
    fresh = typer.Typer(rich_markup_mode=None)
    fresh.callback()(lambda: None)
    monkeypatch.setattr(command_line, "application", lambda _, **__: fresh)
    return fresh


@pytest.mark.parametrize(
    "command",
    [
        "status",
        "history",
        "readiness",
        "wait",
        "switchover",
        "failover",
        "failback",
        "stop",
        "start",
        "automatic",
        "break-glass",
        "reconcile",
        "accept",
        "redrive",
    ],
)
def test_every_command_has_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.main([command, "--help"]) == DONE
    shown = capsys.readouterr().out
    for option in ("--environment", "--outputs", "--role", "--output", "--yes"):
        assert option in shown


def test_a_command_brings_no_other_along() -> None:
    assert [each.callback for each in command_line.application(["status"]).registered_commands] == [status, verdict]
    assert len(command_line.application(["--help"]).registered_commands) > 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nothing"], "No such command 'nothing'."),
        (["status", "--nothing"], "No such option: --nothing"),
        (["status", "--output", "xml"], "Invalid value for '--output' / '-o': 'xml' is not one of 'text', 'json'."),
    ],
)
def test_misuse_is_one_line(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.main(arguments) == REFUSED
    shown = capsys.readouterr()
    assert not shown.out
    assert shown.err.startswith("dr: ")
    assert said in shown.err
    assert shown.err.count("\n") == 1


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (OperationError("the table\nis gone"), FAILED, "dr: the table is gone\n"),
        (UsageError("`rate` must be above 0, got 0"), REFUSED, "dr: `rate` must be above 0, got 0\n"),
        (NoCredentialsError(), FAILED, "dr: Unable to locate credentials\n"),
        (typer.Abort(), INTERRUPTED, "dr: cancelled, nothing was changed\n"),
        (OperatorCancelledError(), INTERRUPTED, "dr: cancelled, nothing was changed\n"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_what_ends_a_command_early_is_one_line(
    app: typer.Typer, capsys: pytest.CaptureFixture[str], error: Exception, status: int, said: str
) -> None:
    @app.command()
    def act() -> int:
        raise error

    assert command_line.main(["act"]) == status
    assert capsys.readouterr().err == said


def test_help_shows_every_exit_status(capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.main(["--help"]) == DONE
    shown = capsys.readouterr().out
    for line in EPILOGUE.replace("\b", "").splitlines():
        assert line in shown


@pytest.mark.parametrize("typed", [KeyboardInterrupt, EOFError])
def test_ctrl_c_at_a_prompt_is_no_mistake(typed: type[BaseException], monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> str:
        raise typed

    monkeypatch.setattr("builtins.input", interrupted)
    monkeypatch.setattr("typer._click.termui.visible_prompt_func", interrupted, raising=False)
    expected = OperatorCancelledError if typed is KeyboardInterrupt else UsageError
    with pytest.raises(expected):
        session().confirm("Go on?")


def test_a_commands_status_is_the_processs(app: typer.Typer) -> None:
    @app.command()
    def act() -> int:
        return 7

    assert command_line.main(["act"]) == 7


class TestSharedOptions:
    """What every command takes."""

    def test_they_stand_beside_the_commands_own(self, app: typer.Typer, monkeypatch: pytest.MonkeyPatch) -> None:
        asked = opened(monkeypatch)
        seen = []

        @app.command()
        @with_session
        def act(session: Session, name: Annotated[str, typer.Argument()], count: Count = 1) -> int:
            seen.append((session.output, session.yes, name, count))
            return DONE

        line = ["act", "it", "--count", "3", "-e", "prod", "--outputs", "o.json", "--role", "site", "-o", "json", "-y"]
        assert command_line.main(line) == DONE
        assert seen == [(OutputFormat.JSON, True, "it", 3)]
        assert (asked["environment"], asked["outputs"], asked["role"]) == ("prod", Path("o.json"), "site")

    def test_a_dataclass_stands_for_the_options_that_its_fields_are(
        self, app: typer.Typer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        opened(monkeypatch)
        seen = []

        @app.command()
        @with_session
        def act(session: Session, *, first: Count = 1, wanted: Wanted, last: Count = 1) -> int:
            seen.append((first, wanted, last))
            return DONE

        assert command_line.main(["act", "--last", "2", "--loud"]) == DONE
        assert seen == [(1, Wanted(loud=True), 2)]

    def test_their_defaults(self, app: typer.Typer, monkeypatch: pytest.MonkeyPatch) -> None:
        asked = opened(monkeypatch)
        for name in ("ENVIRONMENT_SUFFIX", "DR_ROLE", "DR_OPERATOR", "DR_STANDBY_REGION"):
            monkeypatch.delenv(name, raising=False)

        @app.command()
        @with_session
        def act(session: Session) -> int:
            return DONE

        assert command_line.main(["act"]) == DONE
        assert asked == {
            "environment": "dev",
            "outputs": None,
            "role": None,
            "operator": None,
            "standby_region": None,
            "output": OutputFormat.TEXT,
            "yes": False,
        }


class TestSession:
    """What a command works with."""

    def test_results_of_an_emulator_are_labelled(self) -> None:
        assert session().label == "AWS"
        emulated = EndpointSettings(control_url="http://127.0.0.1:1", time_scale=10)
        assert session(surroundings=emulated).label == "emulator, time scale 10"

    def test_yes_has_answered(self) -> None:
        assert session(yes=True).confirm("Go on?")

    def test_where_nobody_can_be_asked_yes_must_be_given(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("sys.stdin", io.StringIO())
        with pytest.raises(UsageError, match="--yes must be given"):
            session().confirm("Go on?")

    def test_people_read_beside_json(self, capsys: pytest.CaptureFixture[str]) -> None:
        session(output=OutputFormat.JSON).console.print("progress")
        session(output=OutputFormat.TEXT).console.print("result")
        shown = capsys.readouterr()
        assert (shown.out, shown.err) == ("result\n", "progress\n")
