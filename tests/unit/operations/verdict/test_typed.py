"""Commands act on the deployment that was asked about, whatever the shell stands for."""

import pytest

from operations.verdict.judge import judge
from operations.verdict.typed import with_options
from tests.unit.operations.screens.situations import SITUATIONS

PROD = ("-e", "prod", "--outputs", "its outputs.json")


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("the primary is lost", "dr failover --to us-east-2 -e prod --outputs 'its outputs.json'"),
        ("the caller has no rights", "DR_ROLE=site dr status -e prod --outputs 'its outputs.json'"),
        ("nothing is deployed", "./run deploy"),
        ("steady state", None),
    ],
)
def test_command_has_the_options(name: str, command: str | None) -> None:
    assert with_options(judge(SITUATIONS[name]), PROD).next.command == command


def test_commands_in_the_text_have_them_too() -> None:
    step = with_options(judge(SITUATIONS["a planned closing, just begun"]), ("-e", "prod")).next
    assert step.says.endswith("if not, `dr start -e prod`")


def test_shell_that_stands_for_all_of_them_changes_nothing() -> None:
    verdict = judge(SITUATIONS["the primary is lost"])
    assert with_options(verdict, ()) == verdict
