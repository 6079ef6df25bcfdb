"""`./run benchmarks.handlers.byte_code`: each function's initialization with the zip's byte code and without it.

Initialization is Python's own start, all imports and the SDK's clients: what a cold start does before its first event.
It needs no service. As on Lambda, nothing that Python compiles is kept.
"""

import os
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.measure import Contender, command_table, interleave, show
from contract.environment import HANDLERS, Function, Variable
from dr_constructs.function_package import THIS_PYTHON, build_function_package

REGION = "us-east-2"

_ROOT = Path(__file__).resolve().parents[2]
_WITH, _WITHOUT = "with byte code", "without"
_IMPORT = "import sys; sys.path.insert(0, sys.argv[1]); __import__(sys.argv[2])"


def main(
    functions: Annotated[list[Function] | None, typer.Argument(help="which to start; all by default")] = None,
    runs: Annotated[int, typer.Option(min=1, help="interleaved starts of each")] = 10,
) -> None:
    """Measure and print a table for each function."""
    package = build_function_package(_ROOT, runtime=THIS_PYTHON)
    with tempfile.TemporaryDirectory() as directory:
        unpacked = {name: Path(directory) / name for name in (_WITH, _WITHOUT)}
        for target in unpacked.values():
            with zipfile.ZipFile(package.path) as archive:
                archive.extractall(target)
        for compiled in list(unpacked[_WITHOUT].rglob("__pycache__")):
            shutil.rmtree(compiled)
        tables = [
            command_table(function, interleave(list(_starts(function, unpacked)), runs=runs), reference=_WITHOUT)
            for function in functions or HANDLERS
        ]
    show(*tables, versions={"zip": f"{package.size / 1e6:.2f} MB"})


def _starts(function: Function, unpacked: dict[str, Path]) -> Iterator[Contender]:
    for name, path in unpacked.items():
        yield Contender(
            name=name,
            arguments=["env", "-i", *_environment(), sys.executable, "-S", "-c", _IMPORT, str(path), _module(function)],
            directory=path,
        )


def _module(function: Function) -> str:
    return HANDLERS[function].rpartition(".")[0]


def _environment() -> list[str]:
    variables: dict[str, str] = {
        **dict.fromkeys(Variable, REGION),
        "PATH": os.environ["PATH"],
        "AWS_DEFAULT_REGION": REGION,
        "AWS_LAMBDA_FUNCTION_NAME": "benchmark",
        "AWS_ACCESS_KEY_ID": "none",
        "AWS_SECRET_ACCESS_KEY": "none",
        Variable.LOG_LEVEL: "INFO",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    return [f"{name}={value}" for name, value in variables.items()]


if __name__ == "__main__":
    typer.run(main)
