"""What the commands are given that a drill starts."""

from pathlib import Path

import pytest

from operations.cli.drill import command_options
from tests.unit.operations.cli.sessions import session


@pytest.mark.parametrize("role", [None, "site", "arn:aws:iam::123456789012:role/drills"])
def test_they_act_with_the_rights_of_the_drill(role: str | None, tmp_path: Path) -> None:
    options = command_options(session(role=role), tmp_path / "outputs.json", tmp_path)
    given = dict(zip(options[::2], options[1::2], strict=True))
    assert given.get("--role") == role
    assert given["--environment"] == "dev"
    assert given["--operator"] == "tests"
    assert given["--journals"] == str(tmp_path / "journals")
