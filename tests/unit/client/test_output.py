"""Trouble with output changes nothing of what a program reports."""

import ast
import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from client.output import prepare

ROOT = Path(__file__).resolve().parents[3]

TALKER = r"""
from client.output import run

def main():
    print("\u2192 M\u00fcller \U0001f600 \ud800")
    print("x" * 100_000)
    return 7

run("talker", main)
"""
PAYER = """
import client.payments
from client.command import main
from client.dns import Resolver
from client.https import Response
from client.output import run

client.payments.exchange = lambda url, **request: Response(201, {}, request["body"] or b"{}")
Resolver.addresses = lambda *_: ("127.0.1.1",)
run("client", main)
"""
METADATA = {"name": "M\u00fcller \U0001f600", "to": "\u2192"}
PAY = ("pay", "--amount", "1", "--id", "t-1", "--unsigned", "--endpoint", "https://api.example.com")
PAY_WITH_METADATA = (*PAY, "--metadata", json.dumps(METADATA, ensure_ascii=False))
PROGRAMS = [
    "client/__main__.py",
    "costs/__main__.py",
    "sandbox/demo.py",
    "sandbox/drill.py",
    "operations/__main__.py",
    "simulation/__main__.py",
]


def start(program: str, *arguments: str, stdout: int = subprocess.PIPE, **variables: str) -> "subprocess.Popen[bytes]":
    """Start a program in a process of its own."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **variables}
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.Popen(command, env=environment, stdout=stdout, stderr=subprocess.PIPE)


def ended(process: "subprocess.Popen[bytes]") -> tuple[int, bytes, bytes]:
    """Wait until a program has ended; return its status and what it has written."""
    output, errors = process.communicate(timeout=600)
    return process.returncode, output or b"", errors


@pytest.mark.parametrize(
    ("encoding", "line"),
    [
        ("utf-8", "\u2192 M\u00fcller \U0001f600 \\ud800"),
        ("latin-1", "-> M\u00fcller \\ud83d\\ude00 \\ud800"),
        ("ascii", "-> M\\u00fcller \\ud83d\\ude00 \\ud800"),
        ("cp1252", "-> M\u00fcller \\ud83d\\ude00 \\ud800"),
    ],
)
def test_what_an_encoding_lacks_is_written_in_ascii(encoding: str, line: str) -> None:
    status, output, errors = ended(start(TALKER, PYTHONIOENCODING=encoding))
    assert (status, errors) == (7, b"")
    assert output.decode(encoding).splitlines()[0] == line


def test_a_pipe_that_is_closed_early_is_no_failure() -> None:
    process = start(TALKER)
    assert process.stdout is not None
    process.stdout.close()
    process.stdout = None
    assert ended(process) == (7, b"", b"")


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_full_disk_is_reported_and_is_no_failure(unbuffered: str) -> None:
    with Path("/dev/full").open("wb") as full:
        status, _, errors = ended(start(TALKER, stdout=full.fileno(), PYTHONUNBUFFERED=unbuffered))
    assert (status, errors) == (7, b"talker: standard output was not written: No space left on device\n")


def test_a_terminal_that_is_gone_is_no_failure() -> None:
    ours, theirs = pty.openpty()
    os.close(ours)
    status, _, errors = ended(start(TALKER, stdout=theirs))
    os.close(theirs)
    assert (status, errors) == (7, b"talker: standard output was not written: Input/output error\n")


def test_streams_that_were_never_open_are_no_failure() -> None:
    program = (
        f"import os; os.close(1); os.close(2); os.execv({sys.executable!r}, [{sys.executable!r}, '-c', {TALKER!r}])"
    )
    assert ended(start(program)) == (7, b"", b"")


@pytest.mark.parametrize("size", ["abc", "", "0", "-1", "\u00b2", "9" * 5000])
def test_a_size_that_is_none_counts_as_not_set(monkeypatch: pytest.MonkeyPatch, size: str) -> None:
    for each in ("stdout", "stderr"):
        monkeypatch.setattr(sys, each, getattr(sys, each))  # put back in the end
    monkeypatch.setenv("COLUMNS", size)
    monkeypatch.setenv("LINES", "24")
    prepare()
    assert ("COLUMNS" in os.environ, os.environ["LINES"]) == (False, "24")


def test_a_width_that_is_none_does_not_keep_a_program_from_its_help() -> None:
    program = """
import typer

from client.output import run

app = typer.Typer()
app.command()(lambda: None)
run("help", lambda: app(args=["--help"], standalone_mode=False))
"""
    status, output, errors = ended(start(program, TERMINAL_WIDTH="abc", COLUMNS="abc"))
    assert (status, errors, b"Usage: " in output) == (0, b"", True)


@pytest.mark.parametrize(("unbuffered", "seen"), [("1", b"told\n"), ("", b"")])
def test_what_is_to_be_unbuffered_is_written_at_once(unbuffered: str, seen: bytes) -> None:
    program = """
import os

from client.output import run

def main():
    print("told")
    os._exit(0)  # nothing is flushed any more

run("teller", main)
"""
    assert ended(start(program, PYTHONUNBUFFERED=unbuffered)) == (0, seen, b"")


def test_a_payment_that_was_made_is_reported_whatever_the_encoding_lacks() -> None:
    status, output, errors = ended(start(PAYER, *PAY_WITH_METADATA, PYTHONIOENCODING="ascii"))
    first, _, shown = output.decode("ascii").partition("\n")
    assert (status, first, errors) == (0, "201 Created", b"transactionId t-1\n")
    assert json.loads(shown)["metadata"] == METADATA


def test_a_payment_that_was_made_is_reported_though_nobody_reads_it() -> None:
    process = start(PAYER, *PAY_WITH_METADATA, COLUMNS="abc")
    assert process.stdout is not None
    process.stdout.close()
    process.stdout = None
    assert ended(process) == (0, b"", b"transactionId t-1\n")


def test_a_watch_that_nobody_reads_ends() -> None:
    process = start(PAYER, "watch", "--every", "0.1", "--endpoint", "https://api.example.com")
    assert process.stdout is not None
    process.stdout.close()
    process.stdout = None
    _, _, errors = ended(process)
    assert errors == b""


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_program_starts_so(program: str) -> None:
    (last,) = ast.parse((ROOT / program).read_text(encoding="utf-8")).body[-1:]
    assert isinstance(last, ast.If)
    call = last.body[-1]
    assert isinstance(call, ast.Expr)
    assert ast.unparse(call).startswith("run(")
