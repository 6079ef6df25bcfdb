"""`dr` says what it has to say whatever the terminal is."""

import os
import subprocess
import sys
from pathlib import Path

from tests.unit.operations.cli.moves import start_move

ROOT = Path(__file__).resolve().parents[4]

STATUS = """
from rich.console import Console

from client.output import run
from operations.topology.show import show
from tests.unit.operations.plans.topologies import open_in, topology

run("dr", lambda: Console(width=120).print(show(topology(writer=open_in()), surroundings="\\u2192 \\U0001f600")))
"""


def dr(*command: str, encoding: str) -> "subprocess.CompletedProcess[bytes]":
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": encoding, "COLUMNS": "abc"}
    return subprocess.run([sys.executable, *command], env=environment, capture_output=True, check=False, timeout=600)


def test_the_topology_is_shown_whatever_the_encoding_lacks() -> None:
    done = dr("-c", STATUS, encoding="ascii")
    assert (done.returncode, done.stderr) == (0, b"")
    assert "us-east-2" in done.stdout.decode("ascii")


def test_a_command_ends_well_whatever_the_encoding_lacks() -> None:
    done = dr("-m", "operations", "drill", "list", encoding="latin-1")
    assert (done.returncode, done.stderr) == (0, b"")
    assert "region-loss" in done.stdout.decode("latin-1")


def test_a_command_that_nobody_reads_ends_well() -> None:
    with Path("/dev/full").open("wb") as full:
        command = [sys.executable, "-m", "operations", "drill", "list"]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(command, env=environment, stdout=full, stderr=subprocess.PIPE, check=False, timeout=600)
    assert (done.returncode, done.stderr) == (0, b"dr: standard output was not written: No space left on device\n")


def test_a_dry_run_ends_well_where_the_locale_has_ascii_alone(tmp_path: Path) -> None:
    variables = {"PYTHONIOENCODING": "", "LC_ALL": "C", "PYTHONUTF8": "0"}
    process = start_move(tmp_path, "failover", "--dry-run", variables=variables)
    output, _ = process.communicate(timeout=600)
    text = output.decode("latin-1")
    assert (process.returncode, "Traceback" in text) == (0, False)
    assert "Dry run: nothing was changed." in text
