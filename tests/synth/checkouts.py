"""Runs `python main.py` as a user does, in a checkout of its own."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

_CACHE = Path(__file__).resolve().parents[2] / "build" / "jsii"  # else each checkout unpacks the same again
_PARTS = (
    "main.py",
    "Pipfile.lock",
    "contract",
    "dr_constructs",
    "fast_synth",
    "handlers",
    "operations",
    "environments",
)


@dataclass(frozen=True)
class Checkout:
    """A copy of what synth needs."""

    root: Path

    def write(self, suffix: str, toml: str) -> None:
        """Write an environment's file."""
        (self.root / "environments" / f"{suffix}.toml").write_text(toml)

    def synth(self, suffix: str, outdir: Path, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run `python main.py` for an environment, free of the caller's settings."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("DR_", "CDKTF_"))}
        kept.setdefault("JSII_RUNTIME_PACKAGE_CACHE_ROOT", str(_CACHE))
        return subprocess.run(
            [sys.executable, "main.py"],
            cwd=self.root,
            env={**kept, "ENVIRONMENT_SUFFIX": suffix, "CDKTF_OUTDIR": str(outdir), **variables},
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )


def copy_checkout(root: Path, destination: Path) -> Checkout:
    """Copy the project's own files, without what was built or synthesized."""
    for part in _PARTS:
        if (root / part).is_dir():
            shutil.copytree(root / part, destination / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(root / part, destination / part)
    return Checkout(destination)


def copy_sources(root: Path, destination: Path, mtime: int) -> Path:
    """Copy what the functions' zip is made of, as another time and another interpreter would leave it."""
    destination.mkdir()
    shutil.copy(root / "Pipfile.lock", destination)
    for name in ("contract", "handlers"):
        package = destination / name
        shutil.copytree(root / name, package, ignore=shutil.ignore_patterns("__pycache__"))
        (package / "__pycache__").mkdir()
        (package / "__pycache__" / f"left-over-{mtime}.pyc").touch()
        for path in package.rglob("*.py"):
            os.utime(path, (mtime, mtime))
            path.chmod(0o600 if mtime % 2 else 0o755)
    return destination


def files(directory: Path) -> dict[str, bytes]:
    """Return all files below a directory with their content."""
    return {str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*") if path.is_file()}
