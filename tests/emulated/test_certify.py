"""`make certify` runs to its end in an emulator: it leaves a certificate, and nothing else."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.prove
def test_certification_succeeds_in_an_emulator(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "sandbox.certify", "--emulator", "--budget", "100", "--evidence", str(tmp_path)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    (kept,) = tmp_path.glob("certify-*/certificate.json")
    found = json.loads(kept.read_text(encoding="utf-8"))
    assert (ended.returncode, found["ended"], found["left"]) == (0, "", [])
