"""`./run sandbox.drill`: a drill from nothing: starts an emulator, deploys, runs `dr drill run`, stops."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console

from client.aws_variables import BadAwsVariableError, check_aws_variables
from client.output import run
from emulator import Emulator, EndedError, StartError
from sandbox.deployment import Deployment, DeploymentError
from sandbox.emulation import emulated_aws
from sandbox.progress import progress

_ROOT = Path(__file__).resolve().parent.parent
_ENVIRONMENT = "dev"

console = Console(highlight=False)


def main() -> int:
    """Run one scenario; return the drill's exit status, or 1 when it could not begin."""
    parser = _parser()
    options = parser.parse_args()
    try:
        check_aws_variables(os.environ)  # before `dr`, which is asked for its scenarios, ends with it
        if refusal := _refusal(options.scenario):
            parser.error(refusal)
        with tempfile.TemporaryDirectory(prefix="payments-dr-drill-") as directory, emulated_aws() as emulator:
            return _run(emulator, Path(directory), options)
    except (BadAwsVariableError, DeploymentError, StartError, EndedError) as error:
        console.print(f"drill: {error}", style="red", markup=False, soft_wrap=True)
        return 1
    except KeyboardInterrupt:
        console.print("drill: interrupted; the emulator and everything in it is gone")
        return 130


def _refusal(scenario: str) -> str | None:
    """Ask before minutes of deploying whether there is such a scenario; a file is read when the drill begins."""
    command = [sys.executable, "-m", "operations", "drill", "list", "--output", "json"]
    listed = subprocess.run(command, cwd=_ROOT, capture_output=True, check=True)  # noqa: S603 — the project's own
    names = [each["name"] for each in json.loads(listed.stdout)]
    if scenario in names or _is_file(scenario):
        return None
    return f"`scenario` must be a TOML file or one of {', '.join(names)}, got {scenario}"


def _is_file(scenario: str) -> bool:
    return scenario.endswith(".toml") and Path(scenario).is_file()


def _run(emulator: Emulator, directory: Path, options: argparse.Namespace) -> int:
    console.print(f"An emulated AWS with {len(emulator.addresses)} regions runs at {emulator.endpoint_url}.")
    with progress(console, "Deploying both regions with `cdktf deploy`") as on_line:
        deployment = Deployment(emulator, directory, {"ENVIRONMENT_SUFFIX": _ENVIRONMENT}, on_line)
        deployment.deploy()
    # The provider's waits are real; from here on time may pass faster, though not for tickers.
    emulator.set_time_scale(options.time_scale)
    return _drilled(deployment, options)


def _drilled(deployment: Deployment, options: argparse.Namespace) -> int:
    """Run the drill in a process of its own, which has this terminal and gets its Ctrl-C."""
    scenario = str(Path(options.scenario).resolve()) if _is_file(options.scenario) else options.scenario
    command = [
        *(sys.executable, "-m", "operations", "drill", "run", scenario, "--yes"),
        *("--environment", _ENVIRONMENT, "--outputs", str(deployment.directory / "outputs.json")),
        *("--evidence", str(options.evidence.resolve())),
    ]
    with subprocess.Popen(command, cwd=_ROOT, env=deployment.environment) as process:  # noqa: S603 — the project's own
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:
                console.print("drill: interrupted; it rolls back first")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./run sandbox.drill", description=__doc__, allow_abbrev=False)
    parser.add_argument("scenario", nargs="?", default="region-loss", help="as `dr drill list` shows")
    parser.add_argument("--evidence", type=Path, default=Path("evidence"), help="where the drill leaves its folder")
    parser.add_argument("--time-scale", type=float, default=1.0, help="how much faster than real time intervals pass")
    return parser


if __name__ == "__main__":
    run("drill", main)
