"""An app of cdktf for a test: cdktf makes the output directory with the app, so it is one that goes away."""

import atexit
import tempfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cdktf import App

_DIRECTORY = tempfile.TemporaryDirectory(prefix="synth-")
atexit.register(_DIRECTORY.cleanup)


def temporary_app() -> "App":
    """Return an app whose output directory is removed when Python ends."""
    from cdktf import Testing  # once the fast synth is active

    return Testing.app(outdir=_DIRECTORY.name)
