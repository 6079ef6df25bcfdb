"""Deploys this project into a running emulator with `cdktf deploy`, in a directory of its own, as a user would."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from contract.names import stack_name
from emulator.running import Emulator

PARALLELISM = "10"
"""Most of an apply is the provider waiting (FACTS 11.6): more at once than Terraform's ten shortens it."""

_OUTPUTS = "outputs.json"
_ROOT = Path(__file__).resolve().parent.parent
CDKTF = _ROOT / "scripts" / "cdktf"
_LAST_LINES = 25
_OPEN_SECONDS = 240
"""How long a new deployment may take to open the writer: until the first ticker runs, settling, a busy machine."""

_running: set[subprocess.Popen[str]] = set()


def interrupt() -> None:
    """End every command that runs for a deployment, whichever thread waits for it; its deployment then fails."""
    for process in tuple(_running):
        os.killpg(process.pid, signal.SIGKILL)


def configure(directory: Path, project: str, root: Path = _ROOT) -> None:
    """Make a directory in which cdktf works on this project's app, or that of another checkout, under a name."""
    directory.mkdir(parents=True, exist_ok=True)
    app = f'"{sys.executable}" "{root / "main.py"}"'
    configuration = {"language": "python", "app": app, "projectId": project, "sendCrashReports": "false"}
    (directory / "cdktf.json").write_text(json.dumps(configuration))


class DeploymentError(RuntimeError):
    """cdktf or Terraform failed; the message holds the end of what it said."""


@dataclass(frozen=True)
class Deployment:
    """The project in an emulator; state and synthesized JSON stay in `directory`, away from the user's own."""

    emulator: Emulator
    directory: Path
    settings: Mapping[str, str]
    """`ENVIRONMENT_SUFFIX` and `DR_…` variables."""
    on_line: Callable[[str], None] | None = None
    """Told each line that cdktf and Terraform print, so that long work can show progress."""
    root: Path = _ROOT
    """The checkout whose app is deployed."""

    @property
    def stack(self) -> str:
        """The name of the environment's stack."""
        return stack_name(self.settings.get("ENVIRONMENT_SUFFIX", "dev"))

    def deploy(self) -> None:
        """Synthesize and deploy both regions; return once the tickers of a new deployment have opened the writer.

        Raises:
            DeploymentError: cdktf failed, or no region was opened.
        """
        new = not (self.directory / _OUTPUTS).exists()
        configure(self.directory, self.stack, self.root)
        self._run(
            [str(CDKTF), "deploy", self.stack, "--auto-approve", "--parallelism", "1"],
            "--terraform-parallelism",
            PARALLELISM,
            "--outputs-file",
            _OUTPUTS,
        )
        if new:
            self._wait_until_open()

    def destroy(self) -> None:
        """Destroy everything that `deploy` made.

        Raises:
            DeploymentError: cdktf failed.
        """
        self._run([str(CDKTF), "destroy", self.stack, "--auto-approve"], "--terraform-parallelism", PARALLELISM)

    def has_drifted(self) -> bool:
        """Return whether Terraform would change anything.

        Raises:
            DeploymentError: The plan failed.
        """
        status = self._terraform("plan", "-detailed-exitcode", "-input=false", "-no-color", accepted=(0, 2)).returncode
        return status != 0

    def resources(self) -> list[str]:
        """Return the addresses of what is deployed, without the data sources."""
        listed = self._terraform("state", "list").stdout.splitlines()
        return [address for address in listed if not address.startswith("data.")]

    @cached_property
    def outputs(self) -> Mapping[str, Any]:
        """The stack's outputs by name."""
        outputs: Mapping[str, Any] = json.loads((self.directory / _OUTPUTS).read_text())[self.stack]
        return outputs

    @property
    def writer(self) -> Mapping[str, Any] | None:
        """The item that says which region may store payments; None if no ticker has created it yet."""
        table = self.emulator.client("dynamodb", self.outputs["regions"]["primary"])
        key = {"pk": {"S": "writer"}}
        answer = table.get_item(TableName=self.outputs["control_table_name"], Key=key, ConsistentRead=True)
        item: Mapping[str, Any] | None = answer.get("Item")
        return item

    @property
    def environment(self) -> dict[str, str]:
        """What a command needs to reach the emulator, and nothing of the caller's AWS configuration."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "DR_"))}
        return {**kept, **self.emulator.environment, **self.settings}

    def _wait_until_open(self) -> None:
        deadline = time.monotonic() + _OPEN_SECONDS
        while time.monotonic() < deadline:
            writer = self.writer
            if writer is not None and writer["state"]["S"] == "open":
                return
            if self.on_line:
                self.on_line("waiting until the tickers have opened the writer")
            time.sleep(1)
        raise DeploymentError(f"no region was open to payments within {_OPEN_SECONDS} s: the writer is {self.writer}")

    def _terraform(self, *arguments: str, accepted: tuple[int, ...] = (0,)) -> subprocess.CompletedProcess[str]:
        stack = self.directory / "cdktf.out" / "stacks" / self.stack
        return self._run(["terraform", f"-chdir={stack}", *arguments], accepted=accepted)

    def _run(
        self, command: list[str], *more: str, accepted: tuple[int, ...] = (0,)
    ) -> subprocess.CompletedProcess[str]:
        lines: list[str] = []
        with subprocess.Popen(  # noqa: S603 — this project's own commands
            [*command, *more],
            cwd=self.directory,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        ) as process:
            _running.add(process)
            try:
                for line in process.stdout or ():
                    lines.append(line)
                    if self.on_line:
                        self.on_line(line)
            except BaseException:
                # Interrupted: cdktf's children, Terraform and the provider, would go on without it.
                os.killpg(process.pid, signal.SIGKILL)
                raise
            finally:
                _running.discard(process)
        if process.returncode not in accepted:
            end = "".join(lines[-_LAST_LINES:])
            raise DeploymentError(f"`{Path(command[0]).name} {command[1]}` failed:\n{end}")
        return subprocess.CompletedProcess(command, process.returncode, "".join(lines))
