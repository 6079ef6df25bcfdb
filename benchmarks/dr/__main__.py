"""`./run benchmarks.dr`: CPU time and memory of starting `dr` and `client`, beside Python and typer alone.

All commands take turns, so that noise meets all alike. `dr status` asks an endpoint on this machine that refuses every
request at once, so that its time is its own: it measures no AWS and no emulator.
"""

import importlib.metadata
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.dr.endpoint import RefusingEndpoint
from benchmarks.dr.site import ENVIRONMENT, outputs
from benchmarks.measure import CommandFailedError, Contender, Run, command_table, interleave, show
from benchmarks.processes import Processes
from contract.names import stack_name

ROOT = Path(__file__).resolve().parents[2]
_FLOOR = "python -c 'import typer, rich'"
_HELPS = ("", *("status", "history", "readiness", "wait", "switchover", "failover", "failback", "reconcile", "drill"))
_LONGEST_SECONDS = 300


def main(*, runs: Annotated[int, typer.Option(min=1, help="How often each is run.")] = 5) -> None:
    """Measure and print both tables."""
    with tempfile.TemporaryDirectory() as directory, RefusingEndpoint() as endpoint:
        surroundings = _surroundings(endpoint.url, Path(directory))
        helps = interleave(list(_helps()), runs=runs)
        works = interleave(list(_works(surroundings)), runs=runs)
        first = f"{_STATUS}, until the first request"
        works[first] = [_until_asked(endpoint, surroundings) for _ in range(runs)]
    versions = {name: importlib.metadata.version(name) for name in ("typer", "rich", "botocore", "pydantic")}
    show(
        command_table("Help", helps, reference=_FLOOR),
        command_table("Status, of an endpoint that refuses", works, reference=_BOTO3),
        versions=versions,
    )


_STATUS = "dr status"
_BOTO3 = "python -c 'import boto3'"


def _helps() -> Iterator[Contender]:
    yield _python("pass")
    yield _python("import typer, rich")
    for name in _HELPS:
        words = ["./dr", *name.split(), "--help"]
        yield Contender(name=" ".join(words), arguments=words, directory=ROOT)
    yield Contender(name="./run client pay --help", arguments=["./run", "client", "pay", "--help"], directory=ROOT)


def _works(surroundings: Mapping[str, str]) -> Iterator[Contender]:
    yield _python("import boto3")
    for name in ("dr", _STATUS):
        # 1: it is unknown who takes payments.
        line = f"./{name}; test $? -eq 1"
        yield Contender(name=name, arguments=["sh", "-c", line], directory=ROOT, environment=surroundings)


def _python(code: str) -> Contender:
    return Contender(name=f"python -c '{code}'", arguments=[sys.executable, "-c", code], directory=ROOT)


def _surroundings(url: str, directory: Path) -> dict[str, str]:
    """Return the variables that lead `dr` to the endpoint, and to the outputs of a site that nobody has deployed."""
    file = directory / "outputs.json"
    file.write_text(json.dumps({stack_name(ENVIRONMENT): outputs()}), encoding="utf-8")
    return {
        "AWS_ACCESS_KEY_ID": "benchmark",
        "AWS_SECRET_ACCESS_KEY": "benchmark",
        "AWS_ENDPOINT_URL": url,
        "DR_OUTPUTS": str(file),
        "EMULATOR_CONTROL_URL": url,
        "EMULATOR_DNS_PORT": "9",  # nobody answers there: endpoints are unknown at once
        "EMULATOR_DATA_PLANE_PORT": "9",
        "EMULATOR_CA_FILE": _authorities(),
        "ENVIRONMENT_SUFFIX": ENVIRONMENT,
    }


def _authorities() -> str:
    import botocore

    return str(Path(botocore.__file__).parent / "cacert.pem")


def _until_asked(endpoint: RefusingEndpoint, surroundings: Mapping[str, str]) -> Run:
    """Run `dr status`, and return what it has taken when the endpoint is asked first.

    Raises:
        CommandFailedError: It has asked nothing.
    """
    endpoint.asked.clear()
    began = time.perf_counter()
    process = subprocess.Popen(
        ["./dr", "status"],
        cwd=ROOT,
        env={**os.environ, **surroundings},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    if not endpoint.asked.wait(_LONGEST_SECONDS):
        process.kill()
        raise CommandFailedError(f"dr status has asked nothing within {_LONGEST_SECONDS} s")
    wall, tree = time.perf_counter() - began, Processes().below(process.pid)
    run = Run(wall, sum(each.cpu for each in tree), sum(each.memory() for each in tree))
    process.wait()
    return run


if __name__ == "__main__":
    typer.run(main)
