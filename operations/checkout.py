"""The path and the commit of this checkout, which holds the settings and Terraform's state."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

_GIT_SECONDS = 5


def commit() -> str:
    """Return the checked-out commit, with `-dirty` when there are changes; a text in angle brackets if unknown."""
    try:
        return subprocess.run(
            ["git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"],  # noqa: S607 — the user's own git
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=_GIT_SECONDS,
            check=True,
        ).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return "<no checkout>"
