"""Loading the provider package lazily changes nothing that is synthesized."""

import os
import subprocess
import sys
from pathlib import Path

from dr_constructs.lazy_provider import SWITCH

ROOT = Path(__file__).resolve().parents[2]


def start(outdir: Path, **variables: str) -> subprocess.Popen[str]:
    """Start `python main.py` for the dev environment with other variables."""
    others = {
        name: value for name, value in os.environ.items() if not name.startswith("DR_") and name != "NODE_OPTIONS"
    }
    return subprocess.Popen(
        [sys.executable, "main.py"],
        cwd=ROOT,
        env={**others, "ENVIRONMENT_SUFFIX": "dev", "CDKTF_OUTDIR": str(outdir), **variables},
        stderr=subprocess.PIPE,
        text=True,
    )


def files(directory: Path) -> dict[str, bytes]:
    """Return all files below a directory with their content."""
    return {str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*") if path.is_file()}


def test_the_same_bytes_come_out_lazily_and_in_the_ordinary_way(tmp_path: Path) -> None:
    lazy = start(tmp_path / "lazy", NODE_OPTIONS="--no-warnings")
    ordinary = start(tmp_path / "ordinary", **{SWITCH: "0"})
    for process in (lazy, ordinary):
        _, stderr = process.communicate(timeout=120)
        assert (process.returncode, "warning" in stderr) == (0, False), stderr

    assert any(name.endswith("cdk.tf.json") for name in files(tmp_path / "lazy"))
    assert files(tmp_path / "lazy") == files(tmp_path / "ordinary")
