"""The synth without any short cut, which takes longer than all other tests of this directory: it runs beside them."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from dr_constructs.lazy_provider import SWITCH

ROOT = Path(__file__).resolve().parents[2]


class Synth:
    """`python main.py` for the dev environment, started when the object is made."""

    def __init__(self, **variables: str) -> None:
        self._directory = tempfile.TemporaryDirectory()
        self.outdir = Path(self._directory.name) / "cdktf.out"
        kept = {name: value for name, value in os.environ.items() if not name.startswith("DR_")}
        kept.pop("NODE_OPTIONS", None)  # which holds the hook of this process
        self._process = subprocess.Popen(
            [sys.executable, "main.py"],
            cwd=ROOT,
            env={**kept, "ENVIRONMENT_SUFFIX": "dev", "CDKTF_OUTDIR": str(self.outdir), **variables},
            stderr=subprocess.PIPE,
            text=True,
        )

    def result(self) -> tuple[int, str]:
        """Wait for its end; return the exit status and what it said."""
        _, stderr = self._process.communicate(timeout=120)
        return self._process.returncode, stderr

    def close(self) -> None:
        """End it, and remove what it wrote."""
        self._process.kill()
        self._process.wait()
        self._directory.cleanup()


def ordinary() -> Synth:
    """Start the synth without short cuts."""
    return Synth(**{SWITCH: "0"})
