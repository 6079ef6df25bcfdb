"""Every command's help ends with an example, which the command accepts."""

import shlex
from collections.abc import Iterator

import pytest
import typer.core
import typer.main

from operations.cli import app as command_line
from operations.cli.exit_status import DONE


def walk(group: typer.core.TyperGroup, *path: str) -> Iterator[tuple[tuple[str, ...], typer.core.TyperCommand]]:
    """Yield the path and the command of all that a person may see."""
    for name, command in group.commands.items():
        if isinstance(command, typer.core.TyperGroup):
            yield from walk(command, *path, name)
        elif not command.hidden:
            assert isinstance(command, typer.core.TyperCommand)
            yield (*path, name), command


def everything() -> dict[str, typer.core.TyperCommand]:
    group = typer.main.get_command(command_line.application(["--help"]))
    assert isinstance(group, typer.core.TyperGroup)
    return {" ".join(path): command for path, command in walk(group)}


COMMANDS = everything()


@pytest.mark.parametrize("path", COMMANDS)
def test_the_example_is_accepted(path: str) -> None:
    epilog = COMMANDS[path].epilog or ""
    start = f"Example: dr {path}"
    assert f"{epilog} ".startswith(f"{start} ")
    arguments = shlex.split(epilog.removeprefix(start).partition("&&")[0])
    COMMANDS[path].make_context(path, arguments)


def test_help_shows_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.main(["automatic", "--help"]) == DONE
    assert 'Example: dr automatic off --reason "load test in us-east-1"' in capsys.readouterr().out
