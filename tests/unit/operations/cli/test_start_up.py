"""Starting: no help needs anything of what commands work with."""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence

import pytest

from operations.checkout import ROOT
from tests.unit.operations.cli.test_examples import COMMANDS

LIBRARIES = frozenset(
    {"awscrt", "boto3", "botocore", "cryptography", "dns", "duckdb", "pydantic", "pydantic_core", "rich", "urllib3"}
)
GROUPS = {"drill", "release", "restore"}
PYDANTIC = {"pydantic", "pydantic_core"}
"""What typer loads for the options of a group itself."""

OWN = frozenset({"client.dns", "client.https", "operations.aws", "operations.cli.session", "operations.site"})
"""Modules of the project that import libraries, or lead to what does."""

_SCRIPT = """
import io, json, sys
from contextlib import redirect_stdout
from importlib import import_module
main = import_module(sys.argv[1]).main
for line in json.loads(sys.argv[2]):
    with redirect_stdout(io.StringIO()) as shown:
        status = main(line)
    print(json.dumps([line, status, "Usage:" in shown.getvalue(), sorted(sys.modules)]))
"""


def helped(module: str, lines: Sequence[Sequence[str]]) -> Iterator[tuple[list[str], set[str]]]:
    """Ask for each line's help in one process; yield the line, and the modules that are imported by then."""
    command = [sys.executable, "-c", _SCRIPT, module, json.dumps(lines)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    for told in done.stdout.splitlines():
        line, status, is_shown, modules = json.loads(told)
        assert (status, is_shown) == (0, True)
        yield line, set(modules)


@pytest.mark.parametrize(
    ("module", "lines", "typers"),
    [
        (
            "operations.cli.app",
            [[*path.split(), "--help"] for path in ("", *COMMANDS) if path.split(" ")[0] not in GROUPS],
            set(),
        ),
        (
            "operations.cli.app",
            [
                [group, *more, "--help"]
                for group, more in (("drill", ()), ("drill", ("run",)), ("release", ("start",)), ("restore", ("plan",)))
            ],
            PYDANTIC,
        ),
        ("client.command", [["--help"], ["pay", "--help"], ["get", "--help"], ["watch", "--help"]], PYDANTIC),
    ],
    ids=["dr", "drill", "client"],
)
def test_help_imports_nothing_heavy(module: str, lines: list[list[str]], typers: set[str]) -> None:
    heavy = {" ".join(line): modules & (LIBRARIES | OWN) - typers for line, modules in helped(module, lines)}
    assert len(heavy) == len(lines)
    assert not {line: found for line, found in heavy.items() if found}
