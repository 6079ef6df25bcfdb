"""Commands that move traffic, each in a process of its own, on a world in its memory."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

ROOT = Path(__file__).resolve().parents[4]

_PROGRAM = """
import fcntl, runpy, sys, termios, time
from pathlib import Path

import pytest
import typer

from handlers.writer.item import ClosingKind
from tests.unit.operations.cli.test_traffic import Operator
from tests.unit.operations.execution.world_controls import WorldWatch

journals, middle, *command = sys.argv[1:]
prompt = typer.prompt
operator = Operator(pytest.MonkeyPatch(), Path(journals))
follow = WorldWatch.follow

def wait(watch):
    if operator.world.writer.kind is ClosingKind.PLANNED and not Path(middle).exists():
        Path(middle).touch()
        time.sleep(600)
    follow(watch)

WorldWatch.follow, typer.prompt = wait, prompt
if sys.stdin.isatty():
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
sys.argv = ["dr", *command, "--journals", journals]
runpy.run_module("operations", run_name="__main__", alter_sys=True)
"""


def start_move(
    directory: Path,
    *command: str,
    stdin: int = subprocess.DEVNULL,
    output: int = subprocess.PIPE,
    variables: Mapping[str, str] = MappingProxyType({}),
) -> "subprocess.Popen[bytes]":
    """Start a command of `dr`; where it has closed the source, it makes the file "middle" and waits for a signal.

    Args:
        directory: For that file and "journals".
        command: What follows `dr`.
        stdin: A terminal becomes the process's controlling one.
        output: Where both streams go.
        variables: More of the environment.
    """
    return subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, str(directory / "journals"), str(directory / "middle"), *command],
        env={**os.environ, "PYTHONPATH": str(ROOT), **variables},
        stdin=stdin,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
