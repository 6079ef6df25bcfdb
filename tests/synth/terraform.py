"""`terraform validate` on several environments at once: what takes long is loading the provider's schema."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tests.synth.reading import Synthesized
from tests.synth.remembered import Remembered

_IGNORED = "Backend configuration ignored"
"""Terraform's word on each environment that it sees as a module."""


class Validation:
    """What Terraform finds, on its way since this was made."""

    def __init__(self, environments: Iterable[Synthesized], directory: Path) -> None:
        self._environments = tuple(environments)
        modules = {
            each.settings.environment_suffix: {"source": os.path.relpath(each.directory, directory)}
            for each in self._environments
        }
        (directory / "main.tf.json").write_text(json.dumps({"module": modules}))
        self._directory = directory
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="terraform")
        self._report: Future[Any] = self._pool.submit(self._validate)

    def diagnostics(self, environment: Synthesized, severity: str) -> list[dict[str, Any]]:
        """Wait for the end; return what was found in an environment: "error" or "warning"."""
        return [
            each
            for each in self._report.result()["diagnostics"]
            if each["severity"] == severity
            and each["summary"] != _IGNORED
            and _directory_of(each) in (None, environment.directory.name)
        ]

    @property
    def valid(self) -> bool:
        """Whether all environments are, in Terraform's own word."""
        return self._report.result()["valid"] is True

    def close(self) -> None:
        """Wait for the end."""
        self._pool.shutdown(wait=True)

    def _validate(self) -> Any:
        terraform = shutil.which("terraform")
        assert terraform, "Terraform 1.11 or newer must be installed: https://developer.hashicorp.com/terraform/install"
        version = self._run(terraform, "version").stdout
        stacks = ((each.directory / "cdk.tf.json").read_bytes() for each in self._environments)
        remembered = Remembered("validation", depends_on=[version.encode(), *stacks])
        if remembered.result is None:
            remembered.keep(self._report_of(terraform))
        return remembered.result

    def _report_of(self, terraform: str) -> Any:
        started = self._run(terraform, "init", "-backend=false", "-input=false", "-no-color")
        assert started.returncode == 0, f"the AWS provider must be installable:\n{started.stdout}{started.stderr}"
        return json.loads(self._run(terraform, "validate", "-json").stdout)

    def _run(self, *command: str) -> subprocess.CompletedProcess[str]:
        variables = {name: value for name, value in os.environ.items() if name not in {"TF_CLI_ARGS", "TF_WORKSPACE"}}
        return subprocess.run(
            command, cwd=self._directory, env=variables, capture_output=True, text=True, check=False, timeout=300
        )


def _directory_of(diagnostic: dict[str, Any]) -> str | None:
    """Return the name of the directory that it is about, or None for all of them."""
    place = diagnostic.get("range")
    return Path(place["filename"]).parent.name if place else None
