"""Chooses the directory for journals of moves and records of releases."""

import os
from pathlib import Path


def journal_directory(given: Path | None) -> Path:
    """Return the directory that an option names, or a default outside the checkout, because checkouts get deleted."""
    state = os.environ.get("XDG_STATE_HOME", "~/.local/state")
    return given or Path(state).expanduser() / "payments-dr"
