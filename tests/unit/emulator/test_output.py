"""Trouble with output changes nothing of what the emulator does."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
TALKER = """
from emulator.output import run, show

def main():
    show("name=\u2026", "x" * 100_000)
    return 7

run(main)
"""


def talk(**options: object) -> "subprocess.CompletedProcess[str]":
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "env": os.environ, **options}
    return subprocess.run([sys.executable, "-c", TALKER], cwd=ROOT, check=False, **streams)  # type: ignore[call-overload,no-any-return]


def test_character_that_an_encoding_lacks_is_escaped() -> None:
    said = talk(env={**os.environ, "PYTHONIOENCODING": "ascii"})
    assert (said.returncode, said.stdout.splitlines()[0], said.stderr) == (7, "name=\\u2026", "")


def test_closed_pipe_is_no_failure() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    said = talk(stdout=writing)
    os.close(writing)
    assert (said.returncode, said.stderr) == (7, "")


def test_full_disk_is_reported_and_is_no_failure() -> None:
    with Path("/dev/full").open("wb") as full:
        said = talk(stdout=full)
    assert (said.returncode, said.stderr) == (7, "emulator: standard output was not written: No space left on device\n")


def test_stream_that_was_never_open_is_no_failure() -> None:
    closes = f"import os; os.close(1); os.execv({sys.executable!r}, [{sys.executable!r}, '-c', {TALKER!r}])"
    assert subprocess.run([sys.executable, "-c", closes], cwd=ROOT, check=False).returncode == 7
