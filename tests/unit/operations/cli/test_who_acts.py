"""Who acts, as the writer item, journals, audit trails and CloudTrail tell."""

from typing import Any

import pytest

from operations.cli import app as command_line
from operations.cli.exit_status import REFUSED
from operations.cli.operator_name import operator_name
from operations.cli.reconcile import who
from operations.errors import UsageError
from tests.unit.operations.cli.sessions import opened, session
from tests.unit.operations.fakes import FakeAws, refused

ARN = "arn:aws:sts::123456789012:assumed-role/dr-operations-dev/dr-on-call"
IDENTITY = {("sts", "get_caller_identity"): {"Arn": ARN}}


def test_whoever_is_named() -> None:
    assert operator_name("on call") == "on call"


def test_or_else_the_machines_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "me")
    assert operator_name(None) == operator_name("") == "me"


@pytest.mark.parametrize("error", [KeyError("getpwuid(): uid not found: 12345"), OSError("No username set")])
def test_a_containers_user_may_have_no_name(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def nobody(_: int) -> Any:
        raise error

    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("pwd.getpwuid", nobody)
    assert operator_name(None) is None


@pytest.mark.parametrize("command", ["switchover", "failover", "failback"])
def test_traffic_is_not_moved_by_nobody(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    opened(monkeypatch, operator=None)
    assert command_line.main([command, "--yes"]) == REFUSED
    assert capsys.readouterr().err == "dr: DR_OPERATOR must say who acts: this machine has no name for its user\n"


class TestAuditTrail:
    """It names the rights and the person."""

    @pytest.mark.parametrize(
        ("answers", "operator", "named"),
        [
            (IDENTITY, "on call, incident 4711", f"{ARN} (on call, incident 4711)"),
            (IDENTITY, None, ARN),
            ({("sts", "us-east-1", "get_caller_identity"): {"Arn": ARN}}, "me", f"{ARN} (me)"),
            ({("sts", "get_caller_identity"): refused("GetCallerIdentity")}, "me", "me"),
            ({}, "me", "me"),
        ],
        ids=["both", "no name", "standby lost", "no rights", "no region"],
    )
    def test_as_far_as_they_are_known(self, answers: Any, operator: str | None, named: str) -> None:
        assert who(session(aws=FakeAws(answers), operator=operator)) == named

    def test_somebody_must_be(self) -> None:
        with pytest.raises(UsageError, match="DR_OPERATOR must say who acts"):
            who(session(operator=None))
