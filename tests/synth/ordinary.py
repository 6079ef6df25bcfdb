"""The synth without any short cut, which takes longer than all other tests of this directory: it runs beside them."""

import hashlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from dr_constructs.function_package import NO_BYTE_CODE
from fast_synth.activation import SWITCH
from tests.synth.checkouts import files
from tests.synth.remembered import Remembered

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

    def digests(self) -> dict[str, str]:
        """Wait for its end; return the digest of each file that it wrote."""
        _, stderr = self._process.communicate(timeout=600)
        assert (self._process.returncode, "warning" in stderr.replace(NO_BYTE_CODE, "")) == (0, False), stderr
        return {name: hashlib.sha256(content).hexdigest() for name, content in files(self.outdir).items()}

    def close(self) -> None:
        """End it, and remove what it wrote."""
        self._process.kill()
        self._process.wait()
        self._directory.cleanup()


class Ordinary:
    """The synth without any short cut, on its way since this was made unless nothing has changed since the last."""

    def __init__(self) -> None:
        versions = (
            sys.version,
            subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout,
        )
        self._remembered = Remembered("ordinary", depends_on=[*_sources(), *(each.encode() for each in versions)])
        self._known: dict[str, str] | None = self._remembered.result
        self._synth = Synth(**{SWITCH: "0"}) if self._known is None else None

    def digests(self) -> dict[str, str]:
        """Wait for the end; return the digest of each file that was written."""
        if self._known is None and self._synth is not None:
            self._known = self._synth.digests()
            self._remembered.keep(self._known)
        return self._known or {}

    def close(self) -> None:
        """End it."""
        if self._synth is not None:
            self._synth.close()


def _sources() -> Iterator[bytes]:
    """Yield the content of everything that the synth reads, names included."""
    directories = (
        ROOT / name
        for name in (
            "contract",
            "dr_constructs",
            "fast_synth",
            "handlers",
            "operations/readiness/rules",
            "environments",
        )
    )
    code = (path for each in directories for path in each.rglob("*") if path.suffix in {".py", ".js", ".toml"})
    for path in sorted([ROOT / "main.py", ROOT / "Pipfile.lock", *code]):
        yield str(path.relative_to(ROOT)).encode()
        yield path.read_bytes()
