"""Where moves keep their journals and releases their records."""

import os
from pathlib import Path


def journal_directory(given: Path | None) -> Path:
    """Return the directory that an option names, or one outside the checkout, which may be thrown away meanwhile."""
    state = os.environ.get("XDG_STATE_HOME", "~/.local/state")
    return given or Path(state).expanduser() / "payments-dr"
