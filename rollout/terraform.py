"""Runs cdktf and Terraform; whatever ends this process lets a running Terraform end in good order first."""

import json
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from operations.checkout import ROOT
from operations.errors import OperationError
from rollout.changes import parse_json
from rollout.end_request import passed_on

_PAUSE_SECONDS = 0.2
_LAST_LINES = 20
_CHANGED = 2
"""Exit status of `terraform plan -detailed-exitcode` where it would change something."""


class TerraformFailedError(OperationError):
    """Terraform or cdktf ended with an error; what it said has been printed."""


class TerraformInterruptedError(OperationError):
    """Terraform was asked to stop, and has: what it had begun is done, and its state says so."""


@dataclass(frozen=True)
class Terraform:
    """One stack's Terraform, with its plan files in a private directory: they hold the state's secrets."""

    project: Path
    """Where cdktf.json is."""
    stack: str
    files: Path
    """A directory that nobody else may read."""
    tell: Callable[[str], None]
    """Told each line that an apply prints."""
    parallelism: int | None = None
    """How many resources at once; None is Terraform's own."""

    def synthesize(self) -> None:
        """Write the stack's JSON anew and have its providers installed.

        Raises:
            OperationError: cdktf or Terraform failed.
        """
        self._run([str(ROOT / "scripts" / "cdktf"), "synth"], what="cdktf synth", cwd=self.project)
        self._terraform("init", "-input=false", what="terraform init")

    def plan(self, name: str, *, targets: Sequence[str] = ()) -> tuple[Path, bool]:
        """Make a plan; return its file, and whether it would change anything.

        Raises:
            OperationError: Terraform failed.
        """
        path = self.files / f"{name}.tfplan"
        chosen = [f"-target={each}" for each in targets]
        status = self._terraform(
            "plan", "-input=false", "-detailed-exitcode", f"-out={path}", *self._width, *chosen, accepted=(0, _CHANGED)
        )
        return path, status == _CHANGED

    def show(self, plan: Path) -> dict[str, Any]:
        """Return a plan as Terraform's JSON."""
        return parse_json(self._read("show", "-json", str(plan)), "terraform show -json")

    def state(self) -> dict[str, Any]:
        """Return the state; empty before the first deployment."""
        text = self._read("state", "pull")
        return parse_json(text, "terraform state pull") if text.strip() else {}

    def outputs(self) -> dict[str, Any]:
        """Return the outputs' values by name, as they are in the state."""
        told = parse_json(self._read("output", "-json"), "terraform output -json")
        return {name: each["value"] for name, each in told.items()}

    def apply(self, plan: Path) -> None:
        """Apply a plan, and tell what is done to each resource.

        Raises:
            TerraformFailedError: It failed; a part may be applied.
            TerraformInterruptedError: It was stopped; a part is applied.
        """

        def tell(line: str) -> None:
            if told := _told(line):
                self.tell(told)

        self._terraform("apply", "-input=false", "-json", *self._width, str(plan), what="terraform apply", tell=tell)

    @property
    def _width(self) -> tuple[str, ...]:
        return () if self.parallelism is None else (f"-parallelism={self.parallelism}",)

    def _terraform(self, command: str, *arguments: str, **more: Any) -> int:  # noqa: ANN401 — `_run` names them
        more.setdefault("what", f"terraform {command}")
        return self._run(["terraform", command, "-no-color", *arguments], cwd=self._directory, **more)

    def _read(self, *arguments: str) -> str:
        answer = self.files / "answer.json"
        command = ["terraform", *arguments]
        self._run(command, what=f"terraform {arguments[0]}", cwd=self._directory, answer=answer)
        text = answer.read_text(encoding="utf-8")
        answer.unlink()
        return text

    @property
    def _directory(self) -> Path:
        return self.project / "cdktf.out" / "stacks" / self.stack

    def _run(
        self,
        command: Sequence[str],
        *,
        what: str,
        cwd: Path,
        accepted: Sequence[int] = (0,),
        tell: Callable[[str], None] | None = None,
        answer: Path | None = None,
    ) -> int:
        """Run a command to its end, telling its lines.

        It writes to files and not into a pipe: Terraform must not die of one that nobody reads, whatever ends us.
        """
        log = self.files / "printed"
        with log.open("wb") as printed, (answer or log).open("wb" if answer else "ab") as said, passed_on() as asked:
            try:
                process = subprocess.Popen(  # noqa: S603 — the project's and the user's own commands
                    command,
                    cwd=cwd,
                    stdin=subprocess.DEVNULL,
                    stdout=said,
                    stderr=printed if answer else subprocess.STDOUT,
                    start_new_session=True,  # a terminal's Ctrl-C reaches this process, which passes one on
                )
            except FileNotFoundError as error:
                raise OperationError(f"{error.filename} must be there: is Terraform on the PATH?") from None
            asked.pass_on_to(process)
            for line in _lines_until(log, process):
                if tell is not None:
                    tell(line)
        if asked.is_asked:
            raise TerraformInterruptedError(f"`{what}` was interrupted, and has ended in good order")
        if process.returncode in accepted:
            return process.returncode
        if tell is None:
            for line in log.read_text(encoding="utf-8", errors="replace").splitlines()[-_LAST_LINES:]:
                self.tell(line)
        raise TerraformFailedError(f"`{what}` failed with status {process.returncode}")


def _told(line: str) -> str:
    """Return what a line of `terraform apply -json` says of a resource or of an error; empty for all else.

    All else is outputs, and a warning that targets are not for routine use: the rest is applied without them.
    """
    try:
        event = json.loads(line)
        kind, diagnostic = event.get("type", ""), event.get("diagnostic", {})
        if kind.startswith("apply_"):
            return str(event["@message"])
        if kind == "diagnostic" and diagnostic["severity"] == "error":
            where = diagnostic.get("address", "")
            return ": ".join(
                " ".join(part.split()) for part in (where, diagnostic["summary"], diagnostic["detail"]) if part
            )
    except (ValueError, AttributeError, KeyError):
        return line
    return ""


def _lines_until(log: Path, process: subprocess.Popen[bytes]) -> Iterator[str]:
    """Read a growing file until the process that writes it has ended."""
    with log.open(encoding="utf-8", errors="replace") as lines:
        part = ""
        ended = False
        while not ended:
            ended = process.poll() is not None
            while read := lines.readline():
                part += read
                if part.endswith("\n"):
                    yield part.rstrip("\n")
                    part = ""
            if not ended:
                time.sleep(_PAUSE_SECONDS)
        if part:
            yield part
