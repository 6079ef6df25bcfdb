"""The runbook's question when the trouble began: only a past moment in UTC is noted."""

import subprocess
from pathlib import Path

import pytest

RUNBOOK = Path(__file__).resolve().parents[4] / "docs" / "runbook.md"
LATER = "2099-01-31T13:40"
"""As a local time east of Greenwich is."""


def ask(directory: Path, typed: str) -> str:
    """Answer the question, and return what is noted."""
    (question,) = (line for line in RUNBOOK.read_text(encoding="utf-8").splitlines() if line.startswith("began="))
    (directory / "typed").write_text(f"{typed}\n")
    command = question.replace("/dev/tty", "typed")
    subprocess.run(["bash", "-c", f"incident=.\n{command}"], cwd=directory, capture_output=True, check=False)
    noted = directory / "began"
    return noted.read_text().strip() if noted.exists() else ""


@pytest.mark.parametrize(
    ("typed", "noted"), [("2026-01-31T11:40", "2026-01-31T11:40"), (LATER, ""), ("yesterday", ""), ("", "")]
)
def test_only_a_past_moment_is_noted(tmp_path: Path, typed: str, noted: str) -> None:
    assert ask(tmp_path, typed) == noted
