"""Runs `dr` as an operator does: a command of its own, under the operations role."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.emulated.site import Site

ROOT = Path(__file__).resolve().parents[3]


@dataclass(frozen=True)
class Ended:
    """What a command said, and how it ended."""

    status: int
    output: str
    errors: str

    @property
    def document(self) -> Any:
        """Standard output as JSON."""
        return json.loads(self.output)


def dr(site: Site, command: str, *arguments: str) -> Ended:
    """Run a command to its end; it answers in JSON unless a later `--output` says otherwise."""
    outputs = site.deployment.directory / "outputs.json"
    shared = ["--outputs", str(outputs), "--environment", site.suffix, "--role", "site", "--output", "json"]
    done = subprocess.run(
        [sys.executable, "-m", "operations", command, *shared, *arguments],
        cwd=ROOT,
        env=site.deployment.environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return Ended(done.returncode, done.stdout, done.stderr)
